/*
 * head: every header is fed whole, octet by octet, and split at every place
 * and pair of places, and has to come out the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pop3/head.h"

#define OUT_MAX	4096

struct sink {
	uint8_t	out[OUT_MAX];
	size_t	len;
	size_t	calls;
};

static void
take(void *arg, const uint8_t *data, size_t len)
{
	struct sink *s = arg;

	assert_true(len > 0);
	assert_true(s->len + len <= OUT_MAX);
	memcpy(s->out + s->len, data, len);
	s->len += len;
	s->calls++;
}

/* Feeds a piece from a buffer of its exact size. */
static void
feed(struct head *h, struct sink *s, const char *in, size_t len)
{
	uint8_t *piece = malloc(len > 0 ? len : 1);

	memcpy(piece, in, len);
	head_feed(h, piece, len, take, s);
	free(piece);
}

static void
check(struct head *h, struct sink *s, const char *stable, const char *sender)
{
	head_end(h, take, s);
	assert_int_equal(s->len, strlen(stable));
	assert_memory_equal(s->out, stable, s->len);
	assert_string_equal(h->sender, sender);
}

/* As a server counts: a line end is two. */
static size_t
octets(const char *text, size_t len)
{
	size_t i, n = len;

	for (i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* What the header has beside its stable part. */
static void
check_skipped(const struct head *h, const char *in, const char *stable)
{
	const char *end = strstr(in, "\n\n");
	size_t len = in[0] == '\n' ? 0 :
	    end != NULL ? (size_t)(end - in) + 1 : strlen(in);

	assert_int_equal(h->skipped,
	    octets(in, len) - octets(stable, strlen(stable)));
}

static void
fed_by_octet(const char *in, const char *stable, const char *sender)
{
	struct sink s = { .len = 0 };
	struct head h;
	size_t i;

	head_init(&h);
	for (i = 0; i < strlen(in); i++)
		feed(&h, &s, in + i, 1);
	check(&h, &s, stable, sender);
	check_skipped(&h, in, stable);
}

static void
fed_in_three(const char *in, size_t a, size_t b, const char *stable,
    const char *sender)
{
	struct sink s = { .len = 0 };
	struct head h;

	head_init(&h);
	feed(&h, &s, in, a);
	feed(&h, &s, in + a, b - a);
	feed(&h, &s, in + b, strlen(in) - b);
	check(&h, &s, stable, sender);
	check_skipped(&h, in, stable);
}

static void
header(const char *in, const char *stable, const char *sender)
{
	size_t a, b, len = strlen(in);

	fed_by_octet(in, stable, sender);
	for (a = 0; a <= len; a++)
		for (b = a; b <= len; b++)
			fed_in_three(in, a, b, stable, sender);
}

/* Q31 */
static void
fields_that_change_are_left_out(void **state)
{
	(void)state;
	header("A: 1\nStatus: RO\nB: 2\n\n", "A: 1\nB: 2\n", "");
	header("X-Status: A\nX-UIDL: 1\nX-UID: 2\nB: 2\n\n", "B: 2\n", "");
	header("X-Keywords:\nA: 1\nX-IMAP: 1 2\nX-IMAPbase: 3\n\n", "A: 1\n",
	    "");
	header("content-LENGTH: 12\nA: 1\nSTATUS: O\n\n", "A: 1\n", "");
	header("Status : RO\nStatus\t: x\nA: 1\n\n", "A: 1\n", "");
}

/* Q31 */
static void
fields_with_like_names_stay(void **state)
{
	static const char *const lines[] = {
		"Statu: 1\n", "Statuss: 1\n", "X-UIDLX: 1\n", "X-UI: 1\n",
		"X-: 1\n", "X-IMAPb: 1\n", "Content-Type: a\n", "Status\n",
		"Status", "Sta", "Status  x: 1\n", "X", ": 1\n", "R: 2\n",
		"x-uid l: 1\n"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		header(lines[i], lines[i], "");
}

/* Q31 */
static void
folded_lines_share_their_fields_fate(void **state)
{
	(void)state;
	header("Status: R\n O\n\tX\nA: 1\n 2\n\t3\n\n", "A: 1\n 2\n\t3\n", "");
	header("A: 1\nX-UIDL:\n abc\n", "A: 1\n", "");
	header("Status\nStatus: x\nA: 1\n", "Status\nA: 1\n", "");
	header(" starts folded\nA: 1\n", " starts folded\nA: 1\n", "");
}

static void
the_header_ends_at_the_first_empty_line(void **state)
{
	struct sink s = { .len = 0 };
	struct head h;

	(void)state;
	header("A: 1\n\nB: 2\nStatus: x\n", "A: 1\n", "");
	header("\nA: 1\n", "", "");
	header("\n", "", "");
	header("", "", "");
	header("A: 1", "A: 1", "");
	header("A: 1\n \n\t\nB: 2\n\n", "A: 1\n \n\t\nB: 2\n", "");

	head_init(&h);
	feed(&h, &s, "A: 1\n", 5);
	assert_false(h.end);
	feed(&h, &s, "\n", 1);
	assert_true(h.end);
}

/* Q13: TOP and RETR give the same whether or not an empty line came. */
static void
a_missing_empty_line_makes_no_difference(void **state)
{
	(void)state;
	header("A: 1\nStatus: x\n", "A: 1\n", "");
	header("A: 1\nStatus: x\n\n", "A: 1\n", "");
}

static void
the_first_return_path_is_the_sender(void **state)
{
	(void)state;
	header("Return-Path: <a@b.c>\nA: 1\n\n",
	    "Return-Path: <a@b.c>\nA: 1\n", "a@b.c");
	header("return-path:a@b.c\n\n", "return-path:a@b.c\n", "a@b.c");
	header("A: 1\nReturn-Path:\n <a@b.c>\n \n",
	    "A: 1\nReturn-Path:\n <a@b.c>\n \n", "a@b.c");
	header("Return-Path: <x@y>\nReturn-Path: <z@y>\n",
	    "Return-Path: <x@y>\nReturn-Path: <z@y>\n", "x@y");
	header("Return-Path: <x@y>", "Return-Path: <x@y>", "x@y");
}

static void
an_odd_sender_is_no_sender(void **state)
{
	static const char *const odd[] = {
		"Return-Path: <>\n", "Return-Path:\n", "Return-Path: <a b>\n",
		"Return-Path: <a@b\n", "Return-Path: <a@b",
		"Return-Path: <a@b> x\n",
		"Return-Path: a b\n", "Return-Path: <<a@b>>\n",
		"Return-Path: <\xc3\xa4@b>\n", "Return-Path: <a\x01@b>\n",
		"Return-Path: a>b\n", "Return-Path: <@>\n",
		"Return-Path\n", "Return-Path <a@b>\n"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		header(odd[i], odd[i], "");
	/* It was the first one all the same. */
	header("Return-Path: <>\nReturn-Path: <z@y>\n",
	    "Return-Path: <>\nReturn-Path: <z@y>\n", "");
	/* Only the header counts. */
	header("A: 1\n\nReturn-Path: <z@y>\n", "A: 1\n", "");
}

/* The header is stable as it is, and this is its sender. */
static void
sender(const char *in, const char *want)
{
	header(in, in, want);
}

/* fetchmail's order, whatever theirs. */
static void
the_best_field_has_the_sender(void **state)
{
	static const char *const names[] = {
		"Reply-To", "From", "Resent-From", "Sender", "Resent-Sender",
		"Return-Path"
	};
	char up[400] = "", down[400], line[64], want[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(want, sizeof(want), "%zu@x", i);
		snprintf(line, sizeof(line), "%s: <%zu@x>\n", names[i], i);
		strcpy(down, line);
		strcat(down, up);
		strcat(up, line);
		sender(up, want);
		strcpy(up, down);
		sender(up, want);
	}
	sender("From: a@x\nfrom: b@x\n", "a@x");
	sender("Fromm: a@x\nXSender: b@x\nFrom a@x\nReply-To: c@x\n", "c@x");
	header("From: a@x\nStatus: b@x\n", "From: a@x\n", "a@x");
}

/* RFC 5321 4.5.5: nobody is to be written to, From or not. */
static void
a_bounce_has_no_sender(void **state)
{
	(void)state;
	sender("From: a@x\nReturn-Path: <>\nSender: b@x\n", "");
	sender("Return-Path: <> (bounce)\nFrom: a@x\n", "");
	sender("From: a@x\nReturn-Path:\n", "");
	sender("From: a@x\nReturn-Path: <a\x01@x>\n", "");
}

/* RFC 5322 3.4, 4.4 */
static void
the_first_mailbox_of_a_field_counts(void **state)
{
	static const struct {
		const char	*value;
		const char	*want;
	} is[] = {
		{ "a@x", "a@x" },
		{ "a@x, b@x", "a@x" },
		{ "Joe Doe <a@x>, b@x", "a@x" },
		{ "\"Doe, Joe <z@x>\" <a@x>", "a@x" },
		{ "\"Joe \\\"J\\\" Doe\" <a@x>", "a@x" },
		{ "=?utf-8?q?J?= J\xc3\xb6 (J. (z@x\\) <y@x>)) <a@x> (b)",
		    "a@x" },
		{ "a@x (Joe Doe)", "a@x" },
		{ "(Joe) a (at) @ (home) x . (y) z", "a@x.z" },
		{ "Joe\n Doe\n\t<a@x>\n ", "a@x" },
		{ "<@m,@n:a@x>", "a@x" },
		{ "<@m:@n:a@x>", "a@x" },
		{ "team: a@x, b@x;", "a@x" },
		{ "team: Joe <a@x>;", "a@x" },
		{ "nobody:;, a@x", "a@x" },
		{ ", ,a@x", "a@x" },
		{ "Doe, Joe <a@x>", "a@x" },
		{ "J. Doe, Joe <a@x>", "a@x" },
		{ "\"a b\"@x", "\"a b\"@x" },
		{ "\"a\\\"b\" @ x", "\"a\\\"b\"@x" },
		{ "<\"a@b\"@x>", "\"a@b\"@x" },
		{ "a@[IPv6:::1]", "a@[IPv6:::1]" },
		{ "<a@[IPv6:::1]>", "a@[IPv6:::1]" },
		{ "root (Cron Daemon)", "root" },
		{ "-oQ/tmp@x", "-oQ/tmp@x" },
		{ "<a'b$(c)`d`@x>", "" },
		{ "<a'b$c`d`;e|f&g@x>", "" },
		{ "<a'b$c`d`|f&g@x>", "a'b$c`d`|f&g@x" },
		{ "undisclosed-recipients:;", "" },
		{ "Joe Doe", "" }, { "", "" }, { "(a@x)", "" }, { "@", "" },
		{ "a@", "" }, { "@x", "" }, { "<>", "" }, { "<a@x", "" },
		{ "<@m:>", "" }, { "\"a@x", "" }, { "\"a@x\\", "" },
		{ "a@x (b", "" }, { "a b@x", "" }, { "a@x b", "" },
		{ "<a@x> b", "" }, { "<a@x><b@x>", "" }, { "a\\b@x", "" },
		{ "a)@x", "" }, { "a\"b\"@x", "" }, { "\"a\"b@x", "" },
		{ "\xc3\xa4@x", "" }, { "a\rb@x", "" }, { "a\177@x", "" },
		{ "<a,b@x>", "" }, { "\"a\tb\"@x", "" },
	};
	char in[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(is) / sizeof(is[0]); i++) {
		snprintf(in, sizeof(in), "From: %s\n", is[i].value);
		sender(in, is[i].want);
		/* One that has no address leaves it to the next. */
		snprintf(in, sizeof(in), "Sender: %s\nReply-To: r@x\n",
		    is[i].value);
		sender(in, is[i].want[0] == '\0' ? "r@x" : is[i].want);
	}
}

/* No state of the scan is left over, and nothing is written out of bounds. */
static void
any_octets_make_no_harm(void **state)
{
	static const char some[] = "\"\\()<>@:;,.[]' a\n\tx\x80\0-From:";
	struct sink s = { .len = 0 };
	char in[1024];
	unsigned seed = 1;
	struct head h;
	size_t i, n, k;

	(void)state;
	for (k = 0; k < 20000; k++) {
		n = (size_t)snprintf(in, sizeof(in), "Reply-To: ");
		for (i = 0; i < 60 + k % 900; i++) {
			seed = seed * 1103515245 + 12345;
			in[n++] = some[(seed >> 16) % (sizeof(some) - 1)];
		}
		n += (size_t)snprintf(in + n, sizeof(in) - n,
		    "\nSender: z@x\n");
		s.len = 0;
		head_init(&h);
		feed(&h, &s, in, n);
		head_end(&h, take, &s);
		if (!h.end)
			assert_string_equal(h.sender, "z@x");
		for (i = 0; h.sender[i] != '\0'; i++)
			assert_in_range(h.sender[i], ' ', '~');
	}
}

static void
a_sender_of_320_octets_fits_and_no_more(void **state)
{
	struct sink s = { .len = 0 };
	char line[400], want[HEAD_SENDER_MAX + 1];
	struct head h;
	size_t i;

	(void)state;
	memset(want, 'a', sizeof(want) - 1);
	want[HEAD_SENDER_MAX] = '\0';
	/* What stands before it may be longer. */
	s.len = 0;
	head_init(&h);
	feed(&h, &s, "From: ", 6);
	for (i = 0; i < 2 * HEAD_SENDER_MAX; i++)
		feed(&h, &s, "x", 1);
	feed(&h, &s, " <a@x>\n", 8);
	head_end(&h, take, &s);
	assert_string_equal(h.sender, "a@x");

	s.len = 0;
	snprintf(line, sizeof(line), "Return-Path: <%s>\n", want);
	head_init(&h);
	feed(&h, &s, line, strlen(line));
	check(&h, &s, line, want);

	s.len = 0;
	snprintf(line, sizeof(line), "Return-Path: <%sa>\n", want);
	head_init(&h);
	feed(&h, &s, line, strlen(line));
	check(&h, &s, line, "");
}

/* CVE-2001-0819: no length and no octet is too much. */
static void
long_names_lines_and_nuls_pass(void **state)
{
	char in[600];
	struct sink s = { .len = 0 };
	struct head h;
	size_t i;

	(void)state;
	memset(in, ' ', sizeof(in));
	memcpy(in, "Status", 6);	/* blanks for ever: it is no field */
	in[sizeof(in) - 2] = '\n';
	in[sizeof(in) - 1] = '\0';
	fed_by_octet(in, in, "");
	for (i = 0; i < sizeof(in); i++)
		fed_in_three(in, 5, i < 5 ? 5 : i < sizeof(in) - 1 ? i : 5, in,
		    "");

	head_init(&h);
	feed(&h, &s, "\0tatus: x\nStat\0s: y\nA\0: \0\n", 26);
	head_end(&h, take, &s);
	assert_int_equal(s.len, 26);
}

/* The common path copies nothing and calls once for lines in a row. */
static void
lines_in_a_row_are_one_run(void **state)
{
	static const char in[] = "A: 1\nB: 2\n c\nX-UID: 1\nC: 3\nD: 4\n\nbody";
	struct sink s = { .len = 0 };
	struct head h;

	(void)state;
	head_init(&h);
	feed(&h, &s, in, sizeof(in) - 1);
	check(&h, &s, "A: 1\nB: 2\n c\nC: 3\nD: 4\n", "");
	assert_int_equal(s.calls, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_that_change_are_left_out),
		cmocka_unit_test(fields_with_like_names_stay),
		cmocka_unit_test(folded_lines_share_their_fields_fate),
		cmocka_unit_test(the_header_ends_at_the_first_empty_line),
		cmocka_unit_test(a_missing_empty_line_makes_no_difference),
		cmocka_unit_test(the_first_return_path_is_the_sender),
		cmocka_unit_test(an_odd_sender_is_no_sender),
		cmocka_unit_test(the_best_field_has_the_sender),
		cmocka_unit_test(a_bounce_has_no_sender),
		cmocka_unit_test(the_first_mailbox_of_a_field_counts),
		cmocka_unit_test(any_octets_make_no_harm),
		cmocka_unit_test(a_sender_of_320_octets_fits_and_no_more),
		cmocka_unit_test(long_names_lines_and_nuls_pass),
		cmocka_unit_test(lines_in_a_row_are_one_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
