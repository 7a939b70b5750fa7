/*
 * fetchmail's command line: every letter and long option of fetchmail 6.4 does
 * what it did, does no harm, or is answered by what to use instead.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/opt.h"

/* As "fetchmail --help" lists them. */
static const struct {
	const char	*letter;	/* "": long only */
	const char	*name;
	const char	*value;		/* NULL: it takes none */
	const char	*why;		/* in the answer; NULL: it is taken */
} options[] = {
	{ "?", "help", NULL, NULL },
	{ "V", "version", NULL, NULL },
	{ "c", "check", NULL, NULL },
	{ "s", "silent", NULL, NULL },
	{ "v", "verbose", NULL, NULL },
	{ "d", "daemon", "300", "cron or a timer" },
	{ "N", "nodetach", NULL, NULL },
	{ "", "quit", NULL, "stop the timer" },
	{ "L", "logfile", "log", NULL },
	{ "", "syslog", NULL, NULL },
	{ "", "nosyslog", NULL, NULL },
	{ "", "invisible", NULL, NULL },
	{ "f", "fetchmailrc", "rc", NULL },
	{ "i", "idfile", "ids", "--state" },
	{ "", "pidfile", "pid", NULL },
	{ "", "postmaster", "joe", NULL },
	{ "", "nobounce", NULL, NULL },
	{ "", "nosoftbounce", NULL, NULL },
	{ "", "softbounce", NULL, NULL },
	{ "I", "interface", "ppp0", "interface" },
	{ "M", "monitor", "ppp0", "interface" },
	{ "", "ssl", NULL, NULL },
	{ "", "sslkey", "file", "" },
	{ "", "sslcert", "file", "" },
	{ "", "sslcertck", NULL, NULL },
	{ "", "nosslcertck", NULL, "'--pin' or '--ca-file'" },
	{ "", "sslcertfile", "file", NULL },
	{ "", "sslcertpath", "dir", "run-control file" },
	{ "", "sslcommonname", "name", "" },
	{ "", "sslfingerprint", "AB:CD", "" },
	{ "", "sslproto", "TLS1.2+", NULL },
	{ "", "plugin", "cmd", "" },
	{ "", "plugout", "cmd", "maildir" },
	{ "", "bad-header", "accept", NULL },
	{ "p", "proto", "pop3", NULL },
	{ "p", "protocol", "imap", "POP3 only" },
	{ "U", "uidl", NULL, NULL },
	{ "", "idle", NULL, "no IDLE" },
	{ "", "port", "995", NULL },
	{ "P", "service", "pop3s", NULL },
	{ "", "auth", "password", NULL },
	{ "", "auth", "gssapi", "password over TLS" },
	{ "t", "timeout", "30", NULL },
	{ "E", "envelope", "X-To", "MDA" },
	{ "Q", "qvirtual", "x-", "MDA" },
	{ "", "principal", "x", "" },
	{ "", "tracepolls", NULL, NULL },
	{ "u", "user", "joe", NULL },
	{ "u", "username", "joe", NULL },
	{ "a", "all", NULL, NULL },
	{ "a", "fetchall", NULL, NULL },
	{ "K", "nokeep", NULL, NULL },
	{ "k", "keep", NULL, NULL },
	{ "F", "flush", NULL, NULL },
	{ "", "limitflush", NULL, "limit" },
	{ "n", "norewrite", NULL, NULL },
	{ "l", "limit", "100000", NULL },
	{ "w", "warnings", "60", NULL },
	{ "S", "smtphost", "localhost", "maildir" },
	{ "", "fetchdomains", "a.example", "POP3 only" },
	{ "D", "smtpaddress", "example.org", NULL },
	{ "", "smtpname", "joe@example.org", NULL },
	{ "Z", "antispam", "571", NULL },
	{ "b", "batchlimit", "10", NULL },
	{ "B", "fetchlimit", "10", NULL },
	{ "", "fetchsizelimit", "10", NULL },
	{ "", "fastuidl", "4", NULL },
	{ "e", "expunge", "10", NULL },
	{ "m", "mda", "cat", NULL },
	{ "", "bsmtp", "file", "maildir" },
	{ "", "lmtp", NULL, "maildir" },
	{ "r", "folder", "x", "one mailbox" },
	{ "", "showdots", NULL, NULL },
	{ "", "configdump", NULL, "--show-config" },
	{ "y", "yydebug", NULL, "--check-config" },
};

/* Parses an option and its value, and says how it looked. */
static int
parse(struct opt *o, const char *dashes, const char *name, const char *value,
    struct err *err)
{
	static char option[64], arg[64], program[] = "popfetch";
	char *args[] = { program, option, value == NULL ? NULL : arg, NULL };

	snprintf(option, sizeof(option), "%s%s", dashes, name);
	snprintf(arg, sizeof(arg), "%s", value == NULL ? "" : value);
	err_clear(err);
	return opt_parse(o, value == NULL ? 2 : 3, args, err);
}

