/*
 * The grammar of a run-control file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf-rc.h"

#define ACCOUNT(c, n)	((c)->accounts[n])

static void
one_line_makes_one_account(void **state)
{
	struct conf *c = parse("poll pop.example.org proto pop3 port 995 "
	    "timeout 60 user joe pass hunter2 is jj here keep fetchall ssl "
	    "sslcertck sslcertfile c.pem sslcertpath certs maildir ~/M "
	    "limit 20M fetchlimit 10 max-delete 11 expunge 12 "
	    "max-failures 13");
	const struct account *a;

	(void)state;
	assert_int_equal(c->naccounts, 1);
	a = ACCOUNT(c, 0);
	assert_string_equal(a->label, "pop.example.org");
	assert_string_equal(a->host, "pop.example.org");
	assert_string_equal(a->port, "995");
	assert_string_equal(a->proto, "pop3");
	assert_string_equal(a->user, "joe");
	assert_string_equal(a->password, "hunter2");
	assert_int_equal(a->nlocal, 1);
	assert_string_equal(a->local[0], "jj");
	assert_int_equal(a->timeout, 60);
	assert_int_equal(a->keep, TRI_YES);
	assert_int_equal(a->fetchall, TRI_YES);
	assert_int_equal(a->tls, CONF_TLS_IMPLICIT);
	assert_string_equal(a->sslcertfile, "c.pem");
	assert_string_equal(a->sslcertpath, "certs");
	assert_string_equal(a->maildir, "~/M");
	assert_true(a->limit == 20 << 20);
	assert_int_equal(a->fetchlimit, 10);
	assert_int_equal(a->max_delete, 11);
	assert_int_equal(a->expunge, 12);
	assert_int_equal(a->max_failures, 13);
	assert_false(a->skip);
	assert_true(c->has_password);
	conf_free(c);
}

static void
words_may_come_in_any_order(void **state)
{
	struct conf *c = parse("poll a user joe pass x user bob pass y\n"
	    "  via host port 1995 timeout 7");
	size_t i;

	(void)state;
	assert_int_equal(c->naccounts, 2);
	for (i = 0; i < 2; i++) {
		assert_string_equal(ACCOUNT(c, i)->label, "a");
		assert_string_equal(ACCOUNT(c, i)->host, "host");
		assert_string_equal(ACCOUNT(c, i)->port, "1995");
		assert_int_equal(ACCOUNT(c, i)->timeout, 7);
	}
	conf_free(c);
}

static void
each_user_begins_anew(void **state)
{
	struct conf *c = parse("poll a ssl user joe keep pass x limit 5\n"
	    "user bob pass y nokeep");

	(void)state;
	assert_int_equal(ACCOUNT(c, 0)->keep, TRI_YES);
	assert_int_equal(ACCOUNT(c, 1)->keep, TRI_NO);
	assert_true(ACCOUNT(c, 1)->limit == CONF_UNSET64);
	assert_string_equal(ACCOUNT(c, 1)->password, "y");
	/* What stands before the first user is for all of them. */
	assert_int_equal(ACCOUNT(c, 1)->tls, CONF_TLS_IMPLICIT);
	assert_int_equal(ACCOUNT(c, 0)->line, 1);
	assert_int_equal(ACCOUNT(c, 1)->line, 2);
	conf_free(c);
}

static void
statements_are_told_apart(void **state)
{
	struct conf *c = parse("set jobs 4 poll a server b skip c user x "
	    "poll a set per-host 2");

	(void)state;
	assert_int_equal(c->naccounts, 4);
	assert_string_equal(ACCOUNT(c, 1)->label, "b");
	assert_true(ACCOUNT(c, 2)->skip);
	assert_null(ACCOUNT(c, 0)->user);
	assert_string_equal(ACCOUNT(c, 2)->user, "x");
	assert_int_equal(c->jobs, 4);
	assert_int_equal(c->per_host, 2);
	conf_free(c);
	c = parse("");
	assert_int_equal(c->naccounts, 0);
	conf_free(c);
}

