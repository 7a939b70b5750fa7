/*
 * What a run-control file is refused for, and how that is told.
 */
#include "conf-rc.h"

static void
several_local_names_are_refused(void **state)
{
	static const char *const texts[] = {
		"poll a is m n here", "poll a is m is n", "poll a is *",
		"poll a to x=y here", "poll a user m n here",
		"poll a user x=y here", "poll a user m n=o * here",
	};
	struct err err = { .kind = ERR_NONE };
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		c = conf_new();
		err_clear(&err);
		assert_int_equal(rc_parse(c, texts[i], strlen(texts[i]), "rc",
		    &err), -1);
		if (strstr(err.msg, "more than one name") == NULL)
			fail_msg("%s: %s", texts[i], err.msg);
		conf_free(c);
	}
	refuses("poll a is m n there",
	    "rc:1:8: 'is ... there' takes one name", "");
	c = parse("poll a is joe here is joe");
	assert_int_equal(c->accounts[0]->nlocal, 1);
	conf_free(c);
}

static void
numbers_have_bounds(void **state)
{
	(void)state;
	refuses("set jobs 0", "rc:1:10: 'jobs 0' is out of range",
	    "it must be from 1 to 1000");
	refuses("poll a timeout -1", "rc:1:16: 'timeout -1' is out of range",
	    "it must be from 0 to 86400");
	refuses("poll a port 65536", "rc:1:13: 'port 65536' is out of range",
	    "it must be from 1 to 65535");
	refuses("poll a port 587", "rc:1:13: port 587 is for SMTP; POP3 is at "
	    "995, or at 110 with STARTTLS", "");
	refuses("poll a service imaps", "rc:1:16: port imaps is for IMAP; POP3 "
	    "is at 995, or at 110 with STARTTLS", "");
	refuses("poll a passwordfd -1", "rc:1:19: 'passwordfd -1' is out of "
	    "range", "it must be from 0 to 2147483647");
	refuses("poll a port 0", "rc:1:13: 'port 0' is out of range", "it");
	refuses("poll a fetchlimit 99999999999999999999",
	    "rc:1:19: 'fetchlimit 99999999999999999999' is out of range",
	    "it must be");
	refuses("poll a max-delete 4294967295",
	    "rc:1:19: 'max-delete 4294967295' is out of range",
	    "it must be from 0 to 4294967294");
	refuses("poll a expunge x",
	    "rc:1:16: 'expunge' wants a number, not 'x'", "");
	refuses("poll a max-failures -1",
	    "rc:1:21: 'max-failures -1' is out of range",
	    "it must be from 0 to 4294967294");
	refuses("poll a timeout abc",
	    "rc:1:16: 'timeout' wants a number, not 'abc'", "");
	refuses("poll a timeout 5s",
	    "rc:1:16: 'timeout' wants a number, not '5s'", "");
}

static void
an_age_has_a_unit(void **state)
{
	(void)state;
	refuses("poll a keep 30",
	    "rc:1:13: 'keep' wants an age, not '30'", "30d?");
	refuses("poll a keep \"30\"",
	    "rc:1:13: 'keep' wants an age, not '30'", "30d?");
	refuses("poll a keep 30x",
	    "rc:1:13: 'keep' wants an age, not '30x'", "such as 30d, 12h");
	refuses("poll a keep 1d12",
	    "rc:1:13: 'keep' wants an age, not '1d12'", "such as 30d");
	refuses("poll a keep 1d12hd",
	    "rc:1:13: 'keep' wants an age, not '1d12hd'", "such as 30d");
	refuses("poll a keep 36500d1m",
	    "rc:1:13: 'keep 36500d1m' is out of range", "it must be");
	refuses("poll a keep 30D",
	    "rc:1:13: 'keep' wants an age, not '30D'", "such as 30d");
	refuses("poll a keep 1.5d",
	    "rc:1:13: 'keep' wants an age, not '1.5d'", "such as 30d");
	refuses("poll a keep -5",
	    "rc:1:13: 'keep' wants an age, not '-5'", "such as 30d");
	refuses("poll a keep = d",
	    "rc:1:15: 'keep' wants an age, not 'd'", "such as 30d");
	refuses("poll a keep = ''",
	    "rc:1:15: 'keep' wants an age, not ''", "such as 30d");
	refuses("poll a keep =", "rc:1:8: 'keep' without an age", "");
	refuses("poll a keep 0d", "rc:1:13: 'keep 0d' is out of range",
	    "it must be from 1m to 36500d");
	refuses("poll a keep 36501d",
	    "rc:1:13: 'keep 36501d' is out of range", "it must be");
	refuses("poll a keep 99999999999999999999w",
	    "rc:1:13: 'keep 99999999999999999999w' is out of range", "it");
	refuses("poll a nokeep 30d", "rc:1:15: 'no keep' takes no age", "");
	refuses("poll a no keep = 30d", "rc:1:16: 'no keep' takes no age",
	    "");
	refuses("poll a keep = \"30d", "rc:1:15: missing end quote", "");
	refuses("poll a keep d30", "rc:1:13: unknown keyword 'd30'",
	    "a value that");
}

