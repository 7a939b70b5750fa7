/*
 * Tests of base/file.  Some system calls are defined here, in front of libc's,
 * so that they can be counted and made to fail.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/file.h"

/* What a call of ours does next; all zero: what the system does. */
static struct {
	int	fail;		/* errno that it answers with */
	bool	after;		/* only after doing its work: a lost answer */
	int	calls;
} next_move, next_link, next_datasync, next_sync, next_write;

static size_t write_max;	/* octets that a write takes; 0: all */

static char root[PATH_MAX];
static int dir = -1;

#ifdef __linux__
int
renameat2(int fromdir, const char *from, int todir, const char *to,
    unsigned flags)
{
	long r = 0;

	next_move.calls++;
	if (next_move.fail == 0 || next_move.after)
		r = syscall(SYS_renameat2, fromdir, from, todir, to, flags);
	if (next_move.fail != 0) {
		errno = next_move.fail;
		return -1;
	}
	return (int)r;
}

int
linkat(int fromdir, const char *from, int todir, const char *to, int flags)
{
	long r = 0;

	next_link.calls++;
	if (next_link.fail == 0 || next_link.after)
		r = syscall(SYS_linkat, fromdir, from, todir, to, flags);
	if (next_link.fail != 0) {
		errno = next_link.fail;
		return -1;
	}
	return (int)r;
}