static void
globals_are_set(void **state)
{
	struct conf *c = parse("set jobs = 4; set per-host \"3\"\n"
	    "set runas mail set state ~/s set logfile = log set syslog");

	(void)state;
	assert_int_equal(c->jobs, 4);
	assert_int_equal(c->per_host, 3);
	assert_string_equal(c->runas, "mail");
	assert_string_equal(c->state, "~/s");
	assert_string_equal(c->logfile, "log");
	assert_int_equal(c->syslog, TRI_YES);
	conf_free(c);
	c = parse("set logfile x set logfile '' set syslog set nosyslog");
	assert_null(c->logfile);
	assert_int_equal(c->syslog, TRI_NO);
	conf_free(c);
}

static void
defaults_fill_what_an_account_does_not_say(void **state)
{
	struct conf *c = parse("set no syslog\n"
	    "defaults user u pass p is l timeout 9 keep limit 7 port 1 "
	    "maildir M sslcertfile F fetchlimit 3 tls off "
	    "max-delete 4 expunge 5 max-failures 6 mda-style qmail "
	    "mda-unknown hold\n"
	    "poll a poll b user v pass q to m timeout 8 no keep limit 0 "
	    "port 2 sslcertfile G fetchlimit 0 mda X ssl max-delete 0 "
	    "expunge 0 max-failures 0 mda-style sysexits "
	    "mda-unknown redeliver");
	const struct account *a = ACCOUNT(c, 0), *b = ACCOUNT(c, 1);

	(void)state;
	assert_string_equal(a->user, "u");
	assert_string_equal(a->password, "p");
	assert_string_equal(a->local[0], "l");
	assert_int_equal(a->timeout, 9);
	assert_int_equal(a->keep, TRI_YES);
	assert_true(a->limit == 7);
	assert_string_equal(a->port, "1");
	assert_string_equal(a->maildir, "M");
	assert_string_equal(a->sslcertfile, "F");
	assert_int_equal(a->fetchlimit, 3);
	assert_int_equal(a->max_delete, 4);
	assert_int_equal(a->expunge, 5);
	assert_int_equal(a->max_failures, 6);
	assert_int_equal(a->mda_qmail, TRI_YES);
	assert_int_equal(a->mda_hold, TRI_YES);
	assert_int_equal(a->tls, CONF_TLS_OFF);

	assert_string_equal(b->user, "v");
	assert_string_equal(b->password, "q");
	assert_int_equal(b->nlocal, 1);
	assert_string_equal(b->local[0], "m");
	assert_int_equal(b->timeout, 8);
	assert_int_equal(b->keep, TRI_NO);
	assert_true(b->limit == 0);
	assert_string_equal(b->port, "2");
	assert_string_equal(b->sslcertfile, "G");
	assert_int_equal(b->fetchlimit, 0);
	assert_int_equal(b->max_delete, 0);
	assert_int_equal(b->expunge, 0);
	assert_int_equal(b->max_failures, 0);
	assert_int_equal(b->mda_qmail, TRI_NO);
	assert_int_equal(b->mda_hold, TRI_NO);
	assert_string_equal(b->mda, "X");
	assert_null(b->maildir);
	assert_int_equal(b->tls, CONF_TLS_IMPLICIT);
	conf_free(c);
}

static void
an_empty_value_undoes_a_default(void **state)
{
	static const char defaults[] = "defaults via h plugin p preconnect a "
	    "postconnect b on-new c sslcertfile d sslcertpath e "
	    "sslcommonname f\n";
	static const char *const empty[] = {
		"poll x via '' plugin '' pre '' post '' on-new '' "
		"sslcertfile '' sslcertpath '' sslcommonname ''",
		"poll x via '' plugin '' pre ' ' post '#b' on-new '\n' "
		"sslcertfile '' sslcertpath '' sslcommonname ''",
		"poll x pre a pre '' plugin '' via '' user y post '' "
		"on-new '' sslcertfile '' sslcertpath '' sslcommonname ''",
	};
	const struct account *a;
	char text[512];
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", defaults, empty[i]);
		c = parse(text);
		a = ACCOUNT(c, 0);
		assert_string_equal(a->host, "x");
		assert_null(a->plugin);
		assert_null(a->preconnect);
		assert_null(a->postconnect);
		assert_null(a->on_new);
		assert_null(a->sslcertfile);
		assert_null(a->sslcertpath);
		assert_null(a->sslcommonname);
		conf_free(c);
	}
}

