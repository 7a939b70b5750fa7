/*
 * The whole configuration: command line over file over what is built in.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"

static int
finish(struct conf *c, const char *text, const struct opt *o, struct err *err)
{
	err_clear(err);
	c->rcdir = "/rc/dir";
	if (rc_parse(c, text, strlen(text), "rc", err) == -1)
		fail_msg("%s", err->msg);
	return conf_finish(c, o, err);
}

static struct conf *
accepts(const char *text, const struct opt *o)
{
	const struct opt none = { 0 };
	struct conf *c = conf_new();
	struct err err;

	if (finish(c, text, o != NULL ? o : &none, &err) == -1)
		fail_msg("%s; %s", err.msg, err.hint);
	return c;
}

static void
refuses(const char *text, const struct opt *o, enum err_kind kind,
    const char *msg, const char *hint)
{
	const struct opt none = { 0 };
	struct conf *c = conf_new();
	struct err err;

	assert_int_equal(finish(c, text, o != NULL ? o : &none, &err), -1);
	assert_int_equal(err.kind, kind);
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.hint, hint);
	conf_free(c);
}

static int
setup(void **state)
{
	(void)state;
	setenv("HOME", "/home/joe", 1);
	setenv("LOGNAME", "joe", 1);
	unsetenv("USER");
	unsetenv("XDG_STATE_HOME");
	return 0;
}

static void
nothing_said_is_filled_in(void **state)
{
	struct conf *c = accepts("poll pop.example.org", NULL);
	const struct account *a = c->accounts[0];

	(void)state;
	assert_string_equal(a->user, "joe");
	assert_string_equal(a->local[0], "joe");
	assert_int_equal(a->nlocal, 1);
	assert_string_equal(a->maildir, "/home/joe/Maildir");
	assert_null(a->mda);
	assert_null(a->port);
	assert_null(a->password);
	assert_null(a->refused);
	assert_int_equal(a->tls, CONF_TLS_UNSET);
	assert_int_equal(a->timeout, CONF_TIMEOUT);
	assert_true(a->limit == 0);
	assert_int_equal(a->fetchlimit, 0);
	assert_int_equal(a->max_delete, 0);
	assert_int_equal(a->expunge, 0);
	assert_int_equal(a->max_failures, 5);
	assert_int_equal(a->mda_qmail, TRI_UNSET);
	assert_int_equal(a->mda_hold, TRI_UNSET);
	assert_true(a->keep_for == 0);
	assert_int_equal(a->keep, TRI_UNSET);
	assert_true(a->active);
	assert_int_equal(c->jobs, CONF_JOBS);
	assert_int_equal(c->per_host, CONF_PER_HOST);
	assert_string_equal(c->state, "/home/joe/.local/state/popfetch");
	conf_free(c);
}

static void
the_caller_has_a_name(void **state)
{
	const struct passwd *pw = getpwuid(getuid());
	struct conf *c;

	(void)state;
	unsetenv("LOGNAME");
	setenv("USER", "jim", 1);
	c = accepts("poll a", NULL);
	assert_string_equal(c->accounts[0]->user, "jim");
	conf_free(c);
	unsetenv("USER");
	unsetenv("HOME");
	if (pw == NULL)
		skip();
	c = accepts("poll a", NULL);
	assert_string_equal(c->accounts[0]->user, pw->pw_name);
	assert_memory_equal(c->accounts[0]->maildir, pw->pw_dir,
	    strlen(pw->pw_dir));
	conf_free(c);
}

static void
the_command_line_beats_the_file(void **state)
{
	const struct opt o = {
		.keep = TRI_NO, .fetchall = TRI_YES, .timeout = 5, .jobs = 2,
		.state = "/s", .expunge = 7,
	};
	struct conf *c = accepts("set jobs 9 set state /t "
	    "poll a keep no fetchall timeout 60 expunge 8", &o);

	(void)state;
	assert_int_equal(c->accounts[0]->keep, TRI_NO);
	assert_int_equal(c->accounts[0]->fetchall, TRI_YES);
	assert_int_equal(c->accounts[0]->timeout, 5);
	assert_int_equal(c->jobs, 2);
	assert_string_equal(c->state, "/s");
	assert_int_equal(c->accounts[0]->expunge, 7);
	conf_free(c);
}

static void
an_age_of_the_file_is_replaced_whole(void **state)
{
	static const struct {
		enum conf_tri	said, keep;
		int64_t		age;
	} cases[] = {
		{ TRI_UNSET, TRI_YES, 86400 },
		{ TRI_YES, TRI_YES, 0 },	/* for good */
		{ TRI_NO, TRI_NO, 0 },		/* at once */
	};
	struct opt o = { .quiet = false };
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o.keep = cases[i].said;
		c = accepts("poll a keep 1d", &o);
		assert_int_equal(c->accounts[0]->keep, cases[i].keep);
		assert_true(c->accounts[0]->keep_for == cases[i].age);
		conf_free(c);
	}
}

