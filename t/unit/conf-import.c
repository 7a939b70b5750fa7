/*
 * Files of other fetchers: which kind they are of, and what is read from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/import.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"

#define OLDMAIL	"uid1\0001795240208\n" "a-b\0001795240209\n"
#define POPSTATE "# POP3 State File\n# generated\n\n" \
	"*pop.example.org joe@example.org\n" \
	"k one 1700000000\nf two 0\nb three 1700000001\nd four 1700000002\n" \
	"*pop.example.net jane\nk five 1700000003\n"

static struct import_file
file_of(const char *text, size_t len)
{
	struct import_file f = { .name = "file", .len = len, .cap = len + 1 };

	f.text = mem_alloc(len + 1);
	memcpy(f.text, text, len);
	f.kind = import_sniff(text, len);
	return f;
}

static void
each_kind_is_recognised(void **state)
{
	static const struct {
		const char	*text;
		enum import_kind kind;
	} is[] = {
		{ "# mine\n\npoll pop.example.org\n user joe\n",
		    IMPORT_FETCHMAILRC },
		{ "defaults proto pop3\npoll a\n", IMPORT_FETCHMAILRC },
		{ "set daemon 300\n", IMPORT_FETCHMAILRC },
		{ "defaults proto pop3 poll a user joe\n",
		    IMPORT_FETCHMAILRC },
		{ "defaults\n proto pop3 poll a\n", IMPORT_FETCHMAILRC },
		{ "defaults proto pop3\n passwordeval x\npoll a\n",
		    IMPORT_FETCHMAILRC },
		{ "include \"other\"\n", IMPORT_FETCHMAILRC },
		{ "poll a user joe@example.org keep\n", IMPORT_FETCHMAILRC },
		{ "defaults # of all\ntls on\naccount a\nhost b\n",
		    IMPORT_MPOPRC },
		{ "defaults\ntls on\naccount a\nhost b\n", IMPORT_MPOPRC },
		{ "account work\nhost pop.example.org\n", IMPORT_MPOPRC },
		{ "host pop.example.org\nuser joe@example.org\n",
		    IMPORT_MPOPRC },
		{ "[retriever]\ntype = x\n", IMPORT_GETMAILRC },
		{ "; x\n[options]\nread_all=no\n[retriever]\n",
		    IMPORT_GETMAILRC },
		{ "account \"w\" pop3 server \"a\"\n", IMPORT_FDMCONF },
		{ "joe@pop.example.org uid1\njoe@pop.example.org uid2\n",
		    IMPORT_FETCHIDS },
		{ "joe doe@example.org@pop.example.org uid1\n",
		    IMPORT_FETCHIDS },
		{ "# made by mpop\n#\n 1 pop.example.org joe\nuid1\n",
		    IMPORT_MPOP_UIDLS },
		{ "9 uid0001@x\n4 abcd\n", IMPORT_FDM_CACHE },
		{ POPSTATE, IMPORT_POPSTATE },
		{ "8 uid0001@x\n", IMPORT_UNKNOWN },
		{ "Dear Joe,\nhello\n", IMPORT_UNKNOWN },
		{ "\n\n", IMPORT_UNKNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(is) / sizeof(is[0]); i++)
		if (import_sniff(is[i].text, strlen(is[i].text)) !=
		    is[i].kind)
			fail_msg("%d for: %s", import_sniff(is[i].text,
			    strlen(is[i].text)), is[i].text);
	assert_int_equal(import_sniff(OLDMAIL, sizeof(OLDMAIL) - 1),
	    IMPORT_OLDMAIL);
}

/* What import_state found, as text. */
static void
note(void *arg, const struct import_seen *seen)
{
	fprintf(arg, "%s%s|%s|%.*s|%lld\n", seen->variant ? "+" : "",
	    seen->user != NULL ? seen->user : "-",
	    seen->host != NULL ? seen->host : "-", (int)seen->len, seen->uid,
	    (long long)seen->when);
}

static void
assert_found(const char *text, size_t len, size_t bad, const char *want)
{
	struct import_file f = file_of(text, len);
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);

	assert_int_equal(import_state(&f, note, out), bad);
	fclose(out);
	assert_string_equal(got, want);
	free(got);
	import_close(&f);
}

#define FOUND(text, bad, want)	assert_found(text, sizeof(text) - 1, bad, want)

