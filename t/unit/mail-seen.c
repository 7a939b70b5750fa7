/*
 * What a Maildir has already, and the sentinel.
 */
#include <sys/stat.h>
#include <fcntl.h>
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
#include "base/file.h"
#include "base/text.h"
#include "mail/seen.h"
#include "mail/sentinel.h"

static char root[64];
static int dir, dir_new, dir_cur;

static int
set_up(void **state)
{
	struct err err = { .kind = ERR_NONE };

	(void)state;
	strcpy(root, "/tmp/popfetch-seen.XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	dir = file_opendir(root, false, &err);
	dir_new = file_opendirat(dir, "new", true, root, &err);
	dir_cur = file_opendirat(dir, "cur", true, root, &err);
	return err_isset(&err) ? -1 : 0;
}

static int
tear_down(void **state)
{
	char cmd[128];

	(void)state;
	close(dir_new);
	close(dir_cur);
	close(dir);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	return system(cmd);
}

static void
put(int at, const char *name)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd != -1);
	close(fd);
}

/* The token that name has ends with that octet; -1: it has none. */
static int
last_octet(const char *name)
{
	uint8_t token[SEEN_TOKEN_LEN];

	return seen_in_name(token, name) ? token[SEEN_TOKEN_LEN - 1] : -1;
}

#define T(xx)	"U0102030405060708090a0b" xx

static void
token_is_found_where_it_stands(void **state)
{
	(void)state;
	assert_int_equal(last_octet("1.M2P3Q4" T("0c") ".host,S=5"), 0x0c);
	assert_int_equal(last_octet("1.M2P3Q4" T("ff") ".host,S=5:2,RS"), 0xff);
	assert_int_equal(last_octet("1." T("0c") ".a.b.c"), 0x0c);
	assert_int_equal(last_octet("1.M2P3" T("0c")), -1);
	assert_int_equal(last_octet("1.M2P3" T("0") ".host"), -1);
	assert_int_equal(last_octet("1.M2P3" T("0cd") ".host"), -1);
	assert_int_equal(last_octet("1.M2P3" T("0g") ".host"), -1);
	assert_int_equal(last_octet("1.M2P3V0102030405060708090a0b0c.h"), -1);
	assert_int_equal(last_octet("1.M2P3Q4.host." T("0c") ".x"), -1);
	assert_int_equal(last_octet("0102030405060708090a0b0c"), -1);
	assert_int_equal(last_octet(".0102030405060708090a0b0c."), -1);
	assert_int_equal(last_octet(".."), -1);
	assert_int_equal(last_octet(""), -1);
}

static void
token_is_of_account_uid_and_content(void **state)
{
	uint8_t a[SEEN_TOKEN_LEN], b[SEEN_TOKEN_LEN];
	uint8_t digest[DIGEST_LEN] = { 1 };

	(void)state;
	seen_token(a, "joe@host", "uid", 3, digest);
	seen_token(b, "joe@host", "uid", 3, digest);
	assert_memory_equal(a, b, sizeof(a));
	seen_token(b, "joe@hos", "tuid", 4, digest);
	assert_memory_not_equal(a, b, sizeof(a));
	seen_token(b, "joe@host", "uie", 3, digest);
	assert_memory_not_equal(a, b, sizeof(a));
	digest[DIGEST_LEN - 1] = 1;
	seen_token(b, "joe@host", "uid", 3, digest);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* How many files have T with that last octet. */
static size_t
count(const struct seen *s, unsigned octet)
{
	uint8_t token[SEEN_TOKEN_LEN];
	char name[64];

	snprintf(name, sizeof(name), "1." T("%02x") ".h", octet);
	assert_true(seen_in_name(token, name));
	return seen_count(s, token);
}

static void
files_are_counted_in_new_and_cur(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct seen *s;
	char name[64];
	unsigned i;

	(void)state;
	assert_non_null(s = seen_read(dir_new, dir_cur, root, &err));
	assert_int_equal(seen_total(s), 0);
	assert_int_equal(count(s, 1), 0);
	seen_free(s);

	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "%u." T("%02x") ".h%s", i,
		    i % 200, i % 2 == 0 ? "" : ":2,S");
		put(i % 3 == 0 ? dir_new : dir_cur, name);
	}
	put(dir_cur, "1." T("c9") ".h:2,");
	put(dir_new, "1234567890.M1P2.other");
	assert_non_null(s = seen_read(dir_new, dir_cur, root, &err));
	assert_int_equal(seen_total(s), 601);
	for (i = 0; i < 200; i++)
		assert_int_equal(count(s, i), 3);
	assert_int_equal(count(s, 200), 0);
	assert_int_equal(count(s, 201), 1);
	assert_int_equal(count(s, 255), 0);
	seen_free(s);
}