static void
choices_are_inherited_one_by_one(void **state)
{
	struct conf *c = parse("defaults mda-style qmail mda-unknown hold\n"
	    "poll a mda-unknown redeliver poll b mda-style sysexits");

	(void)state;
	assert_int_equal(ACCOUNT(c, 0)->mda_qmail, TRI_YES);
	assert_int_equal(ACCOUNT(c, 0)->mda_hold, TRI_NO);
	assert_int_equal(ACCOUNT(c, 1)->mda_qmail, TRI_NO);
	assert_int_equal(ACCOUNT(c, 1)->mda_hold, TRI_YES);
	conf_free(c);
}

static void
zero_does_not_undo_a_default_timeout(void **state)
{
	struct conf *c = parse("defaults timeout 9 poll a timeout 0");

	(void)state;
	assert_int_equal(ACCOUNT(c, 0)->timeout, 9);
	conf_free(c);
}

static void
tls_off_is_own_only_in_the_account(void **state)
{
	struct conf *c = parse("defaults tls off poll a poll b tls off "
	    "poll c user x tls off poll d tls off ssl");

	(void)state;
	assert_false(ACCOUNT(c, 0)->tls_off_own);
	assert_true(ACCOUNT(c, 1)->tls_off_own);
	assert_true(ACCOUNT(c, 2)->tls_off_own);
	assert_false(ACCOUNT(c, 3)->tls_off_own);
	assert_int_equal(ACCOUNT(c, 3)->tls, CONF_TLS_IMPLICIT);
	conf_free(c);
}

static void
tls_words_mean_what_they_say(void **state)
{
	static const struct {
		const char	*text;
		enum conf_tls	 tls;
	} cases[] = {
		{ "poll a", CONF_TLS_UNSET },
		{ "poll a ssl", CONF_TLS_IMPLICIT },
		{ "poll a starttls", CONF_TLS_STLS },
		{ "poll a tls implicit", CONF_TLS_IMPLICIT },
		{ "poll a tls starttls", CONF_TLS_STLS },
		{ "poll a tls off", CONF_TLS_OFF },
		{ "poll a no ssl", CONF_TLS_STLS },
		{ "poll a nossl", CONF_TLS_STLS },
		{ "poll a no ssl tls off", CONF_TLS_OFF },
		{ "poll a tls off no ssl", CONF_TLS_OFF },
		{ "poll a ssl starttls", CONF_TLS_STLS },
		{ "poll a starttls no ssl", CONF_TLS_STLS },
		{ "poll a no starttls", CONF_TLS_IMPLICIT },
		{ "defaults ssl poll a no ssl", CONF_TLS_STLS },
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = parse(cases[i].text);
		if (ACCOUNT(c, 0)->tls != cases[i].tls)
			fail_msg("%s: %d", cases[i].text, ACCOUNT(c, 0)->tls);
		conf_free(c);
	}
}

static void
flags_can_be_denied_in_one_word_or_two(void **state)
{
	struct conf *c = parse("poll a nokeep no fetchall norewrite no dns "
	    "no flush noflush no envelope no lmtp set nosyslog");

	(void)state;
	assert_int_equal(ACCOUNT(c, 0)->keep, TRI_NO);
	assert_int_equal(ACCOUNT(c, 0)->fetchall, TRI_NO);
	conf_free(c);
	refuses("poll a no user joe", "rc:1:11: 'no' cannot stand before "
	    "'user'", "");
	refuses("poll a no nokeep", "rc:1:11: 'no' cannot stand before "
	    "'nokeep'", "");
}

