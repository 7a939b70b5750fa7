/*
 * Lines on standard output: columns and objects, whatever is put into them.
 */
#include "mail/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/err.h"
#include "mail/courier.h"

static char text[65536];

/* What was printed since the last begin_print. */
static int out = -1, saved = -1;

static void
begin_print(void)
{
	char name[] = "/tmp/report.XXXXXX";

	out = mkstemp(name);
	assert_true(out != -1);
	unlink(name);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(out, STDOUT_FILENO);
}

static const char *
end_print(void)
{
	ssize_t n;

	dup2(saved, STDOUT_FILENO);
	close(saved);
	n = pread(out, text, sizeof(text) - 1, 0);
	close(out);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void
quotes(const char *src, size_t len, const char *want)
{
	char dst[256];

	assert_string_equal(report_quote(dst, sizeof(dst), src, len), want);
}

#define Q(src, want) quotes(src, sizeof(src) - 1, want)
#define R	"\\ufffd"

static void
strings_are_utf8_whatever_they_were(void **state)
{
	(void)state;
	Q("", "");
	Q("plain", "plain");
	Q("a\"b\\c/", "a\\\"b\\\\c/");
	Q("\0\t\n\x1f\x7f", "\\u0000\\u0009\\n\\u001f\\u007f");
	Q("\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7",
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7");
	Q("\xee\x80\x80\xf4\x8f\xbf\xbf", "\xee\x80\x80\xf4\x8f\xbf\xbf");
	Q("\x80x\xff", R "x" R);
	Q("\xc0\xaf", R R);			/* too long a form */
	Q("\xe0\x9f\xbf", R R R);
	Q("\xf0\x8f\xbf\xbf", R R R R);
	Q("\xed\xa0\x80", R R R);		/* a surrogate */
	Q("\xf4\x90\x80\x80", R R R R);		/* beyond Unicode */
	Q("\xc3", R);				/* cut short */
	Q("\xe2\x82", R R);
	Q("\xe2\x82x", R R "x");
	Q("\xc3\xc3\xa9", R "\xc3\xa9");
}

static void
a_long_string_is_cut_between_characters(void **state)
{
	char dst[12];

	(void)state;
	assert_string_equal(report_quote(dst, 12, "12345678901", 11),
	    "12345678901");
	assert_string_equal(report_quote(dst, 12, "123456789012", 12),
	    "12345678...");
	assert_string_equal(report_quote(dst, 12, "1234567\xc3\xa9zzz", 12),
	    "1234567...");
	assert_string_equal(report_quote(dst, 12, "1234567\"zzz", 11),
	    "1234567...");
	assert_string_equal(report_quote(dst, 12, "\x01\x01", 2),
	    "\\u0001...");
	assert_string_equal(report_quote(dst, 4, "\x01", 1), "...");
}

static struct report_message
message(void)
{
	const struct report_message m = {
		.label = "work", .num = 7, .uid = (const uint8_t *)"a\t\xff%",
		.uidlen = 4, .size = 12, .action = "skip", .why = "it \"is\"",
	};

	return m;
}

static void
columns_are_apart_by_tabs(void **state)
{
	struct report_message m = message();

	(void)state;
	begin_print();
	report_open(REPORT_TEXT, false);
	report_message(&m);
	report_open(REPORT_TEXT, true);
	m.uidlen = 0;
	m.state = "new";
	m.action = m.why = NULL;
	report_message(&m);
	report_account("work", &(struct courier_summary){ .listed = 1 });
	report_total(&(struct courier_summary){ .listed = 1 }, 1, 0);
	report_error("work", &(struct err){ .kind = ERR_IO, .msg = "no" });
	assert_string_equal(end_print(),
	    "7\ta%09%FF%25\t12\tskip\tit \"is\"\n"
	    "work\t7\t-\t12\tnew\n");
}

static void
what_waits_is_one_line(void **state)
{
	struct courier_summary sum = { .listed = 27, .waiting = 3,
	    .waiting_octets = 1258291 };

	(void)state;
	begin_print();
	report_open(REPORT_WAITING, true);
	report_account("work", &sum);
	sum.waiting = 0;
	report_account("work", &sum);
	sum.status = ERR_TEMP;
	report_account("work", &sum);
	assert_string_equal(end_print(), "work: 3 new of 27, 1.2 MiB\n"
	    "work: 0 new of 27\n");
}

static void
objects_begin_with_the_version(void **state)
{
	struct report_message m = message();
	struct courier_summary sum = { .listed = 1, .waiting = 2,
	    .waiting_octets = 3, .fetched = 4, .octets = 5, .deleted = 6,
	    .kept = 7, .skipped = 8, .failed = 9, .set_aside = 10,
	    .marked = 11, .status = 75 };
	struct err err = { .kind = ERR_AUTH, .msg = "no \"way\"",
	    .hint = "other" };

	(void)state;
	begin_print();
	report_open(REPORT_JSON, true);
	report_message(&m);
	m = (struct report_message){ .label = "work", .num = 1, .size = 2,
	    .state = "new", .path = "/x" };
	report_message(&m);
	report_account("work", &sum);
	report_error("work", &err);
	err.kind = ERR_NONE;
	report_error("work", &err);
	err.kind = ERR_CONFIG;
	err.hint[0] = '\0';
	report_error(NULL, &err);
	report_total(&sum, 2, 77);
#define SUMS "\"fetched\":4,\"octets\":5,\"deleted\":6,\"kept\":7," \
    "\"skipped\":8,\"failed\":9,\"set_aside\":10,\"messages\":1,\"new\":2," \
    "\"new_octets\":3,\"marked\":11,"
	assert_string_equal(end_print(),
	    "{\"v\":1,\"event\":\"message\",\"account\":\"work\",\"number\":7,"
	    "\"uid\":\"a\\u0009" R "%\",\"size\":12,\"action\":\"skip\","
	    "\"why\":\"it \\\"is\\\"\"}\n"
	    "{\"v\":1,\"event\":\"message\",\"account\":\"work\",\"number\":1,"
	    "\"size\":2,\"state\":\"new\",\"path\":\"/x\"}\n"
	    "{\"v\":1,\"event\":\"account\",\"account\":\"work\"," SUMS
	    "\"status\":75}\n"
	    "{\"v\":1,\"event\":\"error\",\"account\":\"work\","
	    "\"kind\":\"login\",\"status\":77,\"text\":\"no \\\"way\\\"\","
	    "\"hint\":\"other\"}\n"
	    "{\"v\":1,\"event\":\"error\",\"kind\":\"config\",\"status\":78,"
	    "\"text\":\"no \\\"way\\\"\"}\n"
	    "{\"v\":1,\"event\":\"summary\",\"accounts\":2," SUMS
	    "\"status\":77}\n");
}

static void
no_line_is_longer_than_a_pipe_takes(void **state)
{
	static uint8_t uid[1000];
	static char path[8192], label[2048];
	struct report_message m = { .label = label, .num = UINT32_MAX,
	    .uid = uid, .uidlen = sizeof(uid), .size = UINT64_MAX,
	    .state = "unproven", .action = "fetched", .why = label,
	    .path = path };

	(void)state;
	memset(label, '"', sizeof(label) - 1);
	memset(path, '"', sizeof(path) - 1);
	begin_print();
	report_open(REPORT_JSON, true);
	report_message(&m);
	end_print();
	assert_true(strlen(text) <= 4096);
	assert_string_equal(text + strlen(text) - 6, "...\"}\n");
}

static void
a_line_that_cannot_be_written_is_told_once(void **state)
{
	struct report_message m = message();
	struct err err = { .kind = ERR_NONE };
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	if (full == -1)
		skip();
	assert_int_equal(report_close(&err), 0);
	begin_print();
	dup2(full, STDOUT_FILENO);
	close(full);
	report_message(&m);
	dup2(out, STDOUT_FILENO);
	report_message(&m);		/* not tried any more */
	assert_string_equal(end_print(), "");
	assert_int_equal(report_close(&err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(err.sys, ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_utf8_whatever_they_were),
		cmocka_unit_test(a_long_string_is_cut_between_characters),
		cmocka_unit_test(columns_are_apart_by_tabs),
		cmocka_unit_test(what_waits_is_one_line),
		cmocka_unit_test(objects_begin_with_the_version),
		cmocka_unit_test(no_line_is_longer_than_a_pipe_takes),
		cmocka_unit_test(a_line_that_cannot_be_written_is_told_once),
	};

	return cmocka_run_group_tests_name("mail/report", tests, NULL, NULL);
}