static void
fetchids_are_read(void **state)
{
	(void)state;
	FOUND("joe@pop.example.org uid1\n\n"
	    "  joe doe@example.org@pop.example.org  uid2\r\n"
	    "joe@pop.example.org uid3", 0,
	    "joe|pop.example.org|uid1|0\n"
	    "joe doe@example.org|pop.example.org|uid2|0\n"
	    "joe|pop.example.org|uid3|0\n");
}

static void
uidls_are_read_old_and_new(void **state)
{
	(void)state;
	FOUND("# comment\n# another\n 2 pop.example.org joe\na\nb\n"
	    " 1 127.0.0.1 jane\nc\n", 0,
	    "joe|pop.example.org|a|0\njoe|pop.example.org|b|0\n"
	    "jane|127.0.0.1|c|0\n");
	/* A UID of the new form may hold blanks, and look like a header. */
	FOUND(" 3 pop.example.org joe\na 1700000000\n 1 x y 1700000001\n"
	    "# 1700000002\n", 0,
	    "joe|pop.example.org|a|1700000000\n"
	    "joe|pop.example.org| 1 x y|1700000001\n"
	    "joe|pop.example.org|#|1700000002\n");
	FOUND(" 1 pop.example.org joe\na\nstray\n", 1,
	    "joe|pop.example.org|a|0\n");
}

static void
oldmail_is_read_with_slashes(void **state)
{
	(void)state;
	FOUND(OLDMAIL "no NUL\n", 1,
	    "-|-|uid1|1795240208\n-|-|a-b|1795240209\n"
	    "+-|-|a/b|1795240209\n");
}

static void
fdm_cache_is_read(void **state)
{
	struct import_file f = {
		.name = "cache", .kind = IMPORT_FDM_CACHE,
	};
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);

	(void)state;
	FOUND("9 uid0001@x\n1 7\n", 0, "-|-|uid0001@x|0\n-|-|7|0\n");
	f.text = mem_strdup("3 abc\n4 abc\n");
	f.len = strlen(f.text);
	f.cap = f.len + 1;
	assert_int_equal(import_state(&f, note, out), 1);
	fclose(out);
	assert_string_equal(got, "-|-|abc|0\n");
	free(got);
	import_close(&f);
}

static void
popstate_leaves_out_what_is_not_whole(void **state)
{
	(void)state;
	FOUND(POPSTATE, 0,
	    "joe@example.org|pop.example.org|one|1700000000\n"
	    "joe@example.org|pop.example.org|four|1700000002\n"
	    "jane|pop.example.net|five|1700000003\n");
}

static void
oldmail_names_tell_the_account(void **state)
{
	(void)state;
	assert_true(import_is_oldmail_of("/x/oldmail-pop.example.org-995-joe",
	    "POP.example.org", "joe"));
	assert_true(import_is_oldmail_of("oldmail-h-1-a-b", "h", "a/b"));
	assert_true(import_is_oldmail_of("oldmail-h-1-a-b", "h", "a//:b"));
	assert_false(import_is_oldmail_of("oldmail-h-1-a--b", "h", "a//b"));
	assert_false(import_is_oldmail_of("oldmail-pop.example.org-995-joe",
	    "pop.example.org", "jo"));
	assert_false(import_is_oldmail_of("oldmail-pop.example.org-995-joe",
	    "pop.example.org", "joey"));
	assert_false(import_is_oldmail_of("oldmail-pop.example.org-joe",
	    "pop.example.org", "joe"));
	assert_false(import_is_oldmail_of("cache", "pop.example.org", "joe"));
}

/* The accounts of a configuration, read by popfetch's own parser. */
static struct conf *
moved(const char *text, char **as, size_t notes)
{
	struct import_file f = file_of(text, strlen(text));
	const struct opt o = { .mode = OPT_FETCH };
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	size_t size = 0, open = 0;
	FILE *out = open_memstream(as, &size);

	if (import_rc(out, &f, &open, &err) == -1)
		fail_msg("%s", err.msg);
	fclose(out);
	import_close(&f);
	c->rcfile = "moved";
	c->rcdir = "/";
	if (rc_parse(c, *as, size, "moved", &err) == -1 ||
	    conf_finish(c, &o, &err) == -1)
		fail_msg("%s in\n%s", err.msg, *as);
	if (open != notes && notes != SIZE_MAX)
		fail_msg("%zu notes, not %zu, in\n%s", open, notes, *as);
	return c;
}

