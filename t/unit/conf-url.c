/*
 * Accounts by URL.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "conf/conf.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/url.h"

#define ARGS_MAX	4

static char *args[ARGS_MAX];
static struct conf *conf;

static int
setup(void **state)
{
	(void)state;
	conf = conf_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	conf_free(conf);
	return 0;
}

/* The account that a URL alone comes to. */
static const struct account *
takes(const char *url)
{
	struct opt o = { .accounts = args, .naccounts = 1 };
	struct err err = { .kind = ERR_NONE };
	const size_t n = conf->naccounts;

	args[0] = (char *)(uintptr_t)url;
	assert_true(url_is(url));
	if (url_check(url, &err) == -1)
		fail_msg("%s: %s", url, err.msg);
	assert_true(url_alone(&o));
	url_add(conf, &o);
	assert_int_equal(conf->naccounts, n + 1);
	assert_null(conf->accounts[n]->password);
	return conf->accounts[n];
}

/* msg begins the message, hint is in the hint; both have no secret. */
static void
refuses(const char *url, const char *msg, const char *hint)
{
	struct err err = { .kind = ERR_NONE };

	assert_true(url_is(url));
	if (url_check(url, &err) == 0)
		fail_msg("%s is taken", url);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strncmp(err.msg, msg, strlen(msg)) != 0)
		fail_msg("%s: %s", url, err.msg);
	assert_non_null(strstr(err.hint, hint));
	assert_null(strstr(err.msg, "geheim"));
	assert_null(strstr(err.hint, "geheim"));
}

static void
schemes_say_how_tls_begins(void **state)
{
	static const char *const stls[] = {
		"pop://joe@h", "pop3://joe@h", "POP://joe@h",
	};
	static const char *const implicit[] = {
		"pops://joe@h", "pop3s://joe@h", "PoPs://joe@h/",
	};
	const struct account *a;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		a = takes(stls[i]);
		assert_int_equal(a->tls, CONF_TLS_STLS);
		assert_string_equal(a->host, "h");
		assert_null(a->port);
		a = takes(implicit[i]);
		assert_int_equal(a->tls, CONF_TLS_IMPLICIT);
		assert_string_equal(a->user, "joe");
	}
}

static void
user_and_port_may_be_left_out(void **state)
{
	const struct account *a = takes("pops://pop.example.org");

	(void)state;
	assert_null(a->user);
	assert_null(a->port);
	assert_string_equal(a->host, "pop.example.org");
	assert_string_equal(a->label, "pop.example.org");
	a = takes("pop://pop.example.org:1110/");
	assert_string_equal(a->port, "1110");
	a = takes("pops://joe@h:");
	assert_null(a->port);
	a = takes("pops://joe@h:65535");
	assert_string_equal(a->port, "65535");
	a = takes("pops://joe@[::1]:995");
	assert_string_equal(a->host, "::1");
	assert_string_equal(a->port, "995");
}

static void
percent_is_decoded(void **state)
{
	(void)state;
	assert_string_equal(takes("pops://joe%40example.org@h")->user,
	    "joe@example.org");
	assert_string_equal(takes("pops://joe%3a%2F%25@h")->user, "joe:/%");
	assert_string_equal(takes("pops://j%C3%B6@h")->user, "j\303\266");
	/* As people write it. */
	assert_string_equal(takes("pops://joe@example.org@h")->user,
	    "joe@example.org");
	refuses("pops://jo%e@h", "the URL's user has a '%'", "%25");
	refuses("pops://joe%4@h", "the URL's user has a '%'", "%25");
	refuses("pops://joe@h%zz", "the URL's host has a '%'", "%25");
}