static void
a_choice_is_between_two_words(void **state)
{
	(void)state;
	refuses("poll a mda-style mbox", "rc:1:18: 'mda-style' wants sysexits "
	    "or qmail, not 'mbox'", "");
	refuses("poll a mda-unknown qmail", "rc:1:20: 'mda-unknown' wants "
	    "redeliver or hold, not 'qmail'", "");
	refuses("poll a mda-style",
	    "rc:1:8: 'mda-style' without sysexits or qmail", "");
	refuses("poll a no mda-style qmail",
	    "rc:1:11: 'no' cannot stand before 'mda-style'", "");
	refuses("set mda-style qmail",
	    "rc:1:5: 'mda-style' does not work behind 'set'", "put it");
}

static void
what_popfetch_does_not_do_is_refused(void **state)
{
	(void)state;
	refuses("poll a user joe smtphost mx/25 keep",
	    "rc:1:17: 'smtphost': popfetch does not deliver by SMTP or LMTP; "
	    "use 'maildir', or 'mda' with your mail server's delivery agent",
	    "");
	refuses("poll a auth cram-md5", "rc:1:8: 'auth cram-md5': popfetch "
	    "logs in with a password over TLS; leave it out", "");
	refuses("poll a no sslcertck", "rc:1:8: 'no sslcertck': certificates "
	    "are always verified; use 'sslcertfile' to trust a self-signed "
	    "one, 'tls off' for cleartext", "");
	refuses("poll a nosslcertck", "rc:1:8: 'no sslcertck': certificates "
	    "are always verified; use 'sslcertfile' to trust a self-signed "
	    "one, 'tls off' for cleartext", "");
	refuses("poll a sslproto ''", "rc:1:8: 'sslproto' with an empty "
	    "value: certificates are always verified; use 'sslcertfile' to "
	    "trust a self-signed one, 'tls off' for cleartext", "");
}

static void
the_first_error_is_the_one_told(void **state)
{
	(void)state;
	refuses("poll a lmtp ssll", "rc:1:8: 'lmtp': popfetch does not deliver "
	    "by SMTP or LMTP; use 'maildir', or 'mda' with your mail server's "
	    "delivery agent", "");
	refuses("poll a ssll lmtp", "rc:1:8: unknown keyword 'ssll'",
	    "did you mean 'ssl'?");
}

static void
a_wrong_protocol_is_told(void **state)
{
	(void)state;
	refuses("poll a proto Pop3", "rc:1:14: unknown protocol 'Pop3'",
	    "did you mean 'pop3'?");
	refuses("poll a proto gopher", "rc:1:14: unknown protocol 'gopher'",
	    "");
	refuses("poll a proto", "rc:1:8: 'proto' without a protocol", "");
}

static void
an_unknown_mechanism_is_told(void **state)
{
	(void)state;
	refuses("poll a auth cram-md4",
	    "rc:1:13: unknown mechanism 'cram-md4'", "did you mean 'cram-md5'?");
	refuses("poll a auth zzzzzz", "rc:1:13: unknown mechanism 'zzzzzz'",
	    "");
	refuses("poll a auth", "rc:1:8: 'auth' without a mechanism", "");
}

