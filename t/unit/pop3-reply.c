/*
 * reply: lines, statuses and response codes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pop3/reply.h"

/* As reply_line, on a buffer of the exact size. */
static enum reply_found
find(const char *s, size_t len, size_t *linelen, size_t *used)
{
	uint8_t *data = malloc(len > 0 ? len : 1);
	enum reply_found found;

	memcpy(data, s, len);
	found = reply_line(data, len, linelen, used);
	free(data);
	return found;
}

/* R4 */
static void
only_crlf_ends_a_line(void **state)
{
	static const char text[] = "+OK a\nb\rc\r\r\nnext\r\n";
	size_t len, n, used;

	(void)state;
	for (len = 0; len < 12; len++)
		assert_int_equal(find(text, len, &n, &used), REPLY_MORE);
	for (len = 12; len < sizeof(text); len++) {
		assert_int_equal(find(text, len, &n, &used), REPLY_LINE);
		assert_int_equal(n, 10);
		assert_int_equal(used, 12);
	}
}

static void
a_line_may_be_empty(void **state)
{
	size_t n, used;

	(void)state;
	assert_int_equal(find("\r\nx", 3, &n, &used), REPLY_LINE);
	assert_int_equal(n, 0);
	assert_int_equal(used, 2);
	assert_int_equal(find("\n", 1, &n, &used), REPLY_MORE);
}

/* R4: a driver's buffer of REPLY_LINE_HARD + 2 octets is always enough. */
static void
a_line_has_an_end_or_is_too_long(void **state)
{
	char text[REPLY_LINE_HARD + 8];
	size_t n = 0, used = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + REPLY_LINE_HARD, "\r\n", 2);
	assert_int_equal(find(text, REPLY_LINE_HARD, &n, &used), REPLY_MORE);
	assert_int_equal(find(text, REPLY_LINE_HARD + 1, &n, &used),
	    REPLY_MORE);
	assert_int_equal(find(text, REPLY_LINE_HARD + 2, &n, &used),
	    REPLY_LINE);
	assert_int_equal(n, REPLY_LINE_HARD);
	memcpy(text + REPLY_LINE_HARD, "x\r\n", 3);
	assert_int_equal(find(text, REPLY_LINE_HARD + 1, &n, &used),
	    REPLY_MORE);
	assert_int_equal(find(text, REPLY_LINE_HARD + 2, &n, &used),
	    REPLY_TOO_LONG);
	assert_int_equal(find(text, REPLY_LINE_HARD + 3, &n, &used),
	    REPLY_TOO_LONG);
}

static bool
parse(struct reply *r, const char *s)
{
	return reply_parse(r, (const uint8_t *)s, strlen(s));
}

/* R3 */
static void
a_status_is_ok_or_err_in_upper_case(void **state)
{
	static const char *const bad[] = {
		"", "+", "-", "+O", "-E", "-ER", "+ok", "+Ok", "+OKAY", "OK",
		"+ERR", "-OK", "-err", "-ERRX", " +OK", "+OK\tx", "*OK",
		"+ x", "+OK\r", "-ERR\n"
	};
	struct reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse(&r, bad[i]));
	assert_true(parse(&r, "+OK"));
	assert_true(r.ok);
	assert_int_equal(r.len, 0);
	assert_true(parse(&r, "-ERR"));
	assert_false(r.ok);
	assert_int_equal(r.len, 0);
}

/* R3, CVE-2025-61962: a status line that is cut at every octet. */
static void
a_cut_status_is_not_read_past_its_end(void **state)
{
	static const char *const lines[] = { "+OK ready", "-ERR [AUTH] no" };
	struct reply r;
	uint8_t *cut;
	size_t i, len, min;

	(void)state;
	for (i = 0; i < 2; i++) {
		min = i == 0 ? 3 : 4;
		for (len = 0; len <= strlen(lines[i]); len++) {
			cut = malloc(len > 0 ? len : 1);
			memcpy(cut, lines[i], len);
			assert_int_equal(reply_parse(&r, cut, len),
			    len >= min);
			free(cut);
		}
	}
}

static void
the_text_is_what_follows_one_blank(void **state)
{
	struct reply r;

	(void)state;
	assert_true(parse(&r, "-ERR  two blanks "));
	assert_int_equal(r.len, 12);
	assert_memory_equal(r.text, " two blanks ", 12);
	assert_int_equal(r.code, CODE_NONE);
}

