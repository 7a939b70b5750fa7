/*
 * What an MDA's exit status means: each of them, in both styles.
 */
#include <sys/types.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "mail/verdict.h"

/* What waitpid says of a process that exited like that. */
static int
exited(int code)
{
	int status = code << 8;

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
	return status;
}

/* One letter per status: Y L N B. */
static void
verdicts_are(const char *want, bool qmail)
{
	static const enum err_kind kind[] = {
		[VERDICT_YES] = ERR_NONE, [VERDICT_LATER] = ERR_TEMP,
		[VERDICT_NO] = ERR_DATA, [VERDICT_BROKEN] = ERR_CONFIG,
	};
	struct err err;
	char got[257], number[8];
	enum verdict v;
	int code;

	for (code = 0; code < 256; code++) {
		err_clear(&err);
		v = verdict_of(exited(code), qmail, &err);
		got[code] = "YLNB"[v];
		assert_int_equal(err.kind, kind[v]);
		snprintf(number, sizeof(number), " %d", code);
		if (v != VERDICT_YES)
			assert_non_null(strstr(err.msg, number));
	}
	got[256] = '\0';
	assert_string_equal(got, want);
}

static void
statuses_are_read_as_sysexits(void **state)
{
	(void)state;
	verdicts_are(
	    "YNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
	    "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
	    /* 71 and 75: 64 + 7 and 64 + 11 */
	    "NNNNNNNLNNNLNNNNNNNNNNNNNNNNNNNN"
	    "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNBB"
	    "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
	    "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
	    "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
	    "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN", false);
}

static void
statuses_are_read_as_qmail_does(void **state)
{
	(void)state;
	verdicts_are(
	    "YLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL"
	    "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL"
	    /* 64 65 70 76 77 78 */
	    "NNLLLLNLLLLLNNNLLLLLLLLLLLLLLLLL"
	    /* 99 100, 112: 96 + 3, + 4, + 16 */
	    "LLLYNLLLLLLLLLLLNLLLLLLLLLLLLLBB"
	    "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL"
	    "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL"
	    "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL"
	    "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL", true);
}

static void
signal_counts_and_may_work_another_time(void **state)
{
	static const int sigs[] = { SIGSEGV, SIGKILL, SIGTERM, SIGABRT };
	struct err err;
	char number[16];
	size_t i;
	int style;

	(void)state;
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		for (style = 0; style < 2; style++) {
			assert_true(WIFSIGNALED(sigs[i]));
			err_clear(&err);
			assert_int_equal(verdict_of(sigs[i], style == 1, &err),
			    VERDICT_NO);
			assert_int_equal(err.kind, ERR_TEMP);
			snprintf(number, sizeof(number), "signal %d ",
			    sigs[i]);
			assert_non_null(strstr(err.msg, number));
		}
}

static void
core_dump_is_a_signal(void **state)
{
	const int status = SIGSEGV | 0x80;
	struct err err = { .kind = ERR_NONE };

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(verdict_of(status, false, &err), VERDICT_NO);
	assert_int_equal(err.kind, ERR_TEMP);
}

static void
status_of_qmail_hints_at_the_style(void **state)
{
	struct err err;
	int code;

	(void)state;
	for (code = 1; code < 126; code++) {
		err_clear(&err);
		(void)verdict_of(exited(code), false, &err);
		assert_int_equal(strstr(err.hint, "mda-style") != NULL,
		    code == 99 || code == 100 || code == 111);
		err_clear(&err);
		(void)verdict_of(exited(code), true, &err);
		assert_string_equal(err.hint, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_are_read_as_sysexits),
		cmocka_unit_test(statuses_are_read_as_qmail_does),
		cmocka_unit_test(signal_counts_and_may_work_another_time),
		cmocka_unit_test(core_dump_is_a_signal),
		cmocka_unit_test(status_of_qmail_hints_at_the_style),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
