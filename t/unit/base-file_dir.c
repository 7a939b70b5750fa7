/*
 * Directories, locks and failure probes of base/file.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file-lib.h"

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
	assert_string_equal(err.msg, "another popfetch is at work on this "
	    "account");

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

/* Moves a file; 0: it has only its new name and what it held. */
static int
move_once(void)
{
	struct err err;

	err_clear(&err);
	put("from", "text");
	if (file_move(dir, "from", dir, "to", "to", &err) == -1)
		return err.sys;
	return exists("from") || !exists("to") ? 255 : 0;
}

static void
fault_answers_for_a_move_that_was_made(void **state)
{
	static const char *const fine[] = {
		"file-move-answer=2", "file-move-answer=17",
		"file-rename=38", "file-rename=22",
		"file-rename=38,file-move-answer=17",
		"file-rename=38,file-move-answer=2"
	};
	size_t i;

	(void)state;
	need_fakes();
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		assert_int_equal(with_faults(fine[i], move_once), 0);
		assert_int_equal(unlinkat(dir, "to", 0), 0);
	}
	/* Whether that one was made cannot be known. */
	assert_int_equal(with_faults("file-move-answer=5", move_once), EIO);
	assert_true(exists("to"));
	assert_int_equal(unlinkat(dir, "to", 0), 0);
	assert_int_equal(with_faults("file-rename=38,file-remove=5",
	    move_once), EIO);
	assert_true(exists("from"));
	assert_true(exists("to"));
}

static int
replace_twice(void)
{
	struct err err;
	int fd, i;

	err_clear(&err);
	for (i = 0; i < 2; i++) {
		fd = file_create(dir, "tmp", "tmp", &err);
		if (file_replace(fd, dir, "tmp", "name", "name", &err) == -1)
			return 255;
		close(fd);
	}
	return next_datasync.calls * 10 + next_sync.calls;
}

static void
fault_tells_a_new_name_from_one_replaced(void **state)
{
	static const struct {
		const char	*faults;
		int		 calls;
	} t[] = {
		{ "", 22 }, { "file-first-syncdir=skip:0", 21 },
		{ "file-replace-syncdir=skip:0", 21 },
		{ "file-first-syncdir=skip:2", 22 },
		{ "file-replace-sync=skip:0", 2 },
	};
	size_t i;

	(void)state;
	need_fakes();
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(with_faults(t[i].faults, replace_twice),
		    t[i].calls);
		assert_int_equal(unlinkat(dir, "name", 0), 0);
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef ENABLE_FAULT
		/* First: a process reads the variable at its first probe. */
		FILE_TEST(fault_hits_the_named_call_at_its_turn),
		FILE_TEST(fault_skip_leaves_the_call_out),
		FILE_TEST(fault_answers_for_a_move_that_was_made),
		FILE_TEST(fault_tells_a_new_name_from_one_replaced),
		FILE_TEST(fault_that_is_no_fault_ends_the_program),
#endif
		FILE_TEST(user_may_link_his_maildir_but_nobody_a_name),
		FILE_TEST(reserving_room_changes_no_size),
		FILE_TEST(lock_keeps_others_out_until_closed),
		FILE_TEST(directory_is_made_when_asked_and_synced),
		FILE_TEST(unsynced_new_directory_is_an_error),
		FILE_TEST(parents_are_made_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