static void
control_characters_are_no_part_of_a_name(void **state)
{
	static const char *const users[] = {
		"pops://joe%00x@h", "pops://joe%0D@h", "pops://joe%0d%0aDELE@h",
		"pops://%0Ajoe@h", "pops://joe%7F@h", "pops://joe%1b@h",
		"pops://joe\n@h",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		refuses(users[i], "the URL's user holds a control character",
		    "");
	refuses("pops://joe@h%0D%0A", "the URL's host holds a control "
	    "character", "");
	refuses("pops://joe@h%00", "the URL's host holds a control "
	    "character", "");
}

static void
a_password_is_refused_and_never_shown(void **state)
{
	static const char *const urls[] = {
		"pops://joe:geheim@h", "pops://joe:@h", "pops://:geheim@h",
		"pops://joe:ge/geheim@h", "pops://joe:geheim?x@h",
		"pops://joe:geheim#x@h", "pops://joe:geheim@x@h:995",
		"pops://joe;AUTH=*:geheim@h",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		refuses(urls[i], "a URL with a password", "when asked");
		refuses(urls[i], "a URL with a password", ".netrc");
	}
}

static void
any_mechanism_is_a_password(void **state)
{
	(void)state;
	assert_string_equal(takes("pops://joe;AUTH=*@h")->user, "joe");
	assert_string_equal(takes("pops://joe;auth=Password@h")->user, "joe");
	refuses("pops://joe;AUTH=+APOP@h", "AUTH=+APOP: popfetch logs in",
	    ";AUTH=*");
	refuses("pops://joe;AUTH=SCRAM-SHA-1@h", "AUTH=SCRAM-SHA-1: ",
	    ";AUTH=*");
	refuses("pops://joe;AUTH=@h", "AUTH=: ", ";AUTH=*");
	refuses("pops://joe;AUTH=*x@h", "AUTH=*x: ", ";AUTH=*");
	refuses("pops://joe;X=*@h", "behind the URL's user only", "");
	refuses("pops://;AUTH=*@h", "the URL's user is empty", "");
}

static void
what_is_no_url_of_pop3_is_told(void **state)
{
	(void)state;
	assert_false(url_is("work"));
	assert_false(url_is("pop.example.org:995"));
	refuses("imap://joe@h", "'imap': popfetch speaks POP3 only",
	    "pops://USER@HOST");
	refuses("imaps://joe:geheim@h", "'imaps': popfetch speaks", "");
	refuses("://h", "'': popfetch speaks POP3 only", "");
	refuses("pops://", "the URL's host is empty", "");
	refuses("pops://@h", "the URL's user is empty", "");
	refuses("pops://joe@:995", "the URL's host is empty", "");
	refuses("pops://joe@h:0", "the URL's port", "");
	refuses("pops://joe@h:65536", "the URL's port", "");
	refuses("pop://joe@h:995", "at port 995 TLS is from the start", "");
	refuses("pops://joe@h:pop3", "the URL's port", "");
	refuses("pops://joe@h:000000995", "the URL's port", "");
	refuses("pops://joe@[::1:995", "the URL's host has a '['", "");
	refuses("pops://joe@[::1]x", "nothing may stand behind", "");
	refuses("pops://joe@h/INBOX", "nothing may stand behind", "");
	refuses("pops://joe@h?x", "nothing may stand behind", "");
	refuses("pops://joe@h:995#x", "nothing may stand behind", "");
}

static void
a_name_that_is_too_long_is_refused(void **state)
{
	char url[4096] = "pops://";

	(void)state;
	memset(url + 7, 'x', 2000);
	refuses(url, "the URL's host has a '%' without", "");
}

static void
names_and_a_file_need_the_file(void **state)
{
	struct opt o = { .accounts = args, .naccounts = 2 };
	char work[] = "work", url[] = "pops://joe@h", more[] = "pop://jim@h";

	(void)state;
	args[0] = work;
	args[1] = url;
	assert_false(url_alone(&o));
	url_add(conf, &o);
	assert_int_equal(conf->naccounts, 1);
	args[0] = more;
	assert_true(url_alone(&o));
	o.file = "rc";
	assert_false(url_alone(&o));
	o.file = NULL;
	o.naccounts = 0;
	assert_false(url_alone(&o));
}

static void
an_account_by_url_is_polled(void **state)
{
	char url[] = "pop://joe@h", again[] = "pops://joe@H:995";
	struct opt o = {
		.accounts = args, .naccounts = 1, .maildir = "/m",
		.tls = CONF_TLS_OFF,
	};
	struct err err = { .kind = ERR_NONE };

	(void)state;
	args[0] = url;
	args[1] = again;
	url_add(conf, &o);
	assert_int_equal(conf_finish(conf, &o, &err), 0);
	assert_true(conf->accounts[0]->active);
	assert_int_equal(conf->accounts[0]->tls, CONF_TLS_OFF);
	assert_true(conf->accounts[0]->tls_off_own);
	assert_string_equal(conf->accounts[0]->maildir, "/m");
	conf->naccounts = 0;
	o.naccounts = 2;
	url_add(conf, &o);
	assert_int_equal(conf_finish(conf, &o, &err), -1);
	assert_string_equal(err.msg, "command line:2: joe@h is polled by "
	    "command line:1 already");
}

static void
options_win_over_the_url(void **state)
{
	char url[] = "pops://joe@h:995";
	struct opt o = {
		.accounts = args, .naccounts = 1, .user = "jim", .port = "1110",
		.tls = CONF_TLS_STLS, .ca_file = "/ca.pem", .limit = 5,
		.fetchlimit = 6, .flush = TRI_YES, .keep = TRI_YES,
		.timeout = 7, .maildir = "/m",
	};
	struct err err = { .kind = ERR_NONE };
	const struct account *a;

	(void)state;
	args[0] = url;
	url_add(conf, &o);
	a = conf->accounts[0];
	conf->accounts[0]->sslcertpath = "/certs";
	assert_int_equal(conf_finish(conf, &o, &err), 0);
	assert_string_equal(a->user, "jim");
	assert_string_equal(a->port, "1110");
	assert_int_equal(a->tls, CONF_TLS_STLS);
	assert_string_equal(a->sslcertfile, "/ca.pem");
	assert_null(a->sslcertpath);
	assert_int_equal(a->limit, 5);
	assert_int_equal(a->fetchlimit, 6);
	assert_int_equal(a->flush, TRI_YES);
	assert_int_equal(a->keep, TRI_YES);
	assert_int_equal(a->timeout, 7);
}

/* "tls off" for whatever is in the file is not said of each account. */
static void
tls_off_goes_far_only_for_accounts_that_are_named(void **state)
{
	static const char text[] = "poll a via h user joe";
	char a[] = "a";
	struct opt o = { .accounts = args, .tls = CONF_TLS_OFF };
	struct err err = { .kind = ERR_NONE };

	(void)state;
	args[0] = a;
	assert_int_equal(rc_parse(conf, text, strlen(text), "rc", &err), 0);
	assert_int_equal(conf_finish(conf, &o, &err), 0);
	assert_int_equal(conf->accounts[0]->tls, CONF_TLS_OFF);
	assert_false(conf->accounts[0]->tls_off_own);
	o.naccounts = 1;
	assert_int_equal(conf_finish(conf, &o, &err), 0);
	assert_true(conf->accounts[0]->tls_off_own);
}

#define URL_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		URL_TEST(schemes_say_how_tls_begins),
		URL_TEST(user_and_port_may_be_left_out),
		URL_TEST(percent_is_decoded),
		URL_TEST(control_characters_are_no_part_of_a_name),
		URL_TEST(a_password_is_refused_and_never_shown),
		URL_TEST(any_mechanism_is_a_password),
		URL_TEST(what_is_no_url_of_pop3_is_told),
		URL_TEST(a_name_that_is_too_long_is_refused),
		URL_TEST(names_and_a_file_need_the_file),
		URL_TEST(an_account_by_url_is_polled),
		URL_TEST(options_win_over_the_url),
		URL_TEST(tls_off_goes_far_only_for_accounts_that_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