static void
an_mpoprc_keeps_its_meaning(void **state)
{
	const struct account *a;
	struct conf *c;
	char *as = NULL;

	(void)state;
	setenv("HOME", "/home/joe", 1);
	setenv("LOGNAME", "joe", 1);
	c = moved("defaults\ntls on\ntimeout 42\nkeep on\n"
	    "account work\nhost pop.example.org\ntls_starttls off\n"
	    "user joe@example.org\npasswordeval pass show \"mail/work\"\n"
	    "keep 30d\nskipsize 20m\ndelivery maildir ~/Mail/%a\n"
	    "account isp : work\nhost pop.isp.example\ntls_starttls on\n"
	    "user \"joe doe\"\npassword s3cret \"#1\ndelivery mda cat >/x\n"
	    "account third\nhost localhost\ntls off\nonly_new off\nkeep off\n"
	    "killsize 5m\nfrobnicate 1\n"
	    "account default : work\n", &as, 2);
	assert_int_equal(c->naccounts, 3);
	a = c->accounts[0];
	assert_string_equal(a->label, "work");
	assert_string_equal(a->host, "pop.example.org");
	assert_string_equal(a->user, "joe@example.org");
	assert_string_equal(a->passwordeval, "pass show \"mail/work\"");
	assert_int_equal(a->tls, CONF_TLS_IMPLICIT);
	assert_int_equal(a->timeout, 42);
	assert_int_equal(a->keep_for, 30 * 86400);
	assert_int_equal(a->limit, 20 << 20);
	assert_string_equal(a->maildir, "/home/joe/Mail/%a");
	a = c->accounts[1];
	assert_string_equal(a->user, "joe doe");
	assert_string_equal(a->password, "s3cret \"#1");
	assert_string_equal(a->mda, "cat >/x");
	assert_int_equal(a->tls, CONF_TLS_STLS);
	assert_int_equal(a->keep_for, 30 * 86400);
	a = c->accounts[2];
	assert_int_equal(a->tls, CONF_TLS_OFF);
	assert_int_equal(a->fetchall, TRI_YES);
	assert_int_equal(a->keep, TRI_NO);
	assert_non_null(strstr(as, "# line 24: killsize 5m: "));
	assert_non_null(strstr(as, "# line 25: 'frobnicate'"));
	conf_free(c);
	free(as);
}

static void
a_login_in_the_clear_is_not_taken_over(void **state)
{
	struct conf *c;
	char *as = NULL;

	(void)state;
	c = moved("host pop.example.org\nuser joe\ntls off\nkeep on\n", &as, 1);
	assert_int_equal(c->accounts[0]->tls, CONF_TLS_UNSET);
	assert_non_null(strstr(as, "in the clear"));
	conf_free(c);
	free(as);
	as = NULL;
	c = moved("[retriever]\ntype = SimplePOP3Retriever\nserver=h\n"
	    "username=joe\n[destination]\ntype=Maildir\npath=/m/\n", &as, 1);
	assert_int_equal(c->accounts[0]->tls, CONF_TLS_UNSET);
	conf_free(c);
	free(as);
}

static void
mpops_deleting_by_default_is_said_and_not_done(void **state)
{
	struct conf *c;
	char *as = NULL;

	(void)state;
	c = moved("host h\nuser joe\ntls on\ntls_starttls off\n", &as, 1);
	assert_int_equal(c->accounts[0]->keep, TRI_UNSET);
	assert_non_null(strstr(as, "no keep"));
	conf_free(c);
	free(as);
}

