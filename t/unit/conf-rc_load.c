/*
 * Finding the run-control file, and the permissions it must have.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/conf.h"
#include "conf/rc_parse.h"

struct place {
	char	dir[64];
	char	file[96];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	snprintf(p->dir, sizeof(p->dir), "/tmp/popfetch-rc.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->file, sizeof(p->file), "%s/rc", p->dir);
	setenv("HOME", p->dir, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("CONFIGURATION_DIRECTORY");
	unsetenv("POPFETCH_CONFIG");
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	int r;

	unlink(p->file);
	r = rmdir(p->dir);
	free(p);
	return r;
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Loads path; expected is NULL, or what the error's text ends in. */
static void
loads(const char *path, const char *expected, const char *hint)
{
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	int r = rc_load(c, path, &err);
	size_t n;

	if (expected == NULL) {
		if (r == -1)
			fail_msg("%s", err.msg);
		assert_int_equal(c->naccounts, 1);
	} else {
		assert_int_equal(r, -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		n = strlen(err.msg);
		assert_true(n >= strlen(expected));
		assert_string_equal(err.msg + n - strlen(expected), expected);
		if (strstr(err.hint, hint) == NULL)
			fail_msg("hint '%s', not '%s'", err.hint, hint);
	}
	conf_free(c);
}

static void
a_password_wants_a_private_file(void **state)
{
	struct place *p = *state;
	char hint[128];

	snprintf(hint, sizeof(hint), "chmod 600 %s", p->file);
	write_file(p->file, "poll a pass x", 0600);
	loads(p->file, NULL, NULL);
	write_file(p->file, "poll a pass x", 0640);
	loads(p->file, "holds a password and is open to others", hint);
	write_file(p->file, "poll a pass x", 0604);
	loads(p->file, "holds a password and is open to others", hint);
	write_file(p->file, "defaults pass x poll a pass y", 0610);
	loads(p->file, "holds a password and is open to others", hint);
	write_file(p->file, "poll a", 0644);
	loads(p->file, NULL, NULL);
}

static void
a_file_others_can_change_is_refused(void **state)
{
	struct place *p = *state;

	write_file(p->file, "poll a", 0660);
	loads(p->file, "can be changed by others", "chmod go-w");
	write_file(p->file, "poll a", 0602);
	loads(p->file, "can be changed by others", "chmod go-w");
}

static void
a_file_of_another_user_is_refused(void **state)
{
	struct place *p = *state;

	if (geteuid() != 0)
		skip();
	write_file(p->file, "poll a", 0600);
	assert_int_equal(chown(p->file, 1234, 0), 0);
	loads(p->file, "belongs to user 1234, not to you", "");
}

static void
only_a_regular_file_is_read(void **state)
{
	struct place *p = *state;

	loads(p->dir, "not a regular file", "-f -");
	assert_int_equal(mkfifo(p->file, 0600), 0);
	loads(p->file, "not a regular file", "-f -");
	unlink(p->file);
}

static void
a_symbolic_link_is_followed(void **state)
{
	struct place *p = *state;
	char link[128];

	snprintf(link, sizeof(link), "%s/link", p->dir);
	write_file(p->file, "poll a", 0644);
	assert_int_equal(symlink("rc", link), 0);
	loads(link, NULL, NULL);
	unlink(link);
}

static void
a_missing_file_is_told_with_the_default(void **state)
{
	struct place *p = *state;

	loads(p->file, "No such file or directory",
	    "without -f it is ~/.config/popfetch/config");
	loads(NULL, "no run-control file", "~/.config/popfetch/config");
	setenv("POPFETCH_CONFIG", p->file, 1);
	loads(NULL, "No such file or directory", "POPFETCH_CONFIG names it");
	unsetenv("POPFETCH_CONFIG");
}

static void
the_file_is_looked_for_in_order(void **state)
{
	static const char *const dirs[] = {
		"c", "x", "x/popfetch", ".config", ".config/popfetch",
	};
	static const char *const files[] = {
		"rc", "c/config", "x/popfetch/config",
		".config/popfetch/config", ".popfetchrc",
	};
	struct place *p = *state;
	char path[160], text[32];
	struct err err;
	struct conf *c;
	size_t i, n;

	for (i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	for (i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, files[i]);
		snprintf(text, sizeof(text), "poll n%zu", i);
		write_file(path, text, 0600);
	}
	setenv("POPFETCH_CONFIG", p->file, 1);
	snprintf(path, sizeof(path), "%s/c", p->dir);
	setenv("CONFIGURATION_DIRECTORY", path, 1);
	snprintf(path, sizeof(path), "%s/x", p->dir);
	setenv("XDG_CONFIG_HOME", path, 1);
	for (i = 0; i < 5; i++) {
		c = conf_new();
		err_clear(&err);
		if (rc_load(c, NULL, &err) == -1)
			fail_msg("%s", err.msg);
		snprintf(text, sizeof(text), "n%zu", i);
		assert_string_equal(c->accounts[0]->label, text);
		snprintf(path, sizeof(path), "%s/%s", p->dir, files[i]);
		assert_string_equal(c->rcfile, path);
		n = (size_t)(strrchr(path, '/') - path);
		assert_int_equal(strlen(c->rcdir), n);
		assert_memory_equal(c->rcdir, path, n);
		conf_free(c);
		unlink(path);
		if (i == 0)
			unsetenv("POPFETCH_CONFIG");
		if (i == 2)
			unsetenv("XDG_CONFIG_HOME");
	}
	for (i = 5; i > 0; i--) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, dirs[i - 1]);
		assert_int_equal(rmdir(path), 0);
	}
}

static void
the_last_edit_of_the_file_is_known(void **state)
{
	const struct timespec times[2] = { { .tv_sec = 7 }, { .tv_sec = 9 } };
	struct place *p = *state;
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();

	write_file(p->file, "poll a", 0600);
	assert_int_equal(utimensat(AT_FDCWD, p->file, times, 0), 0);
	assert_int_equal(rc_load(c, p->file, &err), 0);
	assert_true(c->changed == 9);
	conf_free(c);
}

static void
a_relative_file_has_an_absolute_directory(void **state)
{
	struct place *p = *state;
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	char cwd[4096];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	write_file(p->file, "poll a", 0600);
	assert_int_equal(chdir(p->dir), 0);
	assert_int_equal(rc_load(c, "rc", &err), 0);
	assert_string_equal(c->rcdir, p->dir);
	assert_int_equal(chdir(cwd), 0);
	conf_free(c);
}

static void
standard_input_is_read(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	int saved = dup(0);
	FILE *f = tmpfile();
	size_t i, lines = 200000;

	(void)state;
	/* More than one read, and of a file whose mode does not matter. */
	assert_non_null(f);
	for (i = 1; i < lines; i++)
		fputc('\n', f);
	fputs("poll a pass xx", f);
	rewind(f);
	assert_int_equal(dup2(fileno(f), 0), 0);
	fclose(f);
	assert_int_equal(rc_load(c, "-", &err), 0);
	assert_string_equal(c->accounts[0]->password, "xx");
	assert_int_equal(c->accounts[0]->line, lines);
	assert_true(c->changed == 0);
	close(0);
	if (saved != -1) {
		dup2(saved, 0);
		close(saved);
	}
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_password_wants_a_private_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_file_others_can_change_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_file_of_another_user_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    only_a_regular_file_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_symbolic_link_is_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_missing_file_is_told_with_the_default, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_file_is_looked_for_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_last_edit_of_the_file_is_known, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_relative_file_has_an_absolute_directory, setup,
		    teardown),
		cmocka_unit_test(standard_input_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