static void
a_misspelt_keyword_is_told_with_a_guess(void **state)
{
	(void)state;
	refuses("poll a\n user joe sssl", "rc:2:11: unknown keyword 'sssl'",
	    "did you mean 'ssl'?");
	refuses("Poll a", "rc:1:1: unknown keyword 'Poll'",
	    "did you mean 'poll'?");
	refuses("poll a nokepe", "rc:1:8: unknown keyword 'nokepe'",
	    "did you mean");
	refuses("poll a noftechall", "rc:1:8: unknown keyword 'noftechall'",
	    "did you mean");
	refuses("poll a keep#", "rc:1:8: unknown keyword 'keep#'",
	    "put a blank before '#'");
	refuses("poll a user joe,zzz", "rc:1:17: unknown keyword 'zzz'",
	    "a value that");
	refuses("poll a mda procmail -d joe", "rc:1:21: unknown keyword '-d'",
	    "a value that");
	refuses("poll a = b", "rc:1:8: '=' where a keyword should be", "");
	refuses("poll a \"b\"", "rc:1:8: a string where a keyword should be",
	    "");
	refuses("poll a 5", "rc:1:8: number '5' where a keyword should be",
	    "a value that");
	refuses("poll a user \"joe", "rc:1:13: missing end quote", "");
	refuses("poll a user joe foo \"bar", "rc:1:17: unknown keyword 'foo'",
	    "a value that");
}

static void
a_name_that_looks_like_something_else_is_told(void **state)
{
	(void)state;
	refuses("poll", "rc:1:1: 'poll' without a name", "");
	refuses("poll \"\"", "rc:1:1: 'poll' without a name", "");
	refuses("poll proto pop3",
	    "rc:1:6: 'poll' without a name: 'proto' is a keyword",
	    "if it is a name, write \"proto\"");
	refuses("poll pop3",
	    "rc:1:6: 'poll' without a name: 'pop3' is a keyword", "if");
	refuses("poll 123",
	    "rc:1:6: 'poll' without a name: '123' is a number", "if");
	refuses("poll a maildir\n keep",
	    "rc:2:2: 'maildir' without a path: 'keep' is a keyword", "if");
	refuses("poll a user\n pass x", "rc:1:8: 'user' without a name", "");
	refuses("poll a user", "rc:1:8: 'user' without a name", "");
	conf_free(parse("poll \"pop3\" poll \"123\""));
}

static void
a_password_that_would_be_cut_is_told(void **state)
{
	(void)state;
	refuses("poll a pass hunter,2", "rc:1:19: ',' ends a word, unless the "
	    "password is quoted", "put quotes around the password");
	refuses("poll a pass hunter2= keep", "rc:1:20: '=' ends a word, unless "
	    "the password is quoted", "put quotes");
	refuses("poll a pass hunter;x keep", "rc:1:19: ';' ends a word, unless "
	    "the password is quoted", "put quotes");
	refuses("poll a pass ,hunter2", "rc:1:13: ',' ends a word, unless the "
	    "password is quoted", "put quotes");
	refuses("poll a pass =hunter2", "rc:1:13: '=' ends a word, unless the "
	    "password is quoted", "put quotes");
	refuses("poll a pass #hunter2\nkeep", "rc:1:13: '#' begins a comment, "
	    "unless the password is quoted", "put quotes");
	refuses("poll a pass\n #hunter2", "rc:2:2: '#' begins a comment, "
	    "unless the password is quoted", "put quotes");
	refuses("poll a pass hunter2 hunter3 x",
	    "rc:1:21: no keyword behind the password", "put quotes");
	refuses("poll a pass hunter2 123",
	    "rc:1:21: no keyword behind the password", "put quotes");
	refuses("poll a pass 'hunter2", "rc:1:13: missing end quote", "");
	refuses("poll a pass 'hunter2''",
	    "rc:1:13: a doubled end quote", "");
	refuses("poll a pass `hunter2`", "rc:1:13: no command is run in "
	    "backticks", "use passwordeval \"CMD\"");
	refuses("poll a pass \"`cat hunter2`\"", "rc:1:13: no command is run "
	    "in backticks", "use passwordeval \"CMD\"");
	conf_free(parse("poll a pass '\\x60cat x`' poll b pass a`b`"));
	refuses("poll a pass", "rc:1:8: 'pass' without a password", "put");
	refuses("poll a password\n user joe",
	    "rc:1:8: 'password' without a password", "put quotes");
	refuses("poll a pass hunter2 kepe",
	    "rc:1:21: unknown keyword 'kepe'", "did you mean 'keep'?");
	refuses("poll a pass hunter2 keep zzzz",
	    "rc:1:26: unknown keyword 'zzzz'", "a value that");
	refuses("poll a pass\n hunter2 kepe",
	    "rc:2:10: unknown keyword 'kepe'", "did you mean 'keep'?");
	refuses("poll a pass \"hunter\nhunter\" kepe",
	    "rc:2:9: unknown keyword 'kepe'", "did you mean 'keep'?");
}

