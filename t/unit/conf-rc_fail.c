/*
 * What a run-control file is refused for, and how that is told.
 */
#include <stdio.h>

#include "conf-rc.h"

static void
several_local_names_are_refused(void **state)
{
	static const char *const texts[] = {
		"poll a is m n here", "poll a is m is n", "poll a is m *",
		"poll a to x=y z here", "poll a user m n here",
		"poll a is m is x=y", "poll a user m n=o * here",
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
a_mapped_name_is_told_what_to_write(void **state)
{
	(void)state;
	refuses("poll a is x=y here", "rc:1:8: 'x=y' maps one name to another, "
	    "which is for several users; write 'is y here'", "");
	refuses("poll a user b to x=y", "rc:1:15: 'x=y' maps one name to "
	    "another, which is for several users; write 'to y here'", "");
	refuses("poll a user joe=dan here", "rc:1:8: 'joe=dan' maps one name "
	    "to another, which is for several users; write "
	    "'user joe is dan here'", "");
	refuses("poll a is *", "rc:1:8: '*' is for several users, and popfetch "
	    "does not sort; write 'is NAME here'", "");
	refuses("poll a user * here", "rc:1:8: '*' is for several users, and "
	    "popfetch does not sort; write 'is NAME here'", "");
	refuses("poll a is x=y there",
	    "rc:1:8: 'is ... there' takes one name", "");
	refuses("poll a is x=", "rc:1:13: '=' without a local name", "");
	refuses("poll a user joe = dan keep",
	    "rc:1:17: '=' where a keyword should be", "");
}

static void
here_and_there_stand_behind_a_name(void **state)
{
	(void)state;
	refuses("poll a user joe is dan keep here",
	    "rc:1:29: 'here' must stand right behind local names", "");
	refuses("poll a user joe is dan here here",
	    "rc:1:29: 'here' must stand right behind local names", "");
	refuses("poll a user joe there there",
	    "rc:1:23: 'there' must stand right behind the name to log in with",
	    "");
	refuses("poll a there user joe",
	    "rc:1:8: 'there' must stand right behind the name to log in with",
	    "");
	refuses("poll a user joe here there",
	    "rc:1:22: 'there' must stand right behind the name to log in with",
	    "");
}

static void
no_name_to_log_in_with_is_lost(void **state)
{
	static const char twice[] = "poll a is joe there user bob user eve";
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();

	(void)state;
	assert_int_equal(rc_parse(c, twice, strlen(twice), "rc", &err), -1);
	assert_int_equal(c->nfindings, 1);
	conf_free(c);
	refuses("poll a is joe there pass hunter2 keep user bob",
	    "rc:1:39: two names to log in with", "say 'user joe'");
	refuses("poll a is joe there user jj here user bob",
	    "rc:1:34: two names to log in with", "say 'user joe'");
	c = parse("poll a is joe there user jj here");
	assert_string_equal(c->accounts[0]->user, "joe");
	conf_free(c);
	c = parse("defaults is joe there poll a user bob poll b");
	assert_string_equal(c->accounts[0]->user, "bob");
	assert_string_equal(c->accounts[1]->user, "joe");
	conf_free(c);
}

static void
a_command_that_does_nothing_is_refused(void **state)
{
	static const char *const idle[] = {
		"''", "'  '", "'#procmail'", "' \n# a\n\t#b'",
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		snprintf(text, sizeof(text), "poll a mda %s", idle[i]);
		refuses(text, "rc:1:12: 'mda' with a command that does nothing",
		    "the messages given to it would be lost");
		snprintf(text, sizeof(text), "defaults mda %s poll a", idle[i]);
		refuses(text, "rc:1:14: 'mda' with a command that does nothing",
		    "the messages given to it would be lost");
		snprintf(text, sizeof(text), "poll a passeval %s", idle[i]);
		refuses(text, "rc:1:17: 'passeval' with a command that does "
		    "nothing", "");
	}
	conf_free(parse("poll a mda '# deliver\nprocmail' poll b mda 'a#'"));
}

static void
an_empty_path_is_refused(void **state)
{
	(void)state;
	refuses("poll a maildir ''", "rc:1:16: 'maildir' with an empty value",
	    "");
	refuses("defaults maildir ''", "rc:1:18: 'maildir' with an empty value",
	    "");
	refuses("set state ''", "rc:1:11: 'state' with an empty value", "");
	refuses("poll a passwordfile ''",
	    "rc:1:21: 'passwordfile' with an empty value", "");
	refuses("poll a sslcertfile -", "rc:1:20: '-' is not a file here",
	    "write \"./-\"");
	refuses("set logfile \"-\"", "rc:1:13: '-' is not a file here",
	    "write \"./-\"");
	conf_free(parse("poll a sslcertpath ./-"));
}

static void
a_port_in_the_hosts_word_is_told(void **state)
{
	(void)state;
	refuses("poll pop.example.org:995 user joe",
	    "rc:1:22: number '995' where a keyword should be",
	    "use 'port 995'");
	refuses("poll a, 995", "rc:1:9: number '995' where a keyword should be",
	    "a value that");
	refuses("poll a :995", "rc:1:9: number '995' where a keyword should be",
	    "a value that");
	refuses("poll a: 995", "rc:1:9: number '995' where a keyword should be",
	    "a value that");
	refuses("poll \"a.example:995\" user joe",
	    "rc:1:6: 'a.example:995' is not a host; use 'port 995'", "");
	refuses("poll a via 'b:110' user joe user ann",
	    "rc:1:12: 'b:110' is not a host; use 'port 110'", "");
	refuses("defaults via '[::1]:110' poll a",
	    "rc:1:14: '[::1]:110' is not a host; use 'port 110'", "");
	/* The line is shown as it was when the name was read. */
	refuses("poll a pass\n hunter2 poll 'b:995' pass\n hunter2",
	    "rc:2:15: 'b:995' is not a host; use 'port 995'", "");
	conf_free(parse("poll '2001:db8::995' poll '::1' poll 'b:7' via b "
	    "poll 'c:' poll ':5' poll 'd:5e' poll '[::1]'"));
	conf_free(parse("poll 'mail.example.org:993' proto imap "
	    "poll e via 'mail.example.org:993' proto imap"));
	conf_free(parse("defaults via h poll 'b:7'"));
}

/* The account as a whole decides. */
static void
an_empty_sslproto_is_refused_without_ssl(void **state)
{
	static const char *const good[] = {
		"poll a sslproto '' ssl", "poll a ssl sslproto ''",
		"defaults sslproto '' poll a ssl poll b tls off",
		"defaults ssl poll a sslproto ''",
		"poll a ssl user x sslproto '' user y sslproto ''",
		"defaults sslproto '' poll a sslproto auto",
		"poll a sslproto '' sslproto auto",
		"poll a sslproto '' user b ssl user c sslproto tls1.2",
		"poll a sslproto '' proto imap",
		"poll a tls off sslproto ''",
	};
	static const char *const wrong[] = {
		"poll a sslproto ''", "poll a sslproto '' no ssl",
		"poll a sslproto '' starttls", "poll a sslproto '' port 995",
		"poll a sslproto '' user b ssl user c user d",
		"poll a sslproto auto sslproto ''",
	};
	static const char what[] = "'sslproto' with an empty value means no "
	    "TLS; use 'tls off' if that is meant";
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		conf_free(parse(good[i]));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { .kind = ERR_NONE };

		c = conf_new();
		assert_int_equal(rc_parse(c, wrong[i], strlen(wrong[i]), "rc",
		    &err), -1);
		assert_int_equal(c->nfindings, 1);
		assert_string_equal(c->findings[0].msg, what);
		conf_free(c);
	}
	refuses("defaults sslproto 'tls1' sslproto '' poll a ssl poll b",
	    "rc:1:26: 'sslproto' with an empty value means no TLS; use "
	    "'tls off' if that is meant", "");
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
	refuses("poll a service smtp", "rc:1:16: port smtp is for SMTP; POP3 "
	    "is at 995, or at 110 with STARTTLS", "");
	refuses("poll a service keep",
	    "rc:1:16: 'keep' is neither a port nor a service", "");
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
	    "are always verified; use 'tlspin' or 'sslcertfile' to trust "
	    "a self-signed one", "");
	refuses("poll a nosslcertck", "rc:1:8: 'no sslcertck': certificates "
	    "are always verified; use 'tlspin' or 'sslcertfile' to trust "
	    "a self-signed one", "");
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
	refuses("poll a proto pop", "rc:1:14: unknown protocol 'pop'",
	    "did you mean 'pop3'?");
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
	refuses("poll a \\keep", "rc:1:8: unknown keyword 'keep'",
	    "a word with a backslash or quotes is no keyword");
	refuses("poll a \"keep\"", "rc:1:8: a string where a keyword should "
	    "be", "a word with a backslash or quotes is no keyword");
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
	refuses("poll a\nset no\n", "rc:2:5: 'no' without a flag", "");
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
		cmocka_unit_test(a_mapped_name_is_told_what_to_write),
		cmocka_unit_test(here_and_there_stand_behind_a_name),
		cmocka_unit_test(no_name_to_log_in_with_is_lost),
		cmocka_unit_test(a_command_that_does_nothing_is_refused),
		cmocka_unit_test(an_empty_path_is_refused),
		cmocka_unit_test(a_port_in_the_hosts_word_is_told),
		cmocka_unit_test(an_empty_sslproto_is_refused_without_ssl),
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