int
fdatasync(int fd)
{
	next_datasync.calls++;
	if (next_datasync.fail != 0) {
		errno = next_datasync.fail;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	next_sync.calls++;
	if (next_sync.fail != 0) {
		errno = next_sync.fail;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (fd > STDERR_FILENO && next_write.calls++ % 2 == 0 &&
	    next_write.fail != 0) {
		errno = next_write.fail;
		return -1;
	}
	if (fd > STDERR_FILENO && write_max != 0 && len > write_max)
		len = write_max;
	return (ssize_t)syscall(SYS_write, fd, data, len);
}
#endif

/* For tests that mean nothing without the calls above. */
static void
need_fakes(void)
{
#ifndef __linux__
	skip();
#endif
}

static int
setup(void **state)
{
	const char *tmp;
	struct err err;

	(void)state;
	memset(&next_move, 0, sizeof(next_move));
	memset(&next_link, 0, sizeof(next_link));
	memset(&next_datasync, 0, sizeof(next_datasync));
	memset(&next_sync, 0, sizeof(next_sync));
	memset(&next_write, 0, sizeof(next_write));
	write_max = 0;
	if ((tmp = getenv("TMPDIR")) == NULL)
		tmp = "/tmp";
	snprintf(root, sizeof(root), "%s/base-file.XXXXXX", tmp);
	if (mkdtemp(root) == NULL)
		return -1;
	err_clear(&err);
	dir = file_opendir(root, false, &err);
	return dir == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	char cmd[PATH_MAX + 16];

	(void)state;
	close(dir);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	return system(cmd);
}

static const char *
under_root(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	struct err err;
	int fd;

	err_clear(&err);
	fd = file_create(dir, name, name, &err);
	assert_true(fd != -1);
	assert_int_equal(file_write(fd, text, strlen(text), name, &err), 0);
	close(fd);
}

static bool
exists(const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
assert_holds(const char *name, const char *want)
{
	char text[256];
	ssize_t n;
	int fd;

	assert_true((fd = openat(dir, name, O_RDONLY)) != -1);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
}

static void
assert_mode(int at, const char *name, mode_t want)
{
	struct stat st;

	assert_int_equal(fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, want);
}

static void
assert_err(const struct err *err, enum err_kind kind, int sys)
{
	assert_int_equal(err->kind, kind);
	assert_int_equal(err->sys, sys);
	assert_true(err->msg[0] != '\0');
}

static void
new_file_is_private_and_really_new(void **state)
{
	struct err err;
	char back[4];
	int fd;

	(void)state;
	err_clear(&err);
	fd = file_create(dir, "a", "label", &err);
	assert_true(fd != -1);
	assert_mode(dir, "a", 0600);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(file_write(fd, "abc", 3, "a", &err), 0);
	assert_int_equal(pread(fd, back, 3, 0), 3);
	close(fd);
	assert_int_equal(file_create(dir, "a", "label", &err), -1);
	assert_err(&err, ERR_CANTCREAT, EEXIST);
	assert_memory_equal(err.msg, "label: ", 7);
	assert_holds("a", "abc");
}

static void
new_file_does_not_follow_a_link(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	assert_int_equal(symlinkat("victim", dir, "a"), 0);
	assert_int_equal(file_create(dir, "a", "a", &err), -1);
	assert_err(&err, ERR_CANTCREAT, EEXIST);
	assert_false(exists("victim"));
}

static void
write_goes_on_after_short_writes_and_eintr(void **state)
{
	struct err err;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	fd = file_create(dir, "a", "a", &err);
	write_max = 3;
	next_write.fail = EINTR;
	assert_int_equal(file_write(fd, "abcdefghij", 10, "a", &err), 0);
	assert_int_equal(next_write.calls, 8);
	close(fd);
	assert_holds("a", "abcdefghij");
}

static void
failed_write_says_why(void **state)
{
	struct err err;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	fd = file_create(dir, "a", "a", &err);
	next_write.fail = ENOSPC;
	assert_int_equal(file_write(fd, "abc", 3, "a", &err), -1);
	assert_err(&err, ERR_IO, ENOSPC);
	close(fd);
}

static void
failed_sync_is_told_and_not_tried_again(void **state)
{
	struct err err;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	fd = file_create(dir, "a", "a", &err);
	assert_int_equal(file_sync(fd, "a", &err), 0);
	assert_int_equal(next_datasync.calls, 1);
	next_datasync.fail = EIO;
	assert_int_equal(file_sync(fd, "a", &err), -1);
	assert_err(&err, ERR_IO, EIO);
	assert_int_equal(next_datasync.calls, 2);
	next_datasync.fail = EINTR;
	assert_int_equal(file_sync(fd, "a", &err), -1);
	assert_int_equal(next_datasync.calls, 3);
	close(fd);
}

static void
failed_directory_sync_is_told(void **state)
{
	struct err err;

	(void)state;
	need_fakes();
	err_clear(&err);
	assert_int_equal(file_syncdir(dir, "d", &err), 0);
	assert_int_equal(next_sync.calls, 1);
	next_sync.fail = EINVAL;
	assert_int_equal(file_syncdir(dir, "d", &err), 0);
	next_sync.fail = EIO;
	assert_int_equal(file_syncdir(dir, "d", &err), -1);
	assert_err(&err, ERR_IO, EIO);
	assert_int_equal(next_sync.calls, 3);
}

static void
syncfs_works_or_declines(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	assert_in_range(file_syncfs(dir, "d", &err), 0, 1);
	assert_false(err_isset(&err));
}

static void
move_moves(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	put("a", "text");
	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	assert_int_equal(file_move(dir, "a", dir, "d/b", "b", &err), 0);
	assert_false(exists("a"));
	assert_holds("d/b", "text");
}

static void
move_never_overwrites(void **state)
{
	struct err err;
	int i;

	(void)state;
	put("a", "new");
	put("b", "old");
	for (i = 0; i < 2; i++) {
		err_clear(&err);
		assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), -1);
		assert_err(&err, ERR_CANTCREAT, EEXIST);
		assert_holds("a", "new");
		assert_holds("b", "old");
		next_move.fail = EINVAL;
	}
}

static void
move_of_nothing_is_an_error(void **state)
{
	struct err err;

	(void)state;
	put("b", "old");
	err_clear(&err);
	assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), -1);
	assert_err(&err, ERR_IO, ENOENT);
	assert_holds("b", "old");
}

static void
move_onto_itself_loses_nothing(void **state)
{
	struct err err;
	int i;

	(void)state;
	put("a", "text");
	for (i = 0; i < 2; i++) {
		err_clear(&err);
		assert_int_equal(file_move(dir, "a", dir, "a", "a", &err), -1);
		assert_err(&err, ERR_CANTCREAT, EEXIST);
		assert_holds("a", "text");
		next_move.fail = EINVAL;
	}
}

