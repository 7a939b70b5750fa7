/*
 * Where a password comes from, which source counts, and what cannot be one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/secret.h"

static char dir[] = "/tmp/conf-secret.XXXXXX";
static struct err err;

/* Not where root would need "set runas root". */
static const char *
root(void)
{
	return geteuid() == 0 ? "set runas root " : "";
}

static struct conf *
conf_of(const char *text)
{
	const struct opt none = { 0 };
	struct conf *c = conf_new();

	err_clear(&err);
	c->rcdir = dir;
	if (rc_parse(c, text, strlen(text), "rc", &err) == -1 ||
	    conf_finish(c, &none, &err) == -1)
		fail_msg("%s; %s", err.msg, err.hint);
	return c;
}

static int
get(struct conf *c, struct account *a)
{
	err_clear(&err);
	return secret_get(c, a, &err) == 0 &&
	    secret_ask(a, NULL, &err) == 0 ? 0 : -1;
}

/* The words of an account of joe's, and the password that it gets. */
static void
gives(const char *before, const char *words, const char *password)
{
	char text[1024];
	struct conf *c;

	snprintf(text, sizeof(text), "%spoll work via pop.example.org "
	    "user joe %s", before, words);
	c = conf_of(text);
	if (get(c, c->accounts[0]) == -1)
		fail_msg("%s", err.msg);
	assert_string_equal(c->accounts[0]->password, password);
	conf_free(c);
}

