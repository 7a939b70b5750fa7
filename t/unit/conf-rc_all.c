/*
 * All errors of a run-control file and not only the first, and the notes.
 */
#include "conf-rc.h"

#include <stdio.h>

#include "conf/check.h"

/* What there is to say about a text, as "ERROR LINE:COLUMN MESSAGE" lines. */
static void
finds(const char *text, const char *expected)
{
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	char found[8192] = "", line[1024];
	const struct finding *f;
	size_t i;

	c->want_notes = true;
	if (rc_parse(c, text, strlen(text), "rc", &err) == 0)
		check_accounts(c);
	for (i = 0; i < c->nfindings; i++) {
		f = &c->findings[i];
		snprintf(line, sizeof(line), "%s %u:%u %s\n",
		    f->kind == FINDING_ERROR ? "error" : "note", f->line,
		    f->column, f->msg);
		strlcat(found, line, sizeof(found));
		if (f->excerpt != NULL && strstr(f->excerpt, "hunter") != NULL)
			fail_msg("a password is shown: %s", f->excerpt);
	}
	assert_string_equal(found, expected);
	conf_free(c);
}

#define QUIET	" ssl keep maildir m "

static void
reading_goes_on_at_the_next_statement(void **state)
{
	(void)state;
	finds("set jbos 4 set jobs 4000 poll a sssl poll b kepe poll c kepp",
	    "error 1:5 unknown keyword 'jbos'\n"
	    "error 1:21 'jobs 4000' is out of range\n"
	    "error 1:33 unknown keyword 'sssl'\n"
	    "error 1:45 unknown keyword 'kepe'\n"
	    "error 1:57 unknown keyword 'kepp'\n");
}

static void
reading_goes_on_at_the_next_user_or_line(void **state)
{
	(void)state;
	finds("poll a timeout x keep\n  user a fooo bar user b baaz\n"
	    "  value\n  port 0",
	    "error 1:16 'timeout' wants a number, not 'x'\n"
	    "error 2:10 unknown keyword 'fooo'\n"
	    "error 2:26 unknown keyword 'baaz'\n"
	    "error 4:8 'port 0' is out of range\n");
}

static void
a_name_that_was_not_one_is_looked_at_again(void **state)
{
	(void)state;
	finds("poll a user x pass #hunter2\n user y fooo",
	    "error 1:20 '#' begins a comment, unless the password is quoted\n"
	    "error 2:9 unknown keyword 'fooo'\n");
}

static void
what_was_passed_over_is_not_shown(void **state)
{
	(void)state;
	finds("poll a passwrod\n hunter2 user b fooo",
	    "error 1:8 unknown keyword 'passwrod'\n"
	    "error 2:17 unknown keyword 'fooo'\n");
	finds("poll a user b pass x hunter2\n hunter2 user c fooo",
	    "error 1:22 no keyword behind the password\n"
	    "error 2:17 unknown keyword 'fooo'\n");
}

static void
another_protocols_words_do_not_matter(void **state)
{
	(void)state;
	finds("poll a proto imap folder x idle user b lmtp kepe",
	    "error 1:45 unknown keyword 'kepe'\n");
	finds("defaults proto imap keep poll a folder x user b smtphost y", "");
	finds("defaults proto imap poll a proto pop3 folder x" QUIET,
	    "error 1:39 'folder': a POP3 server has one mailbox; leave it "
	    "out\n");
}

static void
enough_is_enough(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	char text[4096] = "";
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		strlcat(text, "poll a lmtp kepe\n", sizeof(text));
	assert_int_equal(rc_parse(c, text, strlen(text), "rc", &err), -1);
	assert_int_equal(finding_errors(c), FINDING_ERRORS_MAX + 1);
	assert_string_equal(c->findings[FINDING_ERRORS_MAX].msg,
	    "so many errors are enough; what follows was not read");
	conf_free(c);
	/* One entry for another protocol does not use them up. */
	c = conf_new();
	strlcpy(text, "poll a proto imap ", sizeof(text));
	for (i = 0; i < 100; i++)
		strlcat(text, "lmtp ", sizeof(text));
	strlcat(text, "poll b kepe", sizeof(text));
	err_clear(&err);
	assert_int_equal(rc_parse(c, text, strlen(text), "rc", &err), -1);
	assert_int_equal(finding_errors(c), 1);
	assert_int_equal(c->naccounts, 2);
	conf_free(c);
}

static void
harmless_words_are_noted_once(void **state)
{
	(void)state;
	finds("set daemon 300 poll a uidl" QUIET "poll b uidl no dns" QUIET,
	    "note 1:5 'daemon' changes nothing: popfetch runs once; use cron "
	    "or a timer\n"
	    "note 1:23 'uidl' changes nothing: popfetch always asks for "
	    "UIDs\n"
	    "note 1:59 'no dns' changes nothing: popfetch looks up no host "
	    "names in headers\n");
	finds("set properties x poll a properties 'y z'" QUIET,
	    "note 1:5 'properties' changes nothing: it is for other "
	    "programs\n");
	finds("poll a proto imap uidl keep", "");
	conf_free(parse("set daemon 300 poll a uidl"));
}

static void
what_means_something_else_is_noted(void **state)
{
	(void)state;
	finds("poll a" QUIET "poll b ssl maildir m poll c ssl maildir m "
	    "poll d ssl maildir m poll e ssl maildir m",
	    "note 1:0 b, c, d and 1 more: neither 'keep' nor 'no keep': "
	    "messages stay on the server; fetchmail would delete them\n");
	finds("poll a keep maildir m",
	    "note 1:0 a: no 'ssl': TLS at port 995 all the same, or STARTTLS "
	    "at 110 where that is closed; never in the clear\n");
	finds("poll a port 9999 keep maildir m",
	    "note 1:0 a: no 'ssl': TLS from the first octet on all the same, "
	    "as at every port but 110\n");
	finds("poll a ssl flush",
	    "note 1:0 a: no 'mda': messages go to the Maildir ~/Maildir; "
	    "fetchmail would give them to a mail server on this computer\n");
	finds("poll a port 110 keep mda x poll b starttls keep mda x", "");
	finds("poll a port 995 tls off nokeep mda x",
	    "note 1:0 a: port 995 is for TLS from the first octet on, but "
	    "that is not what is said\n");
}

static void
an_mda_that_only_the_last_account_gets_is_noted(void **state)
{
	const char *note = "note 1:0 a: no 'mda': messages go to the Maildir "
	    "~/Maildir; fetchmail would give them to a mail server on this "
	    "computer\nnote 3:1 this 'mda' is for b only, not for a\n";

	(void)state;
	finds("poll a ssl keep\npoll b ssl user c keep\nmda x", note);
	finds("poll a ssl keep mda x\npoll b ssl user c keep\nmda x", "");
	finds("poll b ssl user c keep\nmda x", "");
	finds("poll a ssl keep maildir x\npoll b ssl user c keep\n mda x", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_goes_on_at_the_next_statement),
		cmocka_unit_test(reading_goes_on_at_the_next_user_or_line),
		cmocka_unit_test(a_name_that_was_not_one_is_looked_at_again),
		cmocka_unit_test(what_was_passed_over_is_not_shown),
		cmocka_unit_test(another_protocols_words_do_not_matter),
		cmocka_unit_test(enough_is_enough),
		cmocka_unit_test(harmless_words_are_noted_once),
		cmocka_unit_test(what_means_something_else_is_noted),
		cmocka_unit_test(
		    an_mda_that_only_the_last_account_gets_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