static void
zero_failures_is_not_the_default(void **state)
{
	struct conf *c = accepts("poll a max-failures 0 poll b "
	    "max-failures 1", NULL);

	(void)state;
	assert_int_equal(c->accounts[0]->max_failures, 0);
	assert_int_equal(c->accounts[1]->max_failures, 1);
	conf_free(c);
}

static void
delivery_of_the_command_line_replaces_the_files(void **state)
{
	const struct opt maildir = { .maildir = "/m" };
	const struct opt mda = { .mda = "cat" };
	struct conf *c;

	(void)state;
	c = accepts(geteuid() != 0 ? "poll a mda x" :
	    "set runas root poll a mda x", &maildir);
	assert_string_equal(c->accounts[0]->maildir, "/m");
	assert_null(c->accounts[0]->mda);
	conf_free(c);
	c = accepts(geteuid() != 0 ? "poll a maildir x" :
	    "set runas root poll a maildir x", &mda);
	assert_string_equal(c->accounts[0]->mda, "cat");
	assert_null(c->accounts[0]->maildir);
	conf_free(c);
}

static void
paths_become_absolute(void **state)
{
	const struct opt o = { .maildir = "m", .state = "s" };
	char cwd[PATH_MAX], path[PATH_MAX + 8];
	const struct account *a;
	struct conf *c;

	(void)state;
	c = accepts("set state st poll a maildir Mail sslcertfile c.pem "
	    "sslcertpath ~/certs", NULL);
	a = c->accounts[0];
	assert_string_equal(c->state, "/rc/dir/st");
	assert_string_equal(a->maildir, "/rc/dir/Mail");
	assert_string_equal(a->sslcertfile, "/rc/dir/c.pem");
	assert_string_equal(a->sslcertpath, "/home/joe/certs");
	conf_free(c);
	c = accepts("poll a maildir ~", NULL);
	assert_string_equal(c->accounts[0]->maildir, "/home/joe");
	conf_free(c);
	/* On the command line they are from where the user is. */
	c = accepts("poll a", &o);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(path, sizeof(path), "%s/m", cwd);
	assert_string_equal(c->accounts[0]->maildir, path);
	snprintf(path, sizeof(path), "%s/s", cwd);
	assert_string_equal(c->state, path);
	conf_free(c);
}

static void
the_state_directory_follows_xdg(void **state)
{
	struct conf *c;

	(void)state;
	setenv("XDG_STATE_HOME", "/xdg", 1);
	c = accepts("poll a", NULL);
	assert_string_equal(c->state, "/xdg/popfetch");
	conf_free(c);
	setenv("XDG_STATE_HOME", "relative", 1);
	c = accepts("poll a", NULL);
	assert_string_equal(c->state, "/home/joe/.local/state/popfetch");
	conf_free(c);
}

static void
a_maildir_may_be_named_for_the_account(void **state)
{
	static const struct {
		const char	*text, *maildir;
	} cases[] = {
		{ "poll work via pop.x user u@x maildir ~/M/%a-%u-%h%%",
		    "/home/joe/M/work-u@x-pop.x%" },
		/* Never out of the directory it stands in. */
		{ "poll ../../etc maildir /M/%a", "/M/_._.._etc" },
		{ "poll a user .. maildir /M/%u", "/M/_." },
		{ "poll ~/x maildir %a", "/rc/dir/~_x" },
		{ "poll a user %h maildir /M/%u", "/M/%h" },
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = accepts(cases[i].text, NULL);
		assert_string_equal(c->accounts[0]->maildir,
		    cases[i].maildir);
		conf_free(c);
	}
	refuses("poll a maildir /M/%x", NULL, ERR_CONFIG,
	    "rc:1: maildir '/M/%x' cannot be expanded",
	    "%a, %u and %h work, and %% for a percent sign");
	refuses("poll a maildir /M/%", NULL, ERR_CONFIG,
	    "rc:1: maildir '/M/%' cannot be expanded",
	    "%a, %u and %h work, and %% for a percent sign");
}