static void
move_links_where_rename_cannot(void **state)
{
	static const int answers[] = { ENOSYS, EINVAL };
	struct err err;
	size_t i;

	(void)state;
	need_fakes();
	for (i = 0; i < 2; i++) {
		err_clear(&err);
		put("a", "text");
		next_move.fail = answers[i];
		assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), 0);
		assert_int_equal(next_link.calls, i + 1);
		assert_false(exists("a"));
		assert_holds("b", "text");
		assert_int_equal(file_remove(dir, "b", "b", &err), 0);
	}
}

static void
move_with_a_lost_answer_succeeds(void **state)
{
	struct err err;

	(void)state;
	need_fakes();
	err_clear(&err);
	put("a", "text");
	next_move.fail = ENOENT;
	next_move.after = true;
	assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), 0);
	assert_false(exists("a"));
	assert_holds("b", "text");

	next_move.fail = EINVAL;
	next_move.after = false;
	next_link.fail = EEXIST;
	next_link.after = true;
	assert_int_equal(file_move(dir, "b", dir, "c", "c", &err), 0);
	assert_false(exists("b"));
	assert_holds("c", "text");
}

static void
move_is_not_taken_for_done_by_another_file(void **state)
{
	struct err err;

	(void)state;
	need_fakes();
	err_clear(&err);
	put("a", "new");
	put("b", "old");
	next_move.fail = ENOENT;
	assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), -1);
	assert_err(&err, ERR_IO, ENOENT);
	assert_holds("a", "new");
	assert_holds("b", "old");
}

static void
move_finishes_what_a_crash_left_linked(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	put("a", "text");
	assert_int_equal(linkat(dir, "a", dir, "b", 0), 0);
	assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), 0);
	assert_false(exists("a"));
	assert_holds("b", "text");
}

static void
failed_move_leaves_the_file(void **state)
{
	struct err err;

	(void)state;
	need_fakes();
	err_clear(&err);
	put("a", "text");
	next_move.fail = EDQUOT;
	assert_int_equal(file_move(dir, "a", dir, "b", "b", &err), -1);
	assert_err(&err, ERR_IO, EDQUOT);
	assert_holds("a", "text");
	assert_false(exists("b"));
}

static void
replace_syncs_file_then_directory(void **state)
{
	struct err err;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	put("name", "old");
	fd = file_create(dir, "tmp", "name", &err);
	assert_int_equal(file_write(fd, "new", 3, "name", &err), 0);

	next_datasync.fail = EIO;
	assert_int_equal(file_replace(fd, dir, "tmp", "name", "name", &err),
	    -1);
	assert_err(&err, ERR_IO, EIO);
	assert_holds("name", "old");

	err_clear(&err);
	next_datasync.fail = 0;
	next_sync.fail = EIO;
	assert_int_equal(file_replace(fd, dir, "tmp", "name", "name", &err),
	    -1);
	assert_err(&err, ERR_IO, EIO);
	close(fd);

	err_clear(&err);
	next_sync.fail = 0;
	fd = file_create(dir, "tmp", "name", &err);
	assert_int_equal(file_write(fd, "newer", 5, "name", &err), 0);
	assert_int_equal(file_replace(fd, dir, "tmp", "name", "name", &err),
	    0);
	close(fd);
	assert_holds("name", "newer");
	assert_false(exists("tmp"));
	assert_int_equal(next_datasync.calls, 3);
	assert_int_equal(next_sync.calls, 2);
}

static void
removing_nothing_is_no_error(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	put("a", "");
	assert_int_equal(file_remove(dir, "a", "a", &err), 0);
	assert_false(exists("a"));
	assert_int_equal(file_remove(dir, "a", "a", &err), 0);
	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	assert_int_equal(file_remove(dir, "d", "d", &err), -1);
	assert_int_equal(err.kind, ERR_IO);
}

