/*
 * Tests of base/err, and of base/log that prints what it holds.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"

static void
first_error_stays(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	assert_false(err_isset(&err));
	assert_int_equal(err_set(&err, ERR_TEMP, "first %d", 1), -1);
	assert_int_equal(err_set(&err, ERR_AUTH, "second"), -1);
	assert_int_equal(err_sys(&err, ERR_IO, EIO, "third"), -1);
	assert_true(err_isset(&err));
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(err.sys, 0);
	assert_string_equal(err.msg, "first 1");
	assert_string_equal(err.hint, "");
	err_clear(&err);
	assert_false(err_isset(&err));
	assert_int_equal(err_set(&err, ERR_AUTH, "second"), -1);
	assert_int_equal(err.kind, ERR_AUTH);
}

static void
system_error_tells_its_reason(void **state)
{
	struct err err;
	char want[128];

	(void)state;
	err_clear(&err);
	assert_int_equal(err_sys(&err, ERR_IO, ENOSPC, "cannot write %s",
	    "x"), -1);
	snprintf(want, sizeof(want), "cannot write x: %s", strerror(ENOSPC));
	assert_string_equal(err.msg, want);
	assert_int_equal(err.sys, ENOSPC);
	assert_int_equal(err.kind, ERR_IO);
}

static void
servers_words_are_shown_not_sent(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	err_set(&err, ERR_AUTH, "said \"%s\"", "\033]0;x\007 \\ \303\r\n");
	assert_string_equal(err.msg, "said \"\\033]0;x\\a \\ \\303\\r\\n\"");
	err_wrap(&err, "\033");
	assert_string_equal(err.msg,
	    "\\033: said \"\\033]0;x\\a \\ \\303\\r\\n\"");
	err_hint(&err, "try\n");
	assert_string_equal(err.hint, "try\\n");
}

static void
wrap_and_hint_add_to_a_set_error_only(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	assert_int_equal(err_wrap(&err, "outer"), -1);
	assert_int_equal(err_hint(&err, "too early"), -1);
	assert_false(err_isset(&err));
	assert_string_equal(err.msg, "");
	assert_string_equal(err.hint, "");

	err_set(&err, ERR_TEMP, "inner");
	assert_int_equal(err_wrap(&err, "outer %d", 2), -1);
	assert_int_equal(err_hint(&err, "first"), -1);
	assert_int_equal(err_hint(&err, "second"), -1);
	assert_string_equal(err.msg, "outer 2: inner");
	assert_string_equal(err.hint, "first");
	assert_int_equal(err.kind, ERR_TEMP);
}

static void
long_text_is_cut_not_overflowed(void **state)
{
	char text[3 * ERR_MSG_MAX];
	struct err err;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_clear(&err);
	err_set(&err, ERR_TEMP, "%s", text);
	assert_int_equal(strlen(err.msg), ERR_MSG_MAX - 1);
	assert_string_equal(err.msg + ERR_MSG_MAX - 5, "x...");
	err_wrap(&err, "outer");
	assert_int_equal(strlen(err.msg), ERR_MSG_MAX - 1);
	assert_memory_equal(err.msg, "outer: xxx", 10);
	assert_string_equal(err.msg + ERR_MSG_MAX - 5, "x...");
	err_wrap(&err, "%s", text);
	assert_int_equal(strlen(err.msg), ERR_MSG_MAX - 1);
	err_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), ERR_HINT_MAX - 1);
	assert_string_equal(err.hint + ERR_HINT_MAX - 5, "x...");
}

static void
worse_status_wins(void **state)
{
	static const int order[] = {
		70, 78, 77, 76, 73, 74, 65, 69, 68, 75, 1, 0
	};
	const size_t n = sizeof(order) / sizeof(order[0]);
	size_t i, k;

	(void)state;
	for (i = 0; i < n; i++)
		for (k = i; k < n; k++) {
			assert_int_equal(err_worse(order[i], order[k]),
			    order[i]);
			assert_int_equal(err_worse(order[k], order[i]),
			    order[i]);
		}
}

/* Standard error goes into a pipe between these two. */
static int log_pipe[2], log_saved;