static void
tls_follows_the_port_if_nothing_is_said(void **state)
{
	static const struct {
		const char	*text;
		enum conf_tls	 tls;
	} cases[] = {
		{ "poll a", CONF_TLS_UNSET },
		{ "poll a port 995", CONF_TLS_IMPLICIT },
		{ "poll a service pop3s", CONF_TLS_IMPLICIT },
		{ "poll a port 110", CONF_TLS_STLS },
		{ "poll a service pop3", CONF_TLS_STLS },
		{ "poll a port 1995", CONF_TLS_IMPLICIT },
		{ "poll a port 995 starttls", CONF_TLS_STLS },
		{ "poll a port 110 ssl", CONF_TLS_IMPLICIT },
		{ "poll a port 995 tls off", CONF_TLS_OFF },
		{ "defaults port 110 poll a", CONF_TLS_STLS },
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = accepts(cases[i].text, NULL);
		if (c->accounts[0]->tls != cases[i].tls)
			fail_msg("%s: %d", cases[i].text,
			    c->accounts[0]->tls);
		conf_free(c);
	}
}

static void
another_protocol_is_refused_for_its_account(void **state)
{
	struct conf *c = accepts("poll a proto imap user bad\\nname "
	    "poll b proto auto poll c proto APOP", NULL);

	(void)state;
	assert_non_null(strstr(c->accounts[0]->refused, "'protocol imap'"));
	assert_null(c->accounts[1]->refused);
	assert_non_null(strstr(c->accounts[2]->refused, "'protocol apop'"));
	assert_true(c->accounts[0]->active && c->accounts[1]->active);
	conf_free(c);
}

static void
accounts_are_selected_by_name(void **state)
{
	char *both[] = { (char *)"b", (char *)"c" };
	const struct opt o = { .accounts = both, .naccounts = 2 };
	static const char text[] = "poll a skip b poll c user x user y";
	struct conf *c;

	(void)state;
	c = accepts(text, NULL);
	assert_true(c->accounts[0]->active);
	assert_false(c->accounts[1]->active);
	assert_true(c->accounts[2]->active && c->accounts[3]->active);
	conf_free(c);
	c = accepts(text, &o);
	assert_false(c->accounts[0]->active);
	assert_true(c->accounts[1]->active);
	assert_true(c->accounts[2]->active && c->accounts[3]->active);
	conf_free(c);
}

static void
a_name_of_no_account_is_told(void **state)
{
	char *name[] = { (char *)"d" };
	const struct opt o = { .accounts = name, .naccounts = 1 };
	char text[4000];
	struct conf *c = conf_new();
	struct err err;
	size_t i, n = 0;

	(void)state;
	refuses("poll a skip b poll c user x user y", &o, ERR_USAGE,
	    "no account 'd' in rc", "there is a, b, c; a server in no "
	    "file is pops://USER@HOST");
	for (i = 0; i < 200; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "poll host%zu ", i);
	assert_int_equal(finish(c, text, &o, &err), -1);
	assert_non_null(strstr(err.hint, ", ...; a server in no file is "));
	conf_free(c);
}

static void
there_must_be_something_to_do(void **state)
{
	(void)state;
	refuses("set daemon 5", NULL, ERR_CONFIG, "no account in rc",
	    "write 'poll HOST user NAME', or name pops://USER@HOST");
	refuses("skip a", NULL, ERR_USAGE,
	    "all accounts in rc are to be skipped", "name the one to poll");
}

static void
one_maildrop_is_polled_once(void **state)
{
	char *names[] = { (char *)"a", (char *)"b" };
	const struct opt o = { .accounts = names, .naccounts = 2 };

	(void)state;
	refuses("poll a user x\npoll A user x", NULL, ERR_CONFIG,
	    "rc:2: x@a is polled by rc:1 already", "");
	refuses("poll a user x ssl port 995\npoll l via a\n user x starttls",
	    NULL, ERR_CONFIG, "rc:3: x@a is polled by rc:1 already", "");
	refuses("poll a user x\nskip b via a user x", &o, ERR_CONFIG,
	    "rc:2: x@a is polled by rc:1 already", "");
	conf_free(accepts("poll a user x skip b via a user x", NULL));
	conf_free(accepts("poll a user x poll b via a user X", NULL));
	conf_free(accepts("poll a user x poll b via a user x port 1995",
	    NULL));
	conf_free(accepts("poll a user x poll b via a user x proto imap",
	    NULL));
}

static void
the_key_is_the_maildrops(void **state)
{
	static const struct {
		const char	*text, *key;
	} cases[] = {
		{ "poll a user x", "x@a" },
		{ "poll l via POP.Example.ORG user Joe",
		    "Joe@pop.example.org" },
		{ "poll a user x port 995", "x@a" },
		{ "poll a user x port pop3", "x@a" },
		{ "poll a user x port 1110", "x@a:1110" },
		{ "poll a user x@Y", "x@Y@a" },
	};
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = accepts(cases[i].text, NULL);
		assert_string_equal(conf_key(c, c->accounts[0]),
		    cases[i].key);
		conf_free(c);
	}
}

