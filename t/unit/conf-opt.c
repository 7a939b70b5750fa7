/*
 * The command line.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/opt.h"

#define ARGS_MAX	16

static char line[256];
static char *args[ARGS_MAX + 1];

/* Parses a command line, split at blanks. */
static int
parse(struct opt *o, const char *words, struct err *err)
{
	char *s = line, *word;
	int n = 0;

	snprintf(line, sizeof(line), "popfetch %s", words);
	while ((word = strsep(&s, " ")) != NULL && n < ARGS_MAX)
		if (*word != '\0')
			args[n++] = word;
	args[n] = NULL;
	err_clear(err);
	return opt_parse(o, n, args, err);
}

static void
accepts(struct opt *o, const char *words)
{
	struct err err;

	if (parse(o, words, &err) == -1)
		fail_msg("%s: %s", words, err.msg);
	assert_false(err_isset(&err));
}

static void
refuses(const char *words, const char *msg, const char *hint)
{
	struct opt o;
	struct err err;

	assert_int_equal(parse(&o, words, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.hint, hint);
}

static void
nothing_said_is_nothing_set(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "");
	assert_int_equal(o.mode, OPT_FETCH);
	assert_false(o.quiet || o.json || o.show_secrets);
	assert_int_equal(o.verbose, 0);
	assert_null(o.file);
	assert_null(o.state);
	assert_null(o.maildir);
	assert_null(o.mda);
	assert_int_equal(o.keep, TRI_UNSET);
	assert_int_equal(o.fetchall, TRI_UNSET);
	assert_int_equal(o.jobs, 0);
	assert_int_equal(o.timeout, 0);
	assert_int_equal(o.naccounts, 0);
	assert_int_equal(o.expunge, 0);
	assert_false(o.retry);
}

static void
every_spelling_does_the_same(void **state)
{
	static const char *const all[] = { "-a", "--all", "--fetchall" };
	static const char *const no[] = { "-K", "--no-keep", "--nokeep" };
	static const char *const file[] = {
		"-f x", "-fx", "--file x", "--file=x", "--fetchmailrc x",
	};
	static const char *const quiet[] = {
		"-q", "-s", "--quiet", "--silent",
	};
	static const char *const help[] = { "-h", "--help", "-?", "--help" };
	struct opt o;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		accepts(&o, all[i]);
		assert_int_equal(o.fetchall, TRI_YES);
		accepts(&o, no[i]);
		assert_int_equal(o.keep, TRI_NO);
	}
	for (i = 0; i < 5; i++) {
		accepts(&o, file[i]);
		assert_string_equal(o.file, "x");
	}
	for (i = 0; i < 4; i++) {
		accepts(&o, quiet[i]);
		assert_true(o.quiet);
		accepts(&o, help[i]);
		assert_int_equal(o.mode, OPT_HELP);
	}
	accepts(&o, "-k");
	assert_int_equal(o.keep, TRI_YES);
	accepts(&o, "--keep");
	assert_int_equal(o.keep, TRI_YES);
	accepts(&o, "-V");
	assert_int_equal(o.mode, OPT_VERSION);
	accepts(&o, "--version");
	assert_int_equal(o.mode, OPT_VERSION);
}

static void
values_are_taken(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "--maildir M --jobs 4 --state=S -t 30 -vv --verbose");
	assert_string_equal(o.maildir, "M");
	assert_int_equal(o.jobs, 4);
	assert_string_equal(o.state, "S");
	assert_int_equal(o.timeout, 30);
	assert_int_equal(o.verbose, 3);
	accepts(&o, "-mcat --timeout 0");
	assert_string_equal(o.mda, "cat");
	assert_int_equal(o.timeout, 0);
	accepts(&o, "--mda cat -f -");
	assert_string_equal(o.mda, "cat");
	assert_string_equal(o.file, "-");
	accepts(&o, "-e 10 --retry");
	assert_int_equal(o.expunge, 10);
	assert_true(o.retry);
	accepts(&o, "--expunge=11");
	assert_int_equal(o.expunge, 11);
	assert_false(o.retry);
}

