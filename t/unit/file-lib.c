/*
 * The fakes and assertions of file-lib.h.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file-lib.h"

struct next_call next_move, next_link, next_datasync, next_sync, next_write;
size_t write_max;
int dir = -1;

static char root[PATH_MAX];

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

void
need_fakes(void)
{
#ifndef __linux__
	skip();
#endif
}

int
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

int
teardown(void **state)
{
	char cmd[PATH_MAX + 16];

	(void)state;
	close(dir);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	return system(cmd);
}

const char *
under_root(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

void
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

bool
exists(const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void
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

void
assert_mode(int at, const char *name, mode_t want)
{
	struct stat st;

	assert_int_equal(fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, want);
}

void
assert_err(const struct err *err, enum err_kind kind, int sys)
{
	assert_int_equal(err->kind, kind);
	assert_int_equal(err->sys, sys);
	assert_true(err->msg[0] != '\0');
}