static void
names_are_found_with_any_flags(void **state)
{
	struct seen_name names[] = {
		{ .name = "z", .entry = 0 }, { .name = "b", .entry = 1 },
		{ .name = "a", .entry = 2 }, { .name = "ab", .entry = 3 },
		{ .name = "c", .entry = 4 },
	};
	static const bool want[] = { false, true, true, false, true };
	struct err err = { .kind = ERR_NONE };
	size_t i;

	(void)state;
	put(dir_new, "b");
	put(dir_cur, "a:2,FS");
	put(dir_cur, "abc:2,");
	put(dir_cur, "c:2,S");
	assert_int_equal(seen_names(dir_new, dir_cur, names, 5, root, &err), 0);
	for (i = 0; i < 5; i++)
		assert_int_equal(names[i].found, want[names[i].entry]);
}

static void
unreadable_directory_is_an_error(void **state)
{
	struct seen_name name = { .name = "a" };
	struct err err = { .kind = ERR_NONE };

	(void)state;
	assert_null(seen_read(dir_new, -1, root, &err));
	assert_int_equal(err.kind, ERR_IO);
	err_clear(&err);
	assert_int_equal(seen_names(-1, dir_cur, &name, 1, root, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(seen_names(-1, dir_cur, &name, 0, root, &err), 0);
}

static void
sentinel_keeps_the_last_number(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	uint64_t n = 7;
	struct stat st;

	(void)state;
	assert_int_equal(sentinel_there(-1, "joe", "x", &err), 0);
	assert_int_equal(sentinel_there(dir, "joe", "x", &err), 0);
	assert_false(sentinel_read(dir, "joe", &n));
	sentinel_note(dir, "joe", 3);
	assert_int_equal(sentinel_there(dir, "joe", "x", &err), 0);

	assert_int_equal(sentinel_make(dir, "joe", 12, root, &err), 0);
	assert_int_equal(sentinel_there(dir, "joe", "x", &err), 1);
	assert_true(sentinel_read(dir, "joe", &n));
	assert_int_equal(n, 12);

	/* It stays as old as it was made. */
	assert_int_equal(utimensat(dir, "joe.alive", old, 0), 0);
	sentinel_note(dir, "joe", UINT64_MAX);
	sentinel_note(dir, "joe", 9);
	assert_true(sentinel_read(dir, "joe", &n));
	assert_int_equal(n, 9);
	assert_int_equal(fstatat(dir, "joe.alive", &st, 0), 0);
	assert_int_equal(st.st_mtime, 1000);

	assert_int_equal(sentinel_make(dir, "joe", 0, root, &err), 0);
	assert_int_equal(fstatat(dir, "joe.alive", &st, 0), 0);
	assert_true(st.st_mtime > 1000);
	assert_true(sentinel_read(dir, "joe", &n));
	assert_int_equal(n, 0);
}

static void
sentinel_that_is_torn_holds_no_number(void **state)
{
	static const char *const torn[] = {
		"", "12\n", "0000000000000000001\n",
		"000000000000000000012", "00000000000000000012\n1",
		"x0000000000000000012\n", "00000000000000000012 ",
	};
	struct err err = { .kind = ERR_NONE };
	uint64_t n = 7;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		fd = openat(dir, "joe.alive", O_WRONLY | O_CREAT | O_TRUNC,
		    0600);
		assert_int_equal(write(fd, torn[i], strlen(torn[i])),
		    strlen(torn[i]));
		close(fd);
		assert_int_equal(sentinel_there(dir, "joe", "x", &err), 1);
		assert_false(sentinel_read(dir, "joe", &n));
		assert_int_equal(n, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_is_found_where_it_stands),
		cmocka_unit_test(token_is_of_account_uid_and_content),
		cmocka_unit_test_setup_teardown(
		    files_are_counted_in_new_and_cur, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    names_are_found_with_any_flags, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    unreadable_directory_is_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    sentinel_keeps_the_last_number, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    sentinel_that_is_torn_holds_no_number, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