static void
no_bound_is_said_by_0(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "-l 0 -B 0 -e 0");
	assert_true(o.limit == CONF_UNSET64);
	assert_true(o.fetchlimit == CONF_UNSET32);
	assert_true(o.expunge == CONF_UNSET32);
	accepts(&o, "-l 2k -B 3");
	assert_int_equal(o.limit, 2048);
	assert_int_equal(o.fetchlimit, 3);
}

static void
mail_is_kept_for_an_age(void **state)
{
	static const char try[] = "try 'popfetch --help'";
	struct opt o;

	(void)state;
	accepts(&o, "--keep=1d12h");
	assert_int_equal(o.keep, TRI_YES);
	assert_int_equal(o.keep_for, 36 * 3600);
	accepts(&o, "--keep=2w -k");
	assert_int_equal(o.keep_for, 0);
	/* What follows is an account. */
	accepts(&o, "--keep 30d");
	assert_int_equal(o.keep_for, 0);
	assert_int_equal(o.naccounts, 1);
	refuses("--keep=30", "'--keep' wants an age such as 30d or 1d12h, not "
	    "'30'", try);
	refuses("--keep=0d", "'--keep' wants an age such as 30d or 1d12h, not "
	    "'0d'", try);
	refuses("--keep=", "'--keep' wants an age such as 30d or 1d12h, not ''",
	    try);
	refuses("--keep=40000d", "'--keep' wants an age such as 30d or 1d12h, "
	    "not '40000d'", try);
}

static void
a_part_is_one_of_several(void **state)
{
	static const char *const bad[] = {
		"4/4", "5/4", "0/0", "/4", "1/", "1", "-1/4", "1/4/4", "a/b",
		"1/4294967296",
	};
	char arg[64], msg[128];
	struct opt o;
	size_t i;

	(void)state;
	accepts(&o, "");
	assert_int_equal(o.shards, 0);
	accepts(&o, "--shard 3/4");
	assert_int_equal(o.shard, 3);
	assert_int_equal(o.shards, 4);
	accepts(&o, "--shard=0/1");
	assert_int_equal(o.shard, 0);
	assert_int_equal(o.shards, 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(arg, sizeof(arg), "--shard=%s", bad[i]);
		snprintf(msg, sizeof(msg), "'--shard' wants I/N with I less "
		    "than N, not '%s'", bad[i]);
		refuses(arg, msg, "try 'popfetch --help'");
	}
}

static void
how_a_run_goes(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "--wait --per-host 7 --force --exit-new");
	assert_true(o.wait == OPT_WAIT_ANY);
	assert_int_equal(o.per_host, 7);
	assert_true(o.force && o.exit_new);
	assert_false(o.retry);
	accepts(&o, "--wait=30");
	assert_int_equal(o.wait, 30);
	refuses("--exit-new -c", "'--exit-new' is for a run that fetches",
	    "try 'popfetch --help'");
}

static void
a_password_has_one_place(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "--password-command x");
	assert_string_equal(o.password_command, "x");
	assert_false(o.has_password_fd);
	accepts(&o, "--password-fd 0");
	assert_true(o.has_password_fd);
	assert_int_equal(o.password_fd, 0);
	refuses("--passwordfd=3 --passwordeval=x", "'--password-command' and "
	    "'--password-fd' exclude each other", "try 'popfetch --help'");
}

static void
accounts_may_stand_anywhere(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "work -k isp -v -- -x");
	assert_int_equal(o.keep, TRI_YES);
	assert_int_equal(o.verbose, 1);
	assert_int_equal(o.naccounts, 3);
	assert_string_equal(o.accounts[0], "work");
	assert_string_equal(o.accounts[1], "isp");
	assert_string_equal(o.accounts[2], "-x");
}

static void
fetchmail_habits_do_nothing(void **state)
{
	struct opt o, none;

	(void)state;
	accepts(&none, "");
	accepts(&o, "-U --uidl -N --nodetach -p pop3 -p POP3 --proto auto");
	none.accounts = o.accounts;
	/* It wins over the file's. */
	assert_string_equal(o.proto, "auto");
	o.proto = NULL;
	assert_memory_equal(&o, &none, sizeof(o));
	refuses("-p imap", "protocol 'imap': popfetch speaks POP3 only",
	    "use mbsync(1) or fetchmail(1) for IMAP, or have POP3 switched on "
	    "at the server");
	refuses("-p xyzzy", "protocol 'xyzzy': popfetch speaks POP3 only",
	    "try 'popfetch --help'");
}