static void
refuses(const char *before, const char *words, const char *msg)
{
	char text[1024];
	struct conf *c;

	snprintf(text, sizeof(text), "%spoll work via pop.example.org "
	    "user joe %s", before, words);
	c = conf_of(text);
	assert_int_equal(get(c, c->accounts[0]), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_string_equal(err.msg, msg);
	assert_null(strstr(err.msg, "hush"));
	conf_free(c);
}

static char *
in_dir(const char *name)
{
	static char path[4][256];
	static unsigned n;
	char *p = path[n++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static void
put(const char *name, const void *text, size_t len, mode_t mode)
{
	const char *path = in_dir(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_return_code(fchmod(fd, mode), errno);
	close(fd);
}

static void
put_text(const char *name, const char *text)
{
	put(name, text, strlen(text), 0600);
}

/* A descriptor as a shell leaves it to a program, with that to be read. */
static int
inherited(const char *text)
{
	int fds[2];

	assert_return_code(pipe(fds), errno);
	assert_int_equal(write(fds[1], text, strlen(text)),
	    (ssize_t)strlen(text));
	close(fds[1]);
	return fds[0];
}

static int
setup(void **state)
{
	(void)state;
	setenv("HOME", dir, 1);
	setenv("LOGNAME", "joe", 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink(in_dir(".netrc"));
	unlink(in_dir("cred/work"));
	return 0;
}

static void
refuses_word(const char *word, const char *msg)
{
	char words[512];

	snprintf(words, sizeof(words), "password \"%s\"", word);
	refuses("", words, msg);
}

static void
a_password_must_fit_a_command(void **state)
{
	char word[300], words[400];

	(void)state;
	gives("", "password \"x y #,;=\"", "x y #,;=");
	refuses_word("", "the password is empty");
	refuses_word("x\\r\\nDELE 1", "the password holds an end of line");
	refuses_word("x\\n", "the password holds an end of line");
	refuses_word("x\\r", "the password holds an end of line");
	snprintf(word, sizeof(word), "%0248d", 0);
	snprintf(words, sizeof(words), "password \"%s\"", word);
	gives("", words, word);
	snprintf(word, sizeof(word), "%0249d", 0);
	refuses_word(word, "the password is longer than 248 octets");
}

static void
a_command_gives_it(void **state)
{
	(void)state;
	gives(root(), "passwordeval 'echo hush'", "hush");
	gives(root(), "passwordeval 'printf hush'", "hush");
	gives(root(), "passwordeval 'printf \" a b \"'", " a b ");
	gives(root(), "passwordeval 'echo "
	    "$POPFETCH_ACCOUNT/$POPFETCH_USER/$POPFETCH_HOST'",
	    "work/joe/pop.example.org");
	gives(root(), "passwordeval 'printf %0248d 7'",
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000000000000000000000000000000000000007");
}

static void
what_a_command_prints_must_be_a_password(void **state)
{
	static const char by_hand[] = "try the command by hand: it must print "
	    "the password and nothing else";

	(void)state;
	refuses(root(), "passwordeval true",
	    "passwordeval: the password is empty");
	assert_string_equal(err.hint, by_hand);
	refuses(root(), "passwordeval echo",
	    "passwordeval: the password is empty");
	assert_string_equal(err.hint, by_hand);
	refuses(root(), "passwordeval 'printf \"hush\\\\n\\\\n\"'",
	    "passwordeval: the password holds an end of line");
	assert_string_equal(err.hint, by_hand);
	refuses(root(), "passwordeval 'printf \"hush\\\\r\\\\n\"'",
	    "passwordeval: the password holds an end of line");
	refuses(root(), "passwordeval 'printf \"hush\\\\0x\"'",
	    "passwordeval: the password holds a NUL");
	refuses(root(), "passwordeval 'printf %0249d 0'",
	    "passwordeval: the password is longer than 248 octets");
	refuses(root(), "passwordeval 'printf %065537d 0'",
	    "passwordeval: the command prints more than 65536 octets");
	refuses(root(), "passwordeval 'echo hush; exit 3'",
	    "passwordeval: exit status 3");
}

static void
no_command_is_run_as_root_unasked(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	refuses("", "passwordeval 'echo x'",
	    "the command of passwordeval is not run as root");
	assert_string_equal(err.hint,
	    "add 'set runas USER', or 'set runas root'");
}

static void
a_command_is_not_run_before_it_is_time(void **state)
{
	char text[512];
	struct conf *c;

	(void)state;
	snprintf(text, sizeof(text), "%spoll work user joe "
	    "passwordeval 'echo >>%s; echo x'", root(), in_dir("ran"));
	c = conf_of(text);
	assert_int_equal(secret_get(c, c->accounts[0], &err), 0);
	assert_null(c->accounts[0]->password);
	assert_int_equal(access(in_dir("ran"), F_OK), -1);
	assert_int_equal(secret_ask(c->accounts[0], NULL, &err), 0);
	assert_int_equal(access(in_dir("ran"), F_OK), 0);
	/* And once. */
	unlink(in_dir("ran"));
	assert_int_equal(secret_ask(c->accounts[0], NULL, &err), 0);
	assert_int_equal(access(in_dir("ran"), F_OK), -1);
	conf_free(c);
}

static void
a_file_gives_it(void **state)
{
	char msg[512];

	(void)state;
	put_text("secret", "hush\n");
	gives("", "passwordfile secret", "hush");
	put_text("secret", "hush");
	gives("", "passwordfile secret", "hush");
	put("secret", "hush\0x\n", 7, 0600);
	snprintf(msg, sizeof(msg), "passwordfile: %s: holds a NUL octet",
	    in_dir("secret"));
	refuses("", "passwordfile secret", msg);
	put_text("secret", "hush\nhush\n");
	snprintf(msg, sizeof(msg), "passwordfile: %s: the password holds an "
	    "end of line", in_dir("secret"));
	refuses("", "passwordfile secret", msg);
	assert_string_equal(err.hint, "it must hold the password and nothing "
	    "else");
	put_text("secret", "");
	snprintf(msg, sizeof(msg), "passwordfile: %s: the password is empty",
	    in_dir("secret"));
	refuses("", "passwordfile secret", msg);
	unlink(in_dir("secret"));
	snprintf(msg, sizeof(msg), "passwordfile: %s: No such file or "
	    "directory", in_dir("secret"));
	refuses("", "passwordfile secret", msg);
	assert_string_equal(err.hint, "write the password there, with mode 600, "
	    "or correct the name");
	snprintf(msg, sizeof(msg), "passwordfile: %s/.: not a regular file",
	    dir);
	refuses("", "passwordfile .", msg);
}

static void
a_large_file_is_refused(void **state)
{
	static char octets[65537];
	char msg[512];

	(void)state;
	memset(octets, 'x', sizeof(octets));
	put("secret", octets, sizeof(octets), 0600);
	snprintf(msg, sizeof(msg), "passwordfile: %s: larger than 64 KiB",
	    in_dir("secret"));
	refuses("", "passwordfile secret", msg);
	unlink(in_dir("secret"));
}

static void
a_file_open_to_others_is_refused(void **state)
{
	static const mode_t open_modes[] = {
		0640, 0620, 0610, 0604, 0602, 0601,
	};
	char msg[512], hint[512];
	size_t i;

	(void)state;
	snprintf(msg, sizeof(msg), "passwordfile: %s: holds a password and is "
	    "open to others", in_dir("secret"));
	snprintf(hint, sizeof(hint), "chmod 600 %s", in_dir("secret"));
	for (i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
		put("secret", "hush\n", 5, open_modes[i]);
		refuses("", "passwordfile secret", msg);
		assert_string_equal(err.hint, hint);
	}
	put("secret", "hush\n", 5, 0400);
	gives("", "passwordfile secret", "hush");
	unlink(in_dir("secret"));
}

static void
a_file_of_another_user_is_refused(void **state)
{
	char msg[512];

	(void)state;
	if (geteuid() != 0)
		skip();
	put_text("secret", "hush\n");
	assert_return_code(chown(in_dir("secret"), 12345, 0), errno);
	snprintf(msg, sizeof(msg), "passwordfile: %s: belongs to user 12345, "
	    "not to 0", in_dir("secret"));
	refuses("", "passwordfile secret", msg);
	assert_string_equal(err.hint, "");
	unlink(in_dir("secret"));
	put_text(".netrc", "machine work login joe password hush\n");
	assert_return_code(chown(in_dir(".netrc"), 12345, 0), errno);
	snprintf(msg, sizeof(msg), "%s: belongs to user 12345, not to 0",
	    in_dir(".netrc"));
	refuses("", "", msg);
}

static void
a_descriptor_gives_a_line_to_each(void **state)
{
	const int fd = inherited("one\ntwo\nthree");
	char text[256];
	struct conf *c;

	(void)state;
	snprintf(text, sizeof(text), "poll a passwordfd %d poll b passwordfd %d "
	    "poll c passwordfd %d poll d passwordfd %d", fd, fd, fd, fd);
	c = conf_of(text);
	assert_int_equal(get(c, c->accounts[0]), 0);
	assert_int_equal(get(c, c->accounts[1]), 0);
	assert_int_equal(get(c, c->accounts[2]), 0);
	assert_string_equal(c->accounts[0]->password, "one");
	assert_string_equal(c->accounts[1]->password, "two");
	assert_string_equal(c->accounts[2]->password, "three");
	assert_int_equal(get(c, c->accounts[3]), -1);
	snprintf(text, sizeof(text), "passwordfd %d: the password is empty",
	    fd);
	assert_string_equal(err.msg, text);
	secret_close(c);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	conf_free(c);
}

static void
a_descriptor_must_be_an_inherited_one(void **state)
{
	char words[64], msg[64];
	int fd = inherited("hush\n");

	(void)state;
	snprintf(words, sizeof(words), "passwordfd %d", fd);
	snprintf(msg, sizeof(msg), "passwordfd %d: not open", fd);
	/* One that this program opened. */
	assert_return_code(fcntl(fd, F_SETFD, FD_CLOEXEC), errno);
	refuses("", words, msg);
	close(fd);
	refuses("", words, msg);
	fd = open(dir, O_RDONLY);
	snprintf(words, sizeof(words), "passwordfd %d", fd);
	snprintf(msg, sizeof(msg), "passwordfd %d: Is a directory", fd);
	refuses("", words, msg);
	close(fd);
}

static void
a_line_of_a_descriptor_has_its_limits(void **state)
{
	char line[300], words[64], msg[128];
	int fd;

	(void)state;
	snprintf(line, sizeof(line), "%0248d\n", 0);
	fd = inherited(line);
	snprintf(words, sizeof(words), "passwordfd %d", fd);
	line[248] = '\0';
	gives("", words, line);
	close(fd);
	snprintf(line, sizeof(line), "%0249d\n", 0);
	fd = inherited(line);
	snprintf(words, sizeof(words), "passwordfd %d", fd);
	snprintf(msg, sizeof(msg), "passwordfd %d: the password is longer than "
	    "248 octets", fd);
	refuses("", words, msg);
	close(fd);
}

static void
a_credential_gives_it(void **state)
{
	char msg[512];

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", in_dir("cred"), 1);
	/* As systemd makes it, with an ACL. */
	put("cred/work", "hush\n", 5, 0440);
	gives("", "", "hush");
	put_text("cred/work", "two\nlines\n");
	snprintf(msg, sizeof(msg), "%s: the password holds an end of line",
	    in_dir("cred/work"));
	refuses("", "", msg);
	unlink(in_dir("cred/work"));
	put_text(".netrc", "machine work login joe password netrc\n");
	gives("", "", "netrc");
	assert_return_code(mkdir(in_dir("cred/work"), 0700), errno);
	snprintf(msg, sizeof(msg), "%s: not a regular file",
	    in_dir("cred/work"));
	refuses("", "", msg);
	rmdir(in_dir("cred/work"));
}

static void
a_label_is_no_path_of_a_credential(void **state)
{
	struct conf *c = conf_of("poll '../secret' via a user joe");

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", in_dir("cred"), 1);
	put_text("secret", "hush");
	put_text(".netrc", "machine a login joe password netrc\n");
	assert_int_equal(get(c, c->accounts[0]), 0);
	assert_string_equal(c->accounts[0]->password, "netrc");
	unlink(in_dir("secret"));
	conf_free(c);
	c = conf_of("poll '..' via a user joe");
	assert_int_equal(get(c, c->accounts[0]), 0);
	assert_string_equal(c->accounts[0]->password, "netrc");
	conf_free(c);
}

static void
netrc_gives_it(void **state)
{
	char msg[512];

	(void)state;
	put_text(".netrc", "machine pop.example.org login joe password host\n");
	gives("", "", "host");
	put_text(".netrc", "machine work login joe password \"\"\n");
	snprintf(msg, sizeof(msg), "%s: the password is empty",
	    in_dir(".netrc"));
	refuses("", "", msg);
	put(".netrc", "machine work login joe password hush\n", 37, 0644);
	snprintf(msg, sizeof(msg), "%s: holds a password and is open to "
	    "others", in_dir(".netrc"));
	refuses("", "", msg);
	snprintf(msg, sizeof(msg), "chmod 600 %s", in_dir(".netrc"));
	assert_string_equal(err.hint, msg);
}

static void
the_first_source_counts(void **state)
{
	char words[256];
	int fd;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", in_dir("cred"), 1);
	put_text("cred/work", "credential");
	put_text(".netrc", "machine work login joe password netrc\n");
	put_text("secret", "file");
	fd = inherited("descriptor\n");
	snprintf(words, sizeof(words), "passwordfd %d passwordfile secret "
	    "passwordeval 'echo command' password rc", fd);
	gives(root(), words, "rc");
	*strstr(words, "password rc") = '\0';
	gives(root(), words, "command");
	*strstr(words, "passwordeval") = '\0';
	gives("", words, "file");
	*strstr(words, "passwordfile") = '\0';
	gives("", words, "descriptor");
	close(fd);
	gives("", "", "credential");
	unlink(in_dir("cred/work"));
	gives("", "", "netrc");
	unlink(in_dir("secret"));
}

/* A mistake in what is said is not covered up by what may be there. */
static void
a_source_that_is_said_is_not_passed_over(void **state)
{
	char msg[512];

	(void)state;
	put_text(".netrc", "machine work login joe password netrc\n");
	refuses(root(), "passwordeval false", "passwordeval: exit status 1");
	snprintf(msg, sizeof(msg), "passwordfile: %s: No such file or "
	    "directory", in_dir("none"));
	refuses("", "passwordfile none", msg);
}

static int
make_dir(void **state)
{
	(void)state;
	log_open(LOG_LVL_ERROR);
	return mkdtemp(dir) == NULL || mkdir(in_dir("cred"), 0700) == -1 ?
	    -1 : 0;
}

static int
remove_dir(void **state)
{
	setup(state);
	unlink(in_dir("ran"));
	unlink(in_dir("secret"));
	rmdir(in_dir("cred"));
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_password_must_fit_a_command, setup),
		cmocka_unit_test_setup(a_command_gives_it, setup),
		cmocka_unit_test_setup(
		    what_a_command_prints_must_be_a_password, setup),
		cmocka_unit_test_setup(
		    no_command_is_run_as_root_unasked, setup),
		cmocka_unit_test_setup(
		    a_command_is_not_run_before_it_is_time, setup),
		cmocka_unit_test_setup(a_file_gives_it, setup),
		cmocka_unit_test_setup(a_large_file_is_refused, setup),
		cmocka_unit_test_setup(
		    a_file_open_to_others_is_refused, setup),
		cmocka_unit_test_setup(
		    a_file_of_another_user_is_refused, setup),
		cmocka_unit_test_setup(
		    a_descriptor_gives_a_line_to_each, setup),
		cmocka_unit_test_setup(
		    a_descriptor_must_be_an_inherited_one, setup),
		cmocka_unit_test_setup(
		    a_line_of_a_descriptor_has_its_limits, setup),
		cmocka_unit_test_setup(a_credential_gives_it, setup),
		cmocka_unit_test_setup(
		    a_label_is_no_path_of_a_credential, setup),
		cmocka_unit_test_setup(netrc_gives_it, setup),
		cmocka_unit_test_setup(the_first_source_counts, setup),
		cmocka_unit_test_setup(
		    a_source_that_is_said_is_not_passed_over, setup),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