static void
the_last_of_two_wins(void **state)
{
	struct conf *c = parse("poll a port 1 port 2 keep no keep pass x "
	    "pass y timeout 1 timeout 2");

	(void)state;
	assert_string_equal(ACCOUNT(c, 0)->port, "2");
	assert_int_equal(ACCOUNT(c, 0)->keep, TRI_NO);
	assert_string_equal(ACCOUNT(c, 0)->password, "y");
	assert_int_equal(ACCOUNT(c, 0)->timeout, 2);
	conf_free(c);
}

static void
here_and_there_tell_whose_name_it_is(void **state)
{
	struct conf *c = parse("poll a user joe there with password x is jj "
	    "here options keep\n"
	    "poll b user jj here is joe there poll c is jj here is joe there "
	    "poll d user is pass pass poll e user here pass there");

	(void)state;
	assert_int_equal(c->naccounts, 5);
	assert_string_equal(ACCOUNT(c, 0)->user, "joe");
	assert_string_equal(ACCOUNT(c, 0)->local[0], "jj");
	assert_int_equal(ACCOUNT(c, 0)->keep, TRI_YES);
	assert_string_equal(ACCOUNT(c, 1)->user, "joe");
	assert_string_equal(ACCOUNT(c, 1)->local[0], "jj");
	assert_string_equal(ACCOUNT(c, 2)->user, "joe");
	assert_string_equal(ACCOUNT(c, 2)->local[0], "jj");
	assert_string_equal(ACCOUNT(c, 3)->user, "is");
	assert_string_equal(ACCOUNT(c, 3)->password, "pass");
	assert_string_equal(ACCOUNT(c, 4)->user, "here");
	assert_string_equal(ACCOUNT(c, 4)->password, "there");
	conf_free(c);
}

static void
numbers_may_be_quoted_or_behind_an_equals_sign(void **state)
{
	struct conf *c = parse("set daemon = 300 set jobs=4 poll a "
	    "port \"995\" timeout = 5 limit \"1k\"");

	(void)state;
	assert_string_equal(ACCOUNT(c, 0)->port, "995");
	assert_int_equal(ACCOUNT(c, 0)->timeout, 5);
	assert_true(ACCOUNT(c, 0)->limit == 1024);
	assert_int_equal(c->jobs, 4);
	conf_free(c);
}

static void
sizes_have_suffixes(void **state)
{
	static const struct {
		const char	*text;
		uint64_t	 size;
	} cases[] = {
		{ "poll a limit 0", 0 },
		{ "poll a limit 7b", 7 },
		{ "poll a limit 500k", 512000 },
		{ "poll a limit 500K", 512000 },
		{ "poll a limit 20M", 20971520 },
		{ "poll a limit 2g", (uint64_t)2 << 30 },
		{ "poll a limit 1T", (uint64_t)1 << 40 },
		{ "poll a limit 18446744073709551614", UINT64_MAX - 1 },
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = parse(cases[i].text);
		assert_true(ACCOUNT(c, 0)->limit == cases[i].size);
		conf_free(c);
	}
	refuses("poll a limit 20MB",
	    "rc:1:14: 'limit' wants a size, not '20MB'", "such as");
	refuses("poll a limit M", "rc:1:14: 'limit' wants a size, not 'M'",
	    "such as");
	refuses("poll a limit 1.5M",
	    "rc:1:14: 'limit' wants a size, not '1.5M'", "such as");
	refuses("poll a limit 99999999T",
	    "rc:1:14: 'limit 99999999T' is out of range", "it must be");
}

