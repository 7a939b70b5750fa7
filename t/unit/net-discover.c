/*
 * SRV records in answers of the DNS: their order, and what is no answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/discover.h"

/* A header with so many questions and answers. */
#define HEAD(q, a)	"\x12\x34\x81\x80\0" q "\0" a "\0\0\0\0"
#define ASKED		"\6_pop3s\4_tcp\7example\3org\0" "\0\x21\0\1"
/* Name (of the question), type, class, time, length. */
#define SRV(len)	"\xc0\x0c\0\x21\0\1\0\0\1\0\0" len
/* Priority 0. */
#define PRIO(p, w)	"\0" p "\0" w "\x03\xe3"

static const char answer[] = HEAD("\1", "\4") ASKED
    SRV("\x0c") PRIO("\x14", "\0") "\3low\xc0\x18"
    SRV("\x0c") PRIO("\x0a", "\1") "\3one\xc0\x18"
    "\xc0\x0c\0\5\0\1\0\0\1\0\0\2\xc0\x18"		/* a CNAME */
    SRV("\x0c") PRIO("\x0a", "\5") "\3two\xc0\x18";

static void
the_best_comes_first(void **state)
{
	struct discover_srv srv[DISCOVER_SRV_MAX];

	(void)state;
	assert_int_equal(discover_parse(srv, (const uint8_t *)answer,
	    sizeof(answer) - 1), 3);
	assert_string_equal(srv[0].host, "two.example.org");
	assert_int_equal(srv[0].port, 995);
	assert_int_equal(srv[0].weight, 5);
	assert_string_equal(srv[1].host, "one.example.org");
	assert_string_equal(srv[2].host, "low.example.org");
	assert_int_equal(srv[2].priority, 20);
}

static void
a_dot_means_no_service(void **state)
{
	static const char none[] = HEAD("\1", "\1") ASKED
	    SRV("\7") PRIO("\0", "\0") "\0";
	struct discover_srv srv[DISCOVER_SRV_MAX];

	(void)state;
	assert_int_equal(discover_parse(srv, (const uint8_t *)none,
	    sizeof(none) - 1), 1);
	assert_string_equal(srv[0].host, "");
}

/* Whatever is cut off, no octet behind it is looked at. */
static void
a_cut_answer_has_fewer_records(void **state)
{
	struct discover_srv srv[DISCOVER_SRV_MAX];
	uint8_t *copy;
	size_t len, n, last = 0;

	(void)state;
	for (len = 0; len < sizeof(answer); len++) {
		copy = malloc(len + 1);
		memcpy(copy, answer, len);
		n = discover_parse(srv, copy, len);
		free(copy);
		if (n < last || n > last + 1)
			fail_msg("%zu records in %zu octets", n, len);
		last = n;
	}
	assert_int_equal(last, 3);
}

static void
a_name_that_is_none_is_left_out(void **state)
{
	static const char bad[] = HEAD("\1", "\2") ASKED
	    SRV("\x0c") PRIO("\0", "\0") "\3a\"b\xc0\x18"
	    SRV("\x0c") PRIO("\0", "\0") "\3a b\xc0\x18";
	static const char loop[] = HEAD("\0", "\1")
	    SRV("\x08") PRIO("\0", "\0") "\xc0\x1e";
	struct discover_srv srv[DISCOVER_SRV_MAX];

	(void)state;
	assert_int_equal(discover_parse(srv, (const uint8_t *)bad,
	    sizeof(bad) - 1), 0);
	assert_int_equal(discover_parse(srv, (const uint8_t *)loop,
	    sizeof(loop) - 1), 0);
}

static void
no_more_are_taken_than_there_is_room(void **state)
{
	struct discover_srv srv[DISCOVER_SRV_MAX];
	static const char one[] = SRV("\x0c") PRIO("\0", "\0") "\3one\xc0\x18";
	uint8_t many[1024];
	size_t i, len = sizeof(HEAD("\1", "\4") ASKED) - 1;

	(void)state;
	memcpy(many, answer, len);
	many[7] = 20;
	for (i = 0; i < 20; i++) {
		memcpy(many + len, one, sizeof(one) - 1);
		len += sizeof(one) - 1;
	}
	assert_int_equal(discover_parse(srv, many, len), DISCOVER_SRV_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_comes_first),
		cmocka_unit_test(a_dot_means_no_service),
		cmocka_unit_test(a_cut_answer_has_fewer_records),
		cmocka_unit_test(a_name_that_is_none_is_left_out),
		cmocka_unit_test(no_more_are_taken_than_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