/* R16, R35, R36, R64 */
static void
response_codes_are_known_in_either_case(void **state)
{
	static const struct {
		const char	*line;
		enum reply_code	 code;
	} t[] = {
		{ "-ERR [in-use] locked", CODE_IN_USE },
		{ "-ERR [IN-USE]", CODE_IN_USE },
		{ "-ERR [LOGIN-DELAY] wait", CODE_LOGIN_DELAY },
		{ "-ERR [SYS/TEMP] x", CODE_SYS_TEMP },
		{ "-ERR [SYS/TEMP/DISK] x", CODE_SYS_TEMP },
		{ "-ERR [sys/Perm]x", CODE_SYS_PERM },
		{ "-ERR [AUTH] x", CODE_AUTH },
		{ "-ERR [AUTH/WHY/NOT]", CODE_AUTH },
		{ "-ERR [UTF8] x", CODE_UTF8 },
		{ "+OK [AUTH] x", CODE_AUTH },
		{ "-ERR [SYS] x", CODE_OTHER },
		{ "-ERR [SYS/TEMPO] x", CODE_OTHER },
		{ "-ERR [AUTHOR] x", CODE_OTHER },
		{ "-ERR [X-NEW]", CODE_OTHER },
		{ "-ERR [X", CODE_NONE },
		{ "-ERR [AUTH", CODE_NONE },
		{ "-ERR [", CODE_NONE },
		{ "-ERR []", CODE_NONE },
		{ "-ERR [/]", CODE_NONE },
		{ "-ERR [AUTH/]", CODE_NONE },
		{ "-ERR [/AUTH]", CODE_NONE },
		{ "-ERR [SYS//TEMP]", CODE_NONE },
		{ "-ERR [AU TH]", CODE_NONE },
		{ "-ERR  [AUTH]", CODE_NONE },
		{ "-ERR no [AUTH]", CODE_NONE },
		{ "-ERR", CODE_NONE },
	};
	struct reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(parse(&r, t[i].line));
		assert_int_equal(r.code, t[i].code);
	}
}

/* R2, R64 */
static void
a_code_decides_what_kind_of_error_it_is(void **state)
{
	static const struct {
		const char	*line;
		enum err_kind	 kind;
	} t[] = {
		{ "-ERR [IN-USE]", ERR_TEMP },
		{ "-ERR [LOGIN-DELAY]", ERR_TEMP },
		{ "-ERR [SYS/TEMP]", ERR_TEMP },
		{ "-ERR [SYS/PERM]", ERR_UNAVAILABLE },
		{ "-ERR [AUTH]", ERR_AUTH },
		{ "-ERR [UTF8]", ERR_DATA },
		{ "-ERR [OTHER]", ERR_DATA },
		{ "-ERR", ERR_DATA },
	};
	struct reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(parse(&r, t[i].line));
		assert_int_equal(reply_kind(&r, ERR_DATA), t[i].kind);
	}
}

/* Q17, R70 */
static void
words_count_only_where_no_code_does(void **state)
{
	static const struct {
		const char	*line;
		bool		 busy;
	} t[] = {
		{ "-ERR mailbox LOCKED", true },
		{ "-ERR Busy", true },
		{ "-ERR (in use)", true },
		{ "-ERR [X-NEW] lock", true },
		{ "-ERR [ please wait", true },
		{ "-ERR temporarily", true },
		{ "-ERR [SYS/PERM] locked", false },
		{ "-ERR [AUTH] locked", false },
		{ "-ERR [IN-USE] locked", false },
		{ "-ERR blocked, buzy, await", false },
		{ "-ERR loc", false },
		{ "-ERR", false },
	};
	struct reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(parse(&r, t[i].line));
		assert_int_equal(reply_says_busy(&r), t[i].busy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_crlf_ends_a_line),
		cmocka_unit_test(a_line_may_be_empty),
		cmocka_unit_test(a_line_has_an_end_or_is_too_long),
		cmocka_unit_test(a_status_is_ok_or_err_in_upper_case),
		cmocka_unit_test(a_cut_status_is_not_read_past_its_end),
		cmocka_unit_test(the_text_is_what_follows_one_blank),
		cmocka_unit_test(response_codes_are_known_in_either_case),
		cmocka_unit_test(a_code_decides_what_kind_of_error_it_is),
		cmocka_unit_test(words_count_only_where_no_code_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