static void
answers(const char *dashes, const char *name, const char *value,
    const char *why)
{
	struct opt o;
	struct err err;
	char text[ERR_MSG_MAX + ERR_HINT_MAX + 2];
	const int r = parse(&o, dashes, name, value, &err);

	snprintf(text, sizeof(text), "%s; %s", err.msg, err.hint);
	if (why == NULL && r == -1)
		fail_msg("%s%s: %s", dashes, name, text);
	if (why == NULL)
		return;
	if (r == 0)
		fail_msg("%s%s is taken", dashes, name);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(text, "unknown") != NULL || strstr(text, why) == NULL ||
	    err.hint[0] == '\0')
		fail_msg("%s%s: %s", dashes, name, text);
}

static void
every_option_of_fetchmail_has_its_answer(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		answers("--", options[i].name, options[i].value,
		    options[i].why);
		if (options[i].letter[0] != '\0')
			answers("-", options[i].letter, options[i].value,
			    options[i].why);
	}
}

static void
the_same_letter_means_the_same(void **state)
{
	struct opt o;
	struct err err;

	(void)state;
	assert_int_equal(parse(&o, "-", "u", "joe", &err), 0);
	assert_string_equal(o.user, "joe");
	assert_int_equal(parse(&o, "-", "P", "1110", &err), 0);
	assert_string_equal(o.port, "1110");
	assert_int_equal(parse(&o, "-", "l", "1000", &err), 0);
	assert_int_equal(o.limit, 1000);
	assert_int_equal(parse(&o, "-", "l", "20M", &err), 0);
	assert_int_equal(o.limit, 20 << 20);
	assert_int_equal(parse(&o, "-", "B", "7", &err), 0);
	assert_int_equal(o.fetchlimit, 7);
	assert_int_equal(parse(&o, "-", "F", NULL, &err), 0);
	assert_int_equal(o.flush, TRI_YES);
	assert_int_equal(parse(&o, "-", "L", "log", &err), 0);
	assert_string_equal(o.log_file, "log");
	assert_int_equal(parse(&o, "--", "sslcertfile", "ca", &err), 0);
	assert_string_equal(o.ca_file, "ca");
	assert_int_equal(parse(&o, "--", "ssl", NULL, &err), 0);
	assert_int_equal(o.tls, CONF_TLS_IMPLICIT);
	assert_int_equal(parse(&o, "--", "tls", "off", &err), 0);
	assert_int_equal(o.tls, CONF_TLS_OFF);
	assert_int_equal(parse(&o, "--", "tls", "starttls", &err), 0);
	assert_int_equal(o.tls, CONF_TLS_STLS);
	/* -q ends no daemon here. */
	assert_int_equal(parse(&o, "-", "q", NULL, &err), 0);
	assert_true(o.quiet);
}

static void
values_that_make_no_sense_are_told(void **state)
{
	(void)state;
	answers("-", "l", "0", NULL);
	answers("-", "l", "20x", "'--limit' wants a size");
	answers("-", "l", "9223372036854775808", "'--limit' wants a size");
	answers("-", "l", "9007199254740992k", "'--limit' wants a size");
	answers("-", "l", "9007199254740991k", NULL);
	answers("-", "P", "0", "'--port' wants a number");
	answers("-", "P", "65536", "'--port' wants a number");
	answers("-", "P", "", "'--port' wants a number");
	answers("-", "u", "", "empty");
	answers("-", "B", "0", NULL);
	answers("-", "B", "-1", "'--fetch-limit' wants a number");
	answers("--", "tls", "on", "'--tls' wants implicit");
	/* That is how fetchmail is told not to use TLS. */
	answers("--", "sslproto", "", "--tls off");
	answers("--", "tls", "", "'--tls' wants implicit");
}

static void
nothing_that_is_refused_is_suggested(void **state)
{
	struct opt o;
	struct err err;

	(void)state;
	assert_int_equal(parse(&o, "--", "foldr", NULL, &err), -1);
	assert_string_equal(err.msg, "unknown option '--foldr'");
	assert_null(strstr(err.hint, "folder"));
}

static void
a_url_is_looked_at_with_the_options(void **state)
{
	static const char *const modes[] = {
		"--check-config", "--import=x", "--configure=x",
	};
	char program[] = "popfetch", mode[32], url[] = "pops://joe@h";
	char *args[] = { program, mode, url, NULL };
	struct err err = { .kind = ERR_NONE };
	struct opt o;
	size_t i;

	(void)state;
	answers("", "pops://joe:x@h", NULL, "password");
	answers("", "pops://joe@h", NULL, NULL);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		snprintf(mode, sizeof(mode), "%s", modes[i]);
		err_clear(&err);
		assert_int_equal(opt_parse(&o, 3, args, &err), -1);
		assert_string_equal(err.msg,
		    "this needs a run-control file, not a URL");
	}
}

static void
a_log_has_one_place(void **state)
{
	char program[] = "popfetch", file[] = "-Llog", syslog[] = "--syslog";
	char *args[] = { program, file, syslog, NULL };
	struct err err = { .kind = ERR_NONE };
	struct opt o;

	(void)state;
	assert_int_equal(opt_parse(&o, 3, args, &err), -1);
	assert_string_equal(err.msg,
	    "'--log-file' and '--syslog' exclude each other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_fetchmail_has_its_answer),
		cmocka_unit_test(the_same_letter_means_the_same),
		cmocka_unit_test(values_that_make_no_sense_are_told),
		cmocka_unit_test(nothing_that_is_refused_is_suggested),
		cmocka_unit_test(a_url_is_looked_at_with_the_options),
		cmocka_unit_test(a_log_has_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