static void
log_begin(void)
{
	assert_int_equal(pipe(log_pipe), 0);
	assert_true((log_saved = dup(STDERR_FILENO)) != -1);
	assert_int_equal(dup2(log_pipe[1], STDERR_FILENO), STDERR_FILENO);
	close(log_pipe[1]);
}

static void
log_end(char *text, size_t size)
{
	ssize_t n, r;

	dup2(log_saved, STDERR_FILENO);
	close(log_saved);
	for (n = 0; (r = read(log_pipe[0], text + n, size - 1 -
	    (size_t)n)) > 0;)
		n += r;
	text[n] = '\0';
	close(log_pipe[0]);
}

static void
log_line_names_program_and_account(void **state)
{
	struct err err;
	char out[512];

	(void)state;
	err_clear(&err);
	log_begin();
	log_err(&err);
	log_error("plain");
	log_account("me@\nhost");
	log_error("with %s", "account");
	err_set(&err, ERR_AUTH, "refused");
	log_err(&err);
	err_hint(&err, "check it");
	log_err(&err);
	log_account(NULL);
	log_text(LOG_LVL_ERROR, "a\nb\0c", 5);
	/* Nobody listens: even that does not reach the caller's errno. */
	close(STDERR_FILENO);
	errno = EDOM;
	log_error("lost");
	assert_int_equal(errno, EDOM);
	log_end(out, sizeof(out));
	assert_string_equal(out,
	    "popfetch: plain\n"
	    "popfetch: me@\\nhost: with account\n"
	    "popfetch: me@\\nhost: refused\n"
	    "popfetch: me@\\nhost: refused; check it\n"
	    "popfetch: a\\nb\\000c\n");
}

static void
log_shows_what_its_level_allows(void **state)
{
	char out[512];

	(void)state;
	log_begin();
	log_warn("default warn");
	log_info("default info");
	log_open(LOG_LVL_ERROR);
	log_warn("quiet warn");
	log_error("quiet error");
	log_open(LOG_LVL_INFO);
	log_info("info");
	log_debug("no debug");
	log_open(LOG_LVL_DEBUG);
	log_debug("debug");
	log_text(LOG_LVL_WIRE, "no wire", 7);
	assert_false(log_wants(LOG_LVL_WIRE));
	log_open(LOG_LVL_WIRE);
	assert_true(log_wants(LOG_LVL_WIRE));
	log_text(LOG_LVL_WIRE, "wire", 4);
	log_end(out, sizeof(out));
	assert_string_equal(out,
	    "popfetch: default warn\n"
	    "popfetch: quiet error\n"
	    "popfetch: info\n"
	    "popfetch: debug\n"
	    "popfetch: wire\n");
}

static void
log_line_is_cut_to_one_write(void **state)
{
	static char text[10000], out[10000];

	(void)state;
	memset(text, 'x', sizeof(text));
	log_begin();
	log_text(LOG_LVL_ERROR, text, sizeof(text));
	log_end(out, sizeof(out));
	/* of which some are kept for a label and a time */
	assert_in_range(strlen(out), 3500, 4096 - 1);
	assert_string_equal(out + strlen(out) - 5, "x...\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_error_stays),
		cmocka_unit_test(system_error_tells_its_reason),
		cmocka_unit_test(servers_words_are_shown_not_sent),
		cmocka_unit_test(wrap_and_hint_add_to_a_set_error_only),
		cmocka_unit_test(long_text_is_cut_not_overflowed),
		cmocka_unit_test(worse_status_wins),
		/* The first of these relies on the level being the default. */
		cmocka_unit_test(log_shows_what_its_level_allows),
		cmocka_unit_test(log_line_names_program_and_account),
		cmocka_unit_test(log_line_is_cut_to_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