static void
statements_in_the_wrong_place_are_told(void **state)
{
	(void)state;
	refuses("poll a defaults keep", "rc:1:8: 'defaults' behind an entry",
	    "put it before");
	refuses("defaults keep defaults ssl", "rc:1:15: a second 'defaults'",
	    "");
	refuses("defaults user a user b",
	    "rc:1:17: 'defaults' with more than one user", "");
	refuses("set no syslog mda x", "rc:1:15: 'mda' outside an entry",
	    "put it behind 'defaults'");
	refuses("set mda x", "rc:1:5: 'mda' does not work behind 'set'",
	    "put it behind 'defaults'");
	refuses("poll a jobs 4", "rc:1:8: 'jobs' only works behind 'set'", "");
	refuses("jobs 4", "rc:1:1: 'jobs' only works behind 'set'", "");
	refuses("poll a maildir x mda y", "rc:1:18: both 'maildir' and 'mda'",
	    "an account");
	refuses("poll a maildir x user joe mda y",
	    "rc:1:27: both 'maildir' and 'mda'", "an account");
	refuses("set", "rc:1:1: 'set' without an option", "");
}

static void
paths_expand_nothing_but_home(void **state)
{
	(void)state;
	refuses("poll a maildir $HOME/M",
	    "rc:1:16: '$' is not expanded in a path", "~/");
	refuses("poll a maildir ~joe/M",
	    "rc:1:16: '~' is not expanded in a path unless '/' follows it",
	    "~/");
}

static void
a_nul_octet_is_told(void **state)
{
	static const char text[] = "poll a\n\0p";
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();

	(void)state;
	assert_int_equal(rc_parse(c, text, sizeof(text) - 1, "rc", &err), -1);
	assert_string_equal(err.msg, "rc:2:1: a NUL octet");
	conf_free(c);
}

static void
the_excerpt_points_at_the_error(void **state)
{
	static const char text[] = "poll a\n\tuser joe pass hunter2 sssl\n";
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();

	(void)state;
	assert_int_equal(rc_parse(c, text, strlen(text), "rc", &err), -1);
	assert_string_equal(c->findings[0].excerpt,
	    "    2 |  user joe pass **** sssl\n"
	    "      |                     ^~~~\n");
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_local_names_are_refused),
		cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(an_age_has_a_unit),
		cmocka_unit_test(a_choice_is_between_two_words),
		cmocka_unit_test(what_popfetch_does_not_do_is_refused),
		cmocka_unit_test(the_first_error_is_the_one_told),
		cmocka_unit_test(a_wrong_protocol_is_told),
		cmocka_unit_test(an_unknown_mechanism_is_told),
		cmocka_unit_test(a_misspelt_keyword_is_told_with_a_guess),
		cmocka_unit_test(a_name_that_looks_like_something_else_is_told),
		cmocka_unit_test(a_password_that_would_be_cut_is_told),
		cmocka_unit_test(statements_in_the_wrong_place_are_told),
		cmocka_unit_test(paths_expand_nothing_but_home),
		cmocka_unit_test(a_nul_octet_is_told),
		cmocka_unit_test(the_excerpt_points_at_the_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