static void
names_that_cannot_be_sent_are_told(void **state)
{
	char text[400];

	(void)state;
	refuses("poll a\nuser \"x\\r\\nDELE 1\"", NULL, ERR_CONFIG,
	    "rc:2: the user name is empty or holds a control character", "");
	refuses("poll a user ''", NULL, ERR_CONFIG,
	    "rc:1: the user name is empty or holds a control character", "");
	refuses("poll a via 'b c'", NULL, ERR_CONFIG,
	    "rc:1: 'b c' is not a host", "");
	snprintf(text, sizeof(text), "poll a user %0249d", 0);
	refuses(text, NULL, ERR_CONFIG,
	    "rc:1: the user name is longer than 248 octets", "");
	snprintf(text, sizeof(text), "poll a user %0248d", 0);
	conf_free(accepts(text, NULL));
}

static void
an_mda_is_not_run_as_root_unless_that_is_said(void **state)
{
	const struct opt o = { .mda = "cat" };
	struct conf *c;

	(void)state;
	if (geteuid() != 0) {
		conf_free(accepts("poll a mda x", NULL));
		return;
	}
	c = accepts("poll a mda x poll b maildir y", NULL);
	assert_string_equal(c->accounts[0]->refused, "an MDA is not run as "
	    "root; add 'set runas USER', or 'set runas root'");
	assert_null(c->accounts[1]->refused);
	conf_free(c);
	c = accepts("poll a", &o);
	assert_non_null(c->accounts[0]->refused);
	conf_free(c);
	c = accepts("set runas root poll a mda x", NULL);
	assert_null(c->accounts[0]->refused);
	conf_free(c);
}

static void
runas_has_the_home_and_name_of_that_user(void **state)
{
	const struct passwd *pw = getpwuid(geteuid());
	char text[128], path[PATH_MAX];
	struct conf *c;

	(void)state;
	if (pw == NULL)
		skip();
	setenv("XDG_STATE_HOME", "/xdg", 1);
	snprintf(text, sizeof(text), "set runas %s poll a", pw->pw_name);
	c = accepts(text, NULL);
	assert_string_equal(c->accounts[0]->user, pw->pw_name);
	snprintf(path, sizeof(path), "%s/Maildir", pw->pw_dir);
	assert_string_equal(c->accounts[0]->maildir, path);
	snprintf(path, sizeof(path), "%s/.local/state/popfetch", pw->pw_dir);
	assert_string_equal(c->state, path);
	conf_free(c);
	refuses("set runas no-such-user poll a", NULL, ERR_CONFIG,
	    "set runas: no user 'no-such-user'", "");
}

static void
all_secrets_but_one_can_be_forgotten(void **state)
{
	struct conf *c = accepts("poll a pass x poll b pass y poll c", NULL);

	(void)state;
	conf_forget_secrets(c, c->accounts[1]);
	assert_null(c->accounts[0]->password);
	assert_string_equal(c->accounts[1]->password, "y");
	conf_forget_secrets(c, NULL);
	assert_null(c->accounts[1]->password);
	conf_free(c);
	conf_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_said_is_filled_in, setup),
		cmocka_unit_test_setup(the_caller_has_a_name, setup),
		cmocka_unit_test_setup(the_command_line_beats_the_file, setup),
		cmocka_unit_test_setup(
		    an_age_of_the_file_is_replaced_whole, setup),
		cmocka_unit_test_setup(
		    zero_failures_is_not_the_default, setup),
		cmocka_unit_test_setup(
		    delivery_of_the_command_line_replaces_the_files, setup),
		cmocka_unit_test_setup(paths_become_absolute, setup),
		cmocka_unit_test_setup(the_state_directory_follows_xdg, setup),
		cmocka_unit_test_setup(
		    a_maildir_may_be_named_for_the_account, setup),
		cmocka_unit_test_setup(
		    tls_follows_the_port_if_nothing_is_said, setup),
		cmocka_unit_test_setup(
		    another_protocol_is_refused_for_its_account, setup),
		cmocka_unit_test_setup(accounts_are_selected_by_name, setup),
		cmocka_unit_test_setup(a_name_of_no_account_is_told, setup),
		cmocka_unit_test_setup(there_must_be_something_to_do, setup),
		cmocka_unit_test_setup(one_maildrop_is_polled_once, setup),
		cmocka_unit_test_setup(the_key_is_the_maildrops, setup),
		cmocka_unit_test_setup(
		    names_that_cannot_be_sent_are_told, setup),
		cmocka_unit_test_setup(
		    an_mda_is_not_run_as_root_unless_that_is_said, setup),
		cmocka_unit_test_setup(
		    runas_has_the_home_and_name_of_that_user, setup),
		cmocka_unit_test_setup(
		    all_secrets_but_one_can_be_forgotten, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