static void
a_getmailrc_keeps_its_meaning(void **state)
{
	const struct account *a;
	struct conf *c;
	char *as = NULL;

	(void)state;
	c = moved("[retriever]\ntype = SimplePOP3SSLRetriever\n"
	    "server = pop.example.org\nport: 1995\n"
	    "username = joe@example.org\n"
	    "password_command = (\"pass\",\n    \"show\", 'mail/my \"w')\n"
	    "ca_certs = /etc/ssl/ca.pem\n\n"
	    "[destination]\ntype = MDA_external\npath = /usr/bin/my mda\n"
	    "arguments = (\"-f\", \"%(sender)\", \"it's\")\n\n"
	    "[options]\ndelete_after = 30\nmax_message_size = 1000\n"
	    "max_messages_per_session = 7\nverbose = 0\nread_all = false\n"
	    "received = false\n[filter-1]\ntype = Filter_external\n", &as, 1);
	assert_int_equal(c->naccounts, 1);
	a = c->accounts[0];
	assert_string_equal(a->label, "pop.example.org");
	assert_string_equal(a->port, "1995");
	assert_string_equal(a->user, "joe@example.org");
	assert_string_equal(a->passwordeval, "pass show 'mail/my \"w'");
	assert_string_equal(a->sslcertfile, "/etc/ssl/ca.pem");
	assert_string_equal(a->mda, "'/usr/bin/my mda' -f %F 'it'\\''s'");
	assert_int_equal(a->tls, CONF_TLS_IMPLICIT);
	assert_int_equal(a->keep_for, 30 * 86400);
	assert_int_equal(a->limit, 1000);
	assert_int_equal(a->fetchlimit, 7);
	conf_free(c);
	free(as);
}

#define ACCOUNT	"set daemon 300\ndefaults proto pop3 ssl\n" \
	"poll work via pop.example.org user joe pass \"a#b c\" is me " \
	"here keep mda \"procmail -d %T\"\n"

/* Root's MDA is run as the user that the file says, or not at all. */
static void
a_fetchmailrc_becomes_plain_accounts(void **state)
{
	const struct account *a;
	struct conf *c;
	char *as = NULL;

	(void)state;
	c = moved(geteuid() == 0 ? "set runas root\n" ACCOUNT : ACCOUNT, &as,
	    1);
	assert_int_equal(c->naccounts, 1);
	a = c->accounts[0];
	assert_string_equal(a->host, "pop.example.org");
	assert_string_equal(a->password, "a#b c");
	assert_string_equal(a->mda, "procmail -d %T");
	assert_string_equal(a->local[0], "me");
	assert_int_equal(a->tls, CONF_TLS_IMPLICIT);
	assert_int_equal(a->keep, TRI_YES);
	assert_non_null(strstr(as, "daemon"));
	assert_null(strstr(as, "set jobs"));
	assert_int_equal(strstr(as, "set runas \"root\"\n") != NULL,
	    geteuid() == 0);
	conf_free(c);
	free(as);
}

/* All of it loads; the part of as that is about an account begins with it. */
static void
what_is_not_done_is_told_where_it_was(void **state)
{
	const struct account *a;
	struct conf *c;
	char *as = NULL, *first, *second, *third;

	(void)state;
	c = moved("defaults proto pop3 keep ssl\n"
	    "poll one lmtp user ann no sslcertck pass x\n"
	    "  user joe sslfingerprint \"00:11\" pass y is m=n here\n"
	    "poll two user joe pass z smtphost mx poll three user j lmtp\n",
	    &as, 7);
	assert_int_equal(c->naccounts, 4);
	a = c->accounts[0];
	assert_int_equal(a->sslcertck, TRI_UNSET);
	assert_int_equal(a->tls, CONF_TLS_IMPLICIT);
	a = c->accounts[1];
	assert_string_equal(a->user, "joe");
	assert_string_equal(a->password, "y");
	assert_null(a->sslfingerprint);
	assert_int_equal(a->nlocal, 1);
	assert_string_equal(a->local[0], "n");
	assert_non_null(first = strstr(as, "user \"ann\""));
	assert_non_null(second = strstr(first, "user \"joe\""));
	assert_non_null(third = strstr(as, "\"two\""));
	assert_true(strstr(as, "2:10: 'lmtp'") < first);
	assert_true(strstr(as, "2:24: 'no sslcertck'") < first);
	assert_true(strstr(first, "3:12: 'sslfingerprint'") < second);
	assert_true(strstr(first, "m=n") < second);
	assert_true(strstr(second, "4:26: 'smtphost'") < third);
	assert_non_null(strstr(third, "4:56: 'lmtp'"));
	conf_free(c);
	free(as);
}