static void
keep_may_have_an_age(void **state)
{
	static const struct {
		const char	*text;
		enum conf_tri	 keep;
		int64_t		 age;
	} cases[] = {
		{ "poll a", TRI_UNSET, 0 },
		{ "poll a keep", TRI_YES, 0 },
		{ "poll a keep 90m", TRI_YES, 90 * 60 },
		{ "poll a keep 12h", TRI_YES, 12 * 3600 },
		{ "poll a keep 30d ssl", TRI_YES, 30 * 86400 },
		{ "poll a keep 2w,", TRI_YES, 14 * 86400 },
		{ "poll a keep 36500d", TRI_YES, (int64_t)36500 * 86400 },
		{ "poll a keep = 30d", TRI_YES, 30 * 86400 },
		{ "poll a keep \"30d\" ssl", TRI_YES, 30 * 86400 },
		{ "poll a user x keep\n30d", TRI_YES, 30 * 86400 },
		/* The last one counts, as a whole. */
		{ "poll a keep 30d keep", TRI_YES, 0 },
		{ "poll a keep 30d nokeep", TRI_NO, 0 },
		{ "poll a keep 30d no keep", TRI_NO, 0 },
		{ "poll a nokeep keep 1d", TRI_YES, 86400 },
		{ "defaults keep 30d poll a", TRI_YES, 30 * 86400 },
		{ "defaults keep 30d poll a keep", TRI_YES, 0 },
		{ "defaults keep 30d poll a nokeep", TRI_NO, 0 },
		{ "defaults nokeep poll a keep 1d", TRI_YES, 86400 },
		{ "poll a keep 30d user x", TRI_YES, 30 * 86400 },
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = parse(cases[i].text);
		if (ACCOUNT(c, 0)->keep != cases[i].keep ||
		    ACCOUNT(c, 0)->keep_for != cases[i].age)
			fail_msg("%s: %d, %jd", cases[i].text,
			    ACCOUNT(c, 0)->keep,
			    (intmax_t)ACCOUNT(c, 0)->keep_for);
		conf_free(c);
	}
}

static void
a_port_may_be_a_service(void **state)
{
	struct conf *c = parse("poll a service pop3s poll b port 0995");

	(void)state;
	assert_string_equal(ACCOUNT(c, 0)->port, "pop3s");
	assert_string_equal(ACCOUNT(c, 1)->port, "995");
	conf_free(c);
	refuses("poll a port pop/3",
	    "rc:1:13: 'pop/3' is neither a port nor a service", "");
}

static void
harmless_words_change_nothing(void **state)
{
	struct conf *c = parse("set daemon 300 set idfile = foo "
	    "set postmaster \"joe\" set no bouncemail set nospambounce "
	    "set softbounce set properties \"\"\n"
	    "poll a uidl interval 3 no dns auth password auth any "
	    "tracepolls user joe rewrite stripcr forcecr pass8bits "
	    "mimedecode dropstatus antispam 571 550, 501 smtpname x "
	    "warnings 3600 idle fastuidl 4 batchlimit 5 "
	    "sslproto auto sslproto TLS1.2+ keep");

	(void)state;
	assert_int_equal(c->naccounts, 1);
	assert_int_equal(ACCOUNT(c, 0)->keep, TRI_YES);
	conf_free(c);
}

static void
another_protocol_costs_only_its_own_account(void **state)
{
	struct conf *c = parse("poll a proto IMAP user joe pass x "
	    "folder INBOX Sent smtphost localhost is m n here idle\n"
	    "poll b user folder folder x proto imap\n"
	    "poll c proto POP3 user bob");

	(void)state;
	assert_int_equal(c->naccounts, 3);
	assert_string_equal(ACCOUNT(c, 0)->proto, "imap");
	assert_string_equal(ACCOUNT(c, 1)->proto, "imap");
	assert_string_equal(ACCOUNT(c, 2)->proto, "pop3");
	conf_free(c);
	c = parse("defaults proto imap folder x poll a folder y");
	assert_string_equal(ACCOUNT(c, 0)->proto, "imap");
	conf_free(c);
	refuses("poll a proto imap poll b folder x", "rc:1:26: 'folder': a "
	    "POP3 server has one mailbox; leave it out", "");
	refuses("poll a proto imap ssll", "rc:1:19: unknown keyword 'ssll'",
	    "did");
}

