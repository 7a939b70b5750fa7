/*
 * list: the lines of STAT, LIST, UIDL and CAPA.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pop3/list.h"

#define U(s)	((const uint8_t *)(s))

static bool
stat_line(const char *s, uint32_t *count, uint64_t *octets)
{
	return list_stat(U(s), strlen(s), count, octets);
}

static bool
size_line(const char *s, uint32_t *num, uint64_t *size)
{
	return list_size(U(s), strlen(s), num, size);
}

/* R17 */
static void
stat_is_two_numbers_and_the_rest_is_ignored(void **state)
{
	static const char *const bad[] = {
		"", "2", "2 ", " 2 320", "x 1", "2 x", "2 320x", "2  320",
		"-1 5", "1 -5", "+1 5", "2\t320", "2 320\t"
	};
	uint32_t count;
	uint64_t octets;
	size_t i;

	(void)state;
	assert_true(stat_line("2 320", &count, &octets));
	assert_int_equal(count, 2);
	assert_int_equal(octets, 320);
	assert_true(stat_line("0 0 messages, none of them 9", &count,
	    &octets));
	assert_int_equal(count, 0);
	assert_int_equal(octets, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(stat_line(bad[i], &count, &octets));
}

/* R14, CVE-2001-1009, CVE-2002-0146 */
static void
numbers_have_no_sign_no_overflow_no_other_notation(void **state)
{
	static const char *const bad[] = {
		"-1 5", "0 5", "00 5", "99999999999999999999 5",
		"4294967296 5", "4294967297 5", "00000000001 5", "1e3 5",
		"0x10 5", " 1 5",
		"1 99999999999999999999", "1 9223372036854775808", "1 1e3",
		"1 0x10", "1 -5", "1 ", "1", "", " "
	};
	uint32_t num;
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(size_line(bad[i], &num, &size));
	assert_true(size_line("4294967295 9223372036854775807", &num, &size));
	assert_int_equal(num, 4294967295u);
	assert_int_equal(size, INT64_MAX);
	assert_true(size_line("007 0010", &num, &size));
	assert_int_equal(num, 7);
	assert_int_equal(size, 10);
}

/* R18 */
static void
text_behind_a_size_is_ignored(void **state)
{
	uint32_t num;
	uint64_t size;

	(void)state;
	assert_true(size_line("3 120 seen \xff", &num, &size));
	assert_int_equal(num, 3);
	assert_int_equal(size, 120);
	assert_true(size_line("3 0", &num, &size));
	assert_int_equal(size, 0);
}

static void
uidl_is(const char *line, size_t len, uint32_t num, const char *uid,
    size_t uidlen)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	const uint8_t *got;
	uint32_t gotnum;
	size_t gotlen;

	memcpy(copy, line, len);
	assert_true(list_uidl(copy, len, &gotnum, &got, &gotlen));
	assert_int_equal(gotnum, num);
	assert_int_equal(gotlen, uidlen);
	assert_memory_equal(got, uid, uidlen);
	free(copy);
}

#define UIDL_IS(line, num, uid)						\
	uidl_is(line, sizeof(line) - 1, num, uid, sizeof(uid) - 1)

/* R25 */
static void
a_uid_is_opaque(void **state)
{
	(void)state;
	UIDL_IS("1 whqtswO00WBw418f9t5JxYwZ", 1, "whqtswO00WBw418f9t5JxYwZ");
	UIDL_IS("2 ../../etc/passwd", 2, "../../etc/passwd");
	UIDL_IS("3 \xc3\xa4 \x01 b", 3, "\xc3\xa4 \x01 b");
	UIDL_IS("4 a ", 4, "a ");
}

/* Q6 */
static void
odd_uidl_lines_are_understood(void **state)
{
	(void)state;
	UIDL_IS("1    abc", 1, "abc");
	UIDL_IS("+OK 1 abc", 1, "abc");
	UIDL_IS("1", 1, "");
	UIDL_IS("1 ", 1, "");
	UIDL_IS("1   ", 1, "");
}

/* Q5, CVE-2005-2335 */
static void
a_uid_has_at_most_1000_octets(void **state)
{
	char line[LIST_UID_MAX + 4];
	const uint8_t *uid;
	uint32_t num;
	size_t len;

	(void)state;
	memset(line, 'u', sizeof(line));
	memcpy(line, "1 ", 2);
	assert_true(list_uidl(U(line), LIST_UID_MAX + 2, &num, &uid, &len));
	assert_int_equal(len, LIST_UID_MAX);
	assert_false(list_uidl(U(line), LIST_UID_MAX + 3, &num, &uid, &len));
}