static void
directory_is_made_when_asked_and_synced(void **state)
{
	struct err err;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	assert_int_equal(file_opendir(under_root("d"), false, &err), -1);
	assert_err(&err, ERR_IO, ENOENT);
	assert_false(exists("d"));

	err_clear(&err);
	assert_true((fd = file_opendir(under_root("d//"), true, &err)) != -1);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(next_sync.calls, 1);
	close(fd);
	assert_mode(dir, "d", 0700);

	assert_true((fd = file_opendir(under_root("d"), true, &err)) != -1);
	close(fd);
	assert_int_equal(next_sync.calls, 1);

	assert_int_equal(file_opendir(under_root("x/y"), true, &err), -1);
	assert_err(&err, ERR_CANTCREAT, ENOENT);
	assert_false(exists("x"));
}

static void
unsynced_new_directory_is_an_error(void **state)
{
	struct err err;

	(void)state;
	need_fakes();
	err_clear(&err);
	next_sync.fail = EIO;
	assert_int_equal(file_opendir(under_root("d"), true, &err), -1);
	assert_err(&err, ERR_IO, EIO);
}

static void
parents_are_made_when_asked(void **state)
{
	struct err err;
	int cwd, fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	fd = file_makedirs(under_root("a//b/c/"), &err);
	assert_true(fd != -1);
	close(fd);
	assert_mode(dir, "a", 0700);
	assert_mode(dir, "a/b", 0700);
	assert_mode(dir, "a/b/c", 0700);
	assert_int_equal(next_sync.calls, 3);

	assert_true((cwd = open(".", O_RDONLY)) != -1);
	assert_int_equal(fchdir(dir), 0);
	fd = file_makedirs("rel/x", &err);
	assert_int_equal(fchdir(cwd), 0);
	close(cwd);
	assert_true(fd != -1);
	close(fd);
	assert_mode(dir, "rel/x", 0700);

	assert_int_equal(file_makedirs("", &err), -1);
	assert_err(&err, ERR_CANTCREAT, ENOENT);
}

