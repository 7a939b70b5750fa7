/*
 * Files: made, written, synced, moved, replaced, removed.
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

	/* The same, where the server looks at the target first. */
	next_move.fail = EEXIST;
	assert_int_equal(file_move(dir, "b", dir, "a", "a", &err), 0);
	assert_false(exists("b"));
	assert_holds("a", "text");

	next_move.fail = EINVAL;
	next_move.after = false;
	next_link.fail = EEXIST;
	next_link.after = true;
	assert_int_equal(file_move(dir, "a", dir, "c", "c", &err), 0);
	assert_false(exists("a"));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(new_file_is_private_and_really_new),
		FILE_TEST(new_file_does_not_follow_a_link),
		FILE_TEST(removing_nothing_is_no_error),
		FILE_TEST(syncfs_works_or_declines),
		FILE_TEST(move_moves),
		FILE_TEST(move_never_overwrites),
		FILE_TEST(move_of_nothing_is_an_error),
		FILE_TEST(move_onto_itself_loses_nothing),
		FILE_TEST(move_finishes_what_a_crash_left_linked),
		FILE_TEST(write_goes_on_after_short_writes_and_eintr),
		FILE_TEST(failed_write_says_why),
		FILE_TEST(failed_sync_is_told_and_not_tried_again),
		FILE_TEST(failed_directory_sync_is_told),
		FILE_TEST(move_links_where_rename_cannot),
		FILE_TEST(move_with_a_lost_answer_succeeds),
		FILE_TEST(move_is_not_taken_for_done_by_another_file),
		FILE_TEST(failed_move_leaves_the_file),
		FILE_TEST(replace_syncs_file_then_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