static void
punctuation_around_a_password_is_no_harm(void **state)
{
	static const char *const texts[] = {
		"poll a pass hunter2; keep", "poll a pass hunter2,\nkeep",
		"poll a pass: hunter2", "poll a pass:hunter2",
		"poll a pass \"hunter2\",keep", "poll a pass hunter2,",
		"poll a pass hunter2 # a comment", "poll a pass\n hunter2",
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		c = parse(texts[i]);
		assert_string_equal(ACCOUNT(c, 0)->password, "hunter2");
		conf_free(c);
	}
	c = parse("poll a pass \"a,b;c:d=e #f\"");
	assert_string_equal(ACCOUNT(c, 0)->password, "a,b;c:d=e #f");
	conf_free(c);
}

/* Real files: punctuation, several lines, comments at the ends. */
static void
a_file_of_the_wild_is_read(void **state)
{
	struct conf *c = parse("# Configuration\r\n"
	    "set postmaster \"joe\"\r\nset bouncemail\r\n"
	    "set no spambounce\r\nset properties \"\"\r\nset daemon 90\r\n"
	    "poll pop.example.org with proto POP3 and options no dns\r\n"
	    "    user 'joe@example.org' there with password 'x y', is joe "
	    "here and wants mda \"/usr/bin/procmail -d %T\" options keep ssl;"
	    "\r\nskip other.example.org via localhost; proto pop3:\r\n"
	    "    user joe, password z; nokeep # done");

	(void)state;
	assert_int_equal(c->naccounts, 2);
	assert_string_equal(ACCOUNT(c, 0)->mda, "/usr/bin/procmail -d %T");
	assert_string_equal(ACCOUNT(c, 0)->password, "x y");
	assert_string_equal(ACCOUNT(c, 1)->host, "localhost");
	assert_string_equal(ACCOUNT(c, 1)->password, "z");
	conf_free(c);
}

static void
the_manuals_examples_are_read(void **state)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], line[256], text[2048] = "";
	bool inside = false;
	unsigned read = 0;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/doc/popfetchrc.5",
	    srcdir != NULL ? srcdir : ".");
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, ".Bd", 3) == 0) {
			inside = true;
			text[0] = '\0';
		} else if (strncmp(line, ".Ed", 3) == 0) {
			inside = false;
			if (strncmp(text, "popfetch:", 9) == 0)
				continue;	/* an error */
			conf_free(parse(text));
			read++;
		} else if (inside)
			strlcat(text, line, sizeof(text));
	}
	fclose(f);
	assert_true(read >= 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_makes_one_account),
		cmocka_unit_test(words_may_come_in_any_order),
		cmocka_unit_test(each_user_begins_anew),
		cmocka_unit_test(statements_are_told_apart),
		cmocka_unit_test(globals_are_set),
		cmocka_unit_test(defaults_fill_what_an_account_does_not_say),
		cmocka_unit_test(an_empty_value_undoes_a_default),
		cmocka_unit_test(choices_are_inherited_one_by_one),
		cmocka_unit_test(zero_does_not_undo_a_default_timeout),
		cmocka_unit_test(tls_off_is_own_only_in_the_account),
		cmocka_unit_test(tls_words_mean_what_they_say),
		cmocka_unit_test(flags_can_be_denied_in_one_word_or_two),
		cmocka_unit_test(the_last_of_two_wins),
		cmocka_unit_test(here_and_there_tell_whose_name_it_is),
		cmocka_unit_test(
		    numbers_may_be_quoted_or_behind_an_equals_sign),
		cmocka_unit_test(sizes_have_suffixes),
		cmocka_unit_test(keep_may_have_an_age),
		cmocka_unit_test(a_port_may_be_a_service),
		cmocka_unit_test(harmless_words_change_nothing),
		cmocka_unit_test(another_protocol_costs_only_its_own_account),
		cmocka_unit_test(punctuation_around_a_password_is_no_harm),
		cmocka_unit_test(a_file_of_the_wild_is_read),
		cmocka_unit_test(the_manuals_examples_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