static void
an_unknown_option_is_told_with_a_guess(void **state)
{
	(void)state;
	refuses("--kep", "unknown option '--kep'",
	    "did you mean '--keep'?");
	refuses("--maldir=x", "unknown option '--maldir'",
	    "did you mean '--maildir'?");
	refuses("work --xyzzy", "unknown option '--xyzzy'",
	    "try 'popfetch --help'");
	refuses("-kx", "unknown option '-x'", "try 'popfetch --help'");
	refuses("work -xk", "unknown option '-x'", "try 'popfetch --help'");
}

static void
an_ambiguous_option_is_told(void **state)
{
	struct opt o;

	(void)state;
	refuses("--ver", "option '--ver' may be '--verbose' or '--version'",
	    "try 'popfetch --help'");
	/* Two spellings of the same are not two options. */
	refuses("--no", "option '--no' may be '--no-keep' or '--nosyslog'",
	    "try 'popfetch --help'");
	accepts(&o, "--prot pop3");
	accepts(&o, "--maild x");
}

static void
values_that_are_missing_or_too_many_are_told(void **state)
{
	(void)state;
	refuses("--jobs", "a value is missing behind '--jobs'",
	    "try 'popfetch --help'");
	refuses("-k -m", "a value is missing behind '-m'",
	    "try 'popfetch --help'");
	refuses("--all=5", "no value belongs to '--all'",
	    "try 'popfetch --help'");
	refuses("--file=", "an option's value is empty",
	    "try 'popfetch --help'");
}

static void
numbers_have_bounds(void **state)
{
	(void)state;
	refuses("--jobs 0",
	    "'--jobs' wants a number from 1 to 1000, not '0'",
	    "try 'popfetch --help'");
	refuses("--jobs 4x",
	    "'--jobs' wants a number from 1 to 1000, not '4x'",
	    "try 'popfetch --help'");
	refuses("-e -1",
	    "'--expunge' wants a number from 0 to 4294967294, not '-1'",
	    "try 'popfetch --help'");
	refuses("--per-host 0",
	    "'--per-host' wants a number from 1 to 1000, not '0'",
	    "try 'popfetch --help'");
	refuses("--wait=0",
	    "'--wait' wants a number from 1 to 4294967294, not '0'",
	    "try 'popfetch --help'");
	refuses("--password-fd=x",
	    "'--password-fd' wants a number from 0 to 2147483647, not 'x'",
	    "try 'popfetch --help'");
	refuses("-t -1",
	    "'--timeout' wants a number from 0 to 86400, not '-1'",
	    "try 'popfetch --help'");
	refuses("-t 86401",
	    "'--timeout' wants a number from 0 to 86400, not '86401'",
	    "try 'popfetch --help'");
}

static void
one_delivery_only(void **state)
{
	(void)state;
	refuses("--maildir x -m y",
	    "'--maildir' and '--mda' exclude each other",
	    "try 'popfetch --help'");
}

static void
one_thing_at_a_time(void **state)
{
	struct opt o;

	(void)state;
	accepts(&o, "--check-config --json");
	assert_int_equal(o.mode, OPT_CHECK_CONFIG);
	assert_true(o.json);
	accepts(&o, "--show-config --show-secrets work");
	assert_int_equal(o.mode, OPT_SHOW_CONFIG);
	assert_true(o.show_secrets);
	accepts(&o, "--help-keywords");
	assert_int_equal(o.mode, OPT_HELP_KEYWORDS);
	refuses("--check-config --show-config", "'--check-config' and "
	    "'--show-config' exclude each other", "try 'popfetch --help'");
	refuses("-V --check-config", "'--version' and '--check-config' "
	    "exclude each other", "try 'popfetch --help'");
	refuses("--show-secrets --check-config", "'--show-secrets' goes with "
	    "'--show-config'", "try 'popfetch --help'");
	accepts(&o, "-c");
	assert_int_equal(o.mode, OPT_CHECK);
	accepts(&o, "--list --json");
	assert_int_equal(o.mode, OPT_LIST);
	assert_true(o.json);
	accepts(&o, "--dry-run");
	assert_int_equal(o.mode, OPT_DRY_RUN);
	accepts(&o, "--catch-up");
	assert_int_equal(o.mode, OPT_CATCH_UP);
	assert_int_equal(o.newest, 0);
	accepts(&o, "--catch-up=20 work");
	assert_int_equal(o.newest, 20);
	assert_int_equal(o.naccounts, 1);
	refuses("--catch-up=x", "'--catch-up' wants a number from 0 to "
	    "4294967295, not 'x'", "try 'popfetch --help'");
	refuses("--list --check", "'--list' and '--check' exclude each other",
	    "try 'popfetch --help'");
	accepts(&o, "--check-config -h");
	assert_int_equal(o.mode, OPT_HELP);
	accepts(&o, "-h --check-config");
	assert_int_equal(o.mode, OPT_HELP);
}