static void
an_account_that_cannot_be_polled_is_a_comment(void **state)
{
	static const char *const bad[] = {
		"poll b proto imap user joe pass x\n",
		"poll b user joe is * here pass x\n",
		"poll b user joe is m n here pass x\n",
		"poll b user m n here pass x\n",
		"poll b user joe auth gssapi pass x\n",
		"poll b port 25 user joe pass x\n",
		"poll a user JOE poll b via A user joe pass x\n",
		"poll \"b\" via \"x\ny\" user joe pass x\n",
	};
	char text[200], *as, *line;
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "poll a ssl keep user joe\n"
		    "maildir /m\n%s", bad[i]);
		c = moved(text, &as, SIZE_MAX);
		assert_string_equal(c->accounts[0]->label, "a");
		assert_int_equal(c->naccounts, i == 6 ? 2 : 1);
		assert_non_null(line = strstr(as, "\n#poll \"b\"\n#\t"));
		/* Why, right before it. */
		for (line--; line[-1] != '\n'; line--)
			;
		assert_memory_equal(line, "# ", 2);
		conf_free(c);
		free(as);
	}
}

static void
no_number_of_things_ends_the_reading(void **state)
{
	struct conf *c;
	char *as = NULL, *text = NULL, *head;
	size_t i, size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	fputs("set no syslog\ndefaults lmtp keep ssl\n", out);
	for (i = 0; i < 50; i++)
		fprintf(out, "poll a%zu user joe no sslcertck lmtp\n"
		    "poll x%zu user joe is * here\n", i, i);
	fclose(out);
	c = moved(text, &as, SIZE_MAX);
	assert_int_equal(c->naccounts, 50);
	assert_string_equal(c->accounts[49]->label, "a49");
	assert_null(strstr(as, "so many"));
	assert_non_null(head = strstr(as, "file:2:10: 'lmtp'"));
	assert_null(strstr(head + 1, "file:2:10: 'lmtp'"));
	assert_non_null(strstr(as, "file:101:32: 'lmtp'"));
	conf_free(c);
	free(as);
	free(text);
}

static void
an_account_for_another_protocol_is_left_out(void **state)
{
	struct conf *c;
	char *as = NULL;

	(void)state;
	c = moved("poll a user joe pass x keep ssl maildir m\n"
	    "poll b proto imap user joe pass x\n", &as, 1);
	assert_int_equal(c->naccounts, 1);
	assert_non_null(strstr(as, "POP3 only"));
	conf_free(c);
	free(as);
}

static void
a_value_cannot_leave_its_comment(void **state)
{
	struct conf *c;
	char *as = NULL;

	(void)state;
	c = moved("host h\nuser u\ntls on\nkeep on\n"
	    "filter x\001\177 poll evil\n", &as, 1);
	assert_int_equal(c->naccounts, 1);
	assert_null(strchr(as, '\001'));
	conf_free(c);
	free(as);
}

static void
a_file_without_an_account_is_an_error(void **state)
{
	static const char *const texts[] = {
		"set daemon 300\n",
		"poll a proto imap user joe\npoll b user joe is * here\n",
		"defaults\ntls on\n",
		"[retriever]\ntype = SimpleIMAPRetriever\nserver = h\n",
		"[destination]\ntype = Maildir\n",
	};
	struct import_file f;
	struct err err;
	char *text = NULL;
	size_t i, open, len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		err_clear(&err);
		f = file_of(texts[i], strlen(texts[i]));
		assert_int_equal(import_rc(out, &f, &open, &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		import_close(&f);
		fflush(out);
		if (f.kind == IMPORT_FETCHMAILRC)
			assert_int_equal(len, 0);
	}
	fclose(out);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_recognised),
		cmocka_unit_test(fetchids_are_read),
		cmocka_unit_test(uidls_are_read_old_and_new),
		cmocka_unit_test(oldmail_is_read_with_slashes),
		cmocka_unit_test(fdm_cache_is_read),
		cmocka_unit_test(popstate_leaves_out_what_is_not_whole),
		cmocka_unit_test(oldmail_names_tell_the_account),
		cmocka_unit_test(an_mpoprc_keeps_its_meaning),
		cmocka_unit_test(a_login_in_the_clear_is_not_taken_over),
		cmocka_unit_test(
		    mpops_deleting_by_default_is_said_and_not_done),
		cmocka_unit_test(a_getmailrc_keeps_its_meaning),
		cmocka_unit_test(a_fetchmailrc_becomes_plain_accounts),
		cmocka_unit_test(what_is_not_done_is_told_where_it_was),
		cmocka_unit_test(
		    an_account_that_cannot_be_polled_is_a_comment),
		cmocka_unit_test(no_number_of_things_ends_the_reading),
		cmocka_unit_test(an_account_for_another_protocol_is_left_out),
		cmocka_unit_test(a_value_cannot_leave_its_comment),
		cmocka_unit_test(a_file_without_an_account_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