static void
user_may_link_his_maildir_but_nobody_a_name(void **state)
{
	struct err err;
	int fd;

	(void)state;
	err_clear(&err);
	assert_int_equal(mkdirat(dir, "real", 0700), 0);
	assert_int_equal(symlinkat("real", dir, "link"), 0);
	assert_true((fd = file_opendir(under_root("link"), true, &err)) != -1);
	close(fd);
	assert_int_equal(file_opendirat(dir, "link", false, "link", &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	err_clear(&err);
	assert_int_equal(file_opendirat(dir, "link", true, "link", &err), -1);
	assert_int_equal(err.kind, ERR_CANTCREAT);
	err_clear(&err);
	put("file", "");
	assert_int_equal(file_opendirat(dir, "file", true, "file", &err), -1);
	assert_err(&err, ERR_CANTCREAT, ENOTDIR);
	err_clear(&err);
	assert_int_equal(file_lock(dir, "link", "link", &err), -1);
	assert_err(&err, ERR_CANTCREAT, ELOOP);
}

static void
reserving_room_changes_no_size(void **state)
{
	struct stat st;
	struct err err;
	int fd;

	(void)state;
	err_clear(&err);
	fd = file_create(dir, "a", "a", &err);
	assert_int_equal(file_write(fd, "abc", 3, "a", &err), 0);
	file_reserve(fd, 65536);
	file_reserve(fd, 0);
	file_reserve(-1, 10);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 3);
	close(fd);
}

static void
lock_keeps_others_out_until_closed(void **state)
{
	struct err err;
	pid_t pid;
	int fd, status;

	(void)state;
	err_clear(&err);
	assert_true((fd = file_lock(dir, "lock", "lock", &err)) != -1);
	assert_mode(dir, "lock", 0600);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(file_lock(dir, "lock", "lock", &err), -1);
	assert_err(&err, ERR_TEMP, EWOULDBLOCK);

	/* A copy in another process holds it too. */
	err_clear(&err);
	if ((pid = fork()) == 0) {
		close(fd);
		_exit(file_lock(dir, "lock", "lock", &err) == -1 &&
		    err.kind == ERR_TEMP ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);

	close(fd);
	assert_true((fd = file_lock(dir, "lock", "lock", &err)) != -1);
	close(fd);
	assert_true(exists("lock"));
}

#ifdef ENABLE_FAULT
/* Runs a test in a process of its own, with these faults armed. */
static int
with_faults(const char *faults, int (*run)(void))
{
	pid_t pid;
	int status;

	if ((pid = fork()) == 0) {
		close(STDERR_FILENO);
		setenv("POPFETCH_FAULT", faults, 1);
		_exit(run());
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* The errno of the n-th of four syncs, as digits: 0 for success. */
static int
four_syncs(void)
{
	struct err err;
	int i, mask;

	mask = 0;
	for (i = 0; i < 4; i++) {
		err_clear(&err);
		if (file_sync(dir, "d", &err) == -1 && err.sys == 5)
			mask |= 1 << i;
	}
	return mask;
}

static int
count_syncs(void)
{
	struct err err;

	err_clear(&err);
	file_sync(dir, "d", &err);
	file_sync(dir, "d", &err);
	file_syncdir(dir, "d", &err);
	return next_datasync.calls * 10 + next_sync.calls;
}

static void
fault_hits_the_named_call_at_its_turn(void **state)
{
	(void)state;
	assert_int_equal(with_faults("", four_syncs), 0);
	assert_int_equal(with_faults("file-sync=5", four_syncs), 1);
	assert_int_equal(with_faults("file-sync=5:3", four_syncs), 4);
	assert_int_equal(with_faults("file-sync=5:0", four_syncs), 15);
	assert_int_equal(with_faults("file-sync=5:2,file-sync=5:4",
	    four_syncs), 10);
	assert_int_equal(with_faults("file-syncd=5:0,file-syn=5:0",
	    four_syncs), 0);
}

static void
fault_skip_leaves_the_call_out(void **state)
{
	(void)state;
	assert_int_equal(with_faults("", count_syncs), 21);
	assert_int_equal(with_faults("file-sync=skip:2", count_syncs), 11);
	assert_int_equal(with_faults("file-syncdir=skip,file-sync=skip:0",
	    count_syncs), 0);
}

static void
fault_that_is_no_fault_ends_the_program(void **state)
{
	static const char *const bad[] = {
		"x", "x=", "x=skip:", "x=0", "x=5:y", "x=skipp", ","
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(with_faults(bad[i], count_syncs), ERR_USAGE);
}
#endif

#define FILE_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef ENABLE_FAULT
		/* First: a process reads the variable at its first probe. */
		FILE_TEST(fault_hits_the_named_call_at_its_turn),
		FILE_TEST(fault_skip_leaves_the_call_out),
		FILE_TEST(fault_that_is_no_fault_ends_the_program),
#endif
		FILE_TEST(new_file_is_private_and_really_new),
		FILE_TEST(new_file_does_not_follow_a_link),
		FILE_TEST(removing_nothing_is_no_error),
		FILE_TEST(syncfs_works_or_declines),
		FILE_TEST(move_moves),
		FILE_TEST(move_never_overwrites),
		FILE_TEST(move_of_nothing_is_an_error),
		FILE_TEST(move_onto_itself_loses_nothing),
		FILE_TEST(move_finishes_what_a_crash_left_linked),
		FILE_TEST(user_may_link_his_maildir_but_nobody_a_name),
		FILE_TEST(reserving_room_changes_no_size),
		FILE_TEST(lock_keeps_others_out_until_closed),
		FILE_TEST(write_goes_on_after_short_writes_and_eintr),
		FILE_TEST(failed_write_says_why),
		FILE_TEST(failed_sync_is_told_and_not_tried_again),
		FILE_TEST(failed_directory_sync_is_told),
		FILE_TEST(move_links_where_rename_cannot),
		FILE_TEST(move_with_a_lost_answer_succeeds),
		FILE_TEST(move_is_not_taken_for_done_by_another_file),
		FILE_TEST(failed_move_leaves_the_file),
		FILE_TEST(replace_syncs_file_then_directory),
		FILE_TEST(directory_is_made_when_asked_and_synced),
		FILE_TEST(unsynced_new_directory_is_an_error),
		FILE_TEST(parents_are_made_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