/* R14, Q5, Q7 */
static void
lines_that_are_not_uidl_are_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "abc", "0 abc", "-1 abc", " 1 abc", "1abc",
		"+OK+OK 1 abc", "+OK +OK 1 abc", "+OK", "+OK ", "1\tabc",
		"1 a\rb", "1 a\nb"
	};
	const uint8_t *uid;
	uint32_t num;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(list_uidl(U(bad[i]), strlen(bad[i]), &num, &uid,
		    &len));
	assert_false(list_uidl(U("1 a\0b"), 5, &num, &uid, &len));
}

static void
capa(struct capa *c, const char *line)
{
	uint8_t *copy = malloc(strlen(line) + 1);

	memcpy(copy, line, strlen(line));
	capa_line(c, copy, strlen(line));
	free(copy);
}

/* R31 */
static void
capa_tags_are_known_in_either_case(void **state)
{
	struct capa c = { 0 };

	(void)state;
	capa(&c, "top");
	assert_true(c.top);
	capa(&c, "User");
	assert_true(c.user);
	capa(&c, "UIDL");
	assert_true(c.uidl);
	capa(&c, "stls");
	assert_true(c.stls);
	capa(&c, "PIPELINING");
	assert_true(c.pipelining);
	capa(&c, "RESP-CODES");
	assert_true(c.resp_codes);
	assert_false(c.auth_resp_code);
	capa(&c, "auth-resp-code");
	assert_true(c.auth_resp_code);
}

/* R31, R38 */
static void
unknown_capa_tags_do_nothing(void **state)
{
	static const char *const lines[] = {
		"", " ", "TO", "TOPS", "X-TOP", "UIDL2", " UIDL", "UIDL\t",
		"IMPLEMENTATION Dovecot TOP UIDL PIPELINING STLS", "LANG",
		"LOGIN-DELAY", "EXPIRE", "SASL", "EXPIRE soon",
		"LOGIN-DELAY -1", "EXPIRE 99999999999999999999"
	};
	const struct capa none = { 0 };
	struct capa c = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		capa(&c, lines[i]);
	assert_memory_equal(&c, &none, sizeof(c));
}

/* R36 */
static void
login_delay_is_seconds(void **state)
{
	struct capa c = { 0 };

	(void)state;
	capa(&c, "LOGIN-DELAY 900");
	assert_true(c.login_delay_set);
	assert_int_equal(c.login_delay, 900);
	assert_false(c.per_user);
	capa(&c, "LOGIN-DELAY 60 USER");
	assert_int_equal(c.login_delay, 60);
	assert_true(c.per_user);
}

/* R37 */
static void
expire_is_days_or_never(void **state)
{
	struct capa c = { 0 };

	(void)state;
	capa(&c, "EXPIRE 0");
	assert_true(c.expire_set);
	assert_int_equal(c.expire, 0);
	assert_false(c.expire_never);
	assert_false(c.per_user);
	memset(&c, 0, sizeof(c));
	capa(&c, "expire never user");
	assert_true(c.expire_set);
	assert_true(c.expire_never);
	assert_true(c.per_user);
	memset(&c, 0, sizeof(c));
	capa(&c, "EXPIRE 30 USER");
	assert_true(c.expire_set);
	assert_int_equal(c.expire, 30);
	assert_true(c.per_user);
}

/* R54 leaves its place here. */
static void
sasl_mechanisms_are_noted(void **state)
{
	struct capa c = { 0 };

	(void)state;
	capa(&c, "SASL PLAIN scram-sha-256  XOAUTH2");
	assert_int_equal(c.sasl, CAPA_SASL_PLAIN | CAPA_SASL_SCRAM_SHA_256 |
	    CAPA_SASL_XOAUTH2);
	c.sasl = 0;
	capa(&c, "SASL SCRAM-SHA-1 OAUTHBEARER LOGIN");
	assert_int_equal(c.sasl, CAPA_SASL_SCRAM_SHA_1 |
	    CAPA_SASL_OAUTHBEARER | CAPA_SASL_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_is_two_numbers_and_the_rest_is_ignored),
		cmocka_unit_test(
		    numbers_have_no_sign_no_overflow_no_other_notation),
		cmocka_unit_test(text_behind_a_size_is_ignored),
		cmocka_unit_test(a_uid_is_opaque),
		cmocka_unit_test(odd_uidl_lines_are_understood),
		cmocka_unit_test(a_uid_has_at_most_1000_octets),
		cmocka_unit_test(lines_that_are_not_uidl_are_refused),
		cmocka_unit_test(capa_tags_are_known_in_either_case),
		cmocka_unit_test(unknown_capa_tags_do_nothing),
		cmocka_unit_test(login_delay_is_seconds),
		cmocka_unit_test(expire_is_days_or_never),
		cmocka_unit_test(sasl_mechanisms_are_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