static void
standard_output_is_for_one_thing(void **state)
{
	static const char try[] = "try 'popfetch --help'";
	struct opt o;

	(void)state;
	accepts(&o, "--stdout --raw work");
	assert_true(o.to_stdout && o.raw);
	refuses("--raw", "'--raw' goes with '--stdout'", try);
	refuses("--stdout --json", "'--stdout' is for messages alone, and this "
	    "would print something else there", try);
	refuses("--stdout --list", "'--stdout' is for messages alone, and this "
	    "would print something else there", try);
	refuses("--stdout -m cat", "'--stdout' and '--mda' exclude each other",
	    try);
	refuses("--stdout --maildir x", "'--stdout' and '--maildir' exclude "
	    "each other", try);
	accepts(&o, "--progress always --color=never");
	assert_int_equal(o.progress, OPT_ALWAYS);
	assert_int_equal(o.color, OPT_NEVER);
	refuses("--color yes", "'--color' wants auto, always or never, not "
	    "'yes'", try);
}

static void
help_fits_a_terminal(void **state)
{
	static const char *const words[] = {
		"-a, --all", "-k, --keep[=AGE]", "-K, --no-keep", "-e, --expunge=N",
		"--retry", "--maildir=DIR",
		"-m, --mda=CMD", "-t, --timeout=SECONDS", "-f, --file=FILE",
		"--state=DIR", "--jobs=N", "-q, --quiet", "-v, --verbose",
		"-V, --version", "-h, --help",
		"--check-config", "--show-config", "--show-secrets", "--json",
		"--help-keywords", "--stdout", "--raw", "-c, --check",
		"--list", "--dry-run", "--catch-up[=N]", "--probe",
		"--progress=WHEN", "--color=WHEN",
		"-u, --user=NAME", "-P, --port=PORT", "--tls=HOW", "--ca-file=FILE",
		"-l, --limit=SIZE", "-B, --fetch-limit=N", "-F, --flush",
		"-L, --log-file=FILE", "--syslog", "--pin=PIN", "--auth=NAME",
		"--password-command=CMD", "--password-fd=N", "--per-host=N",
		"--shard=I/N", "--wait[=SECONDS]", "--force", "--exit-new",
	};
	char *text = NULL, *s, *l;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	opt_help(f);
	fclose(f);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i]) == NULL)
			fail_msg("%s is not in the help", words[i]);
	assert_null(strstr(text, "fetchmailrc"));
	for (s = text; (l = strsep(&s, "\n")) != NULL;)
		assert_true(strlen(l) < 80);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_is_nothing_set),
		cmocka_unit_test(every_spelling_does_the_same),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(no_bound_is_said_by_0),
		cmocka_unit_test(mail_is_kept_for_an_age),
		cmocka_unit_test(a_part_is_one_of_several),
		cmocka_unit_test(how_a_run_goes),
		cmocka_unit_test(a_password_has_one_place),
		cmocka_unit_test(accounts_may_stand_anywhere),
		cmocka_unit_test(fetchmail_habits_do_nothing),
		cmocka_unit_test(an_unknown_option_is_told_with_a_guess),
		cmocka_unit_test(an_ambiguous_option_is_told),
		cmocka_unit_test(values_that_are_missing_or_too_many_are_told),
		cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(one_delivery_only),
		cmocka_unit_test(one_thing_at_a_time),
		cmocka_unit_test(standard_output_is_for_one_thing),
		cmocka_unit_test(help_fits_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
