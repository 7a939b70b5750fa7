/*
 * Durable writing: every sync, rename and link of the program.
 *
 * Each of these calls stands behind a failure probe: an errno of the probe
 * takes the place of the call's, FAULT_SKIP leaves the call out.
 */
#include "config.h"

#include "base/file.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/mem.h"

#define DIR_MODE	0700
#define FILE_MODE	0600
#define DIR_FLAGS	(O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Since this kernel, syncfs(2) tells of writes that failed. */
#define SYNCFS_MAJOR	5
#define SYNCFS_MINOR	8

/* "what: cannot do: reason", by the errno that is given. */
static int
file_fail(struct err *err, enum err_kind kind, int sys, const char *what,
    const char *verb)
{
	return err_sys(err, kind, sys, "%s: cannot %s", what, verb);
}

int
file_opendirat(int dir, const char *name, bool make, const char *what,
    struct err *err)
{
	int fd;

	fd = openat(dir, name, DIR_FLAGS | O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT && make) {
		if (mkdirat(dir, name, DIR_MODE) == -1 && errno != EEXIST)
			return file_fail(err, ERR_CANTCREAT, errno, what,
			    "create directory");
		if (FAULT("file-mkdir-sync") != FAULT_SKIP &&
		    file_syncdir(dir, what, err) == -1)
			return -1;
		fd = openat(dir, name, DIR_FLAGS | O_NOFOLLOW);
	}
	if (fd == -1)
		return file_fail(err, make ? ERR_CANTCREAT : ERR_IO, errno,
		    what, "open directory");
	return fd;
}

static int	file_makepath(const char *path, int levels, struct err *err);

/* Makes the last component of a path; levels as for file_makepath. */
static int
file_makelast(const char *path, int levels, struct err *err)
{
	char *parent, *slash;
	const char *name;
	size_t len;
	int dir, fd;

	parent = mem_strdup(path);
	for (len = strlen(parent); len > 1 && parent[len - 1] == '/'; len--)
		parent[len - 1] = '\0';
	if ((slash = strrchr(parent, '/')) != NULL) {
		name = path + (slash + 1 - parent);
		/* "/name" is in "/". */
		slash[slash == parent ? 1 : 0] = '\0';
		dir = file_makepath(parent, levels - 1, err);
	} else {
		name = path;
		dir = file_makepath(".", 0, err);
	}
	free(parent);
	if (dir == -1)
		return -1;
	fd = file_opendirat(dir, name, true, path, err);
	close(dir);
	return fd;
}

/* Opens a directory; so many components at its end may be missing. */
static int
file_makepath(const char *path, int levels, struct err *err)
{
	int fd;

	if ((fd = open(path, DIR_FLAGS)) != -1)
		return fd;
	if (errno == ENOENT && levels > 0 && path[0] != '\0')
		return file_makelast(path, levels, err);
	return file_fail(err, ERR_CANTCREAT, errno, path, "open directory");
}

int
file_opendir(const char *path, bool make, struct err *err)
{
	int fd;

	if (make)
		return file_makepath(path, 1, err);
	if ((fd = open(path, DIR_FLAGS)) == -1)
		return file_fail(err, ERR_IO, errno, path, "open directory");
	return fd;
}

int
file_makedirs(const char *path, struct err *err)
{
	return file_makepath(path, PATH_MAX, err);
}

int
file_create(int dir, const char *name, const char *what, struct err *err)
{
	int e, fd;

	fd = -1;
	if ((e = FAULT("file-create")) <= 0) {
		fd = openat(dir, name,
		    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    FILE_MODE);
		e = errno;
	}
	if (fd == -1)
		return file_fail(err, ERR_CANTCREAT, e, what, "create");
	return fd;
}

int
file_write(int fd, const void *data, size_t len, const char *what,
    struct err *err)
{
	const char *p = data;
	ssize_t n;
	int e;

	while (len > 0) {
		if ((e = FAULT("file-write")) == FAULT_SKIP)
			return 0;
		if (e == 0 && (n = write(fd, p, len)) > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		/* Nothing written and no reason: it would go on for ever. */
		if (e == 0)
			e = n == 0 ? ENOSPC : errno;
		if (e == EINTR)
			continue;
		if (FAULT("file-write-error") == FAULT_SKIP)
			return 0;
		return file_fail(err, ERR_IO, e, what, "write");
	}
	return 0;
}

int
file_sync(int fd, const char *what, struct err *err)
{
	int e;

	if ((e = FAULT("file-sync")) == 0 && fdatasync(fd) == -1)
		e = errno;
	return e > 0 ? file_fail(err, ERR_IO, e, what, "sync") : 0;
}

int
file_syncdir(int dir, const char *what, struct err *err)
{
	int e;

	if ((e = FAULT("file-syncdir")) == 0 && fsync(dir) == -1)
		e = errno;
	/* A file system that has no such notion; there is no other way. */
	if (e == EINVAL)
		return 0;
	return e > 0 ? file_fail(err, ERR_IO, e, what, "sync directory") : 0;
}

#ifdef HAVE_SYNCFS
static bool
file_syncfs_tells(void)
{
	static int tells = -1;
	struct utsname u;
	int major, minor;

	if (tells == -1)
		tells = uname(&u) == 0 &&
		    sscanf(u.release, "%d.%d", &major, &minor) == 2 &&
		    (major > SYNCFS_MAJOR ||
		    (major == SYNCFS_MAJOR && minor >= SYNCFS_MINOR));
	return tells;
}

int
file_syncfs(int dir, const char *what, struct err *err)
{
	int e;

	if (!file_syncfs_tells())
		return 1;
	if ((e = FAULT("file-syncfs")) == 0 && syncfs(dir) == -1)
		e = errno;
	if (e == ENOSYS)
		return 1;
	return e > 0 ? file_fail(err, ERR_IO, e, what, "sync file system") : 0;
}
#else
int
file_syncfs(int dir, const char *what, struct err *err)
{
	(void)dir;
	(void)what;
	(void)err;
	return 1;
}
#endif

/* How many names the file of st has now, if dir/name is one; else 0. */
static nlink_t
file_names(const struct stat *st, int dir, const char *name)
{
	struct stat now;

	if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == -1 ||
	    now.st_dev != st->st_dev || now.st_ino != st->st_ino)
		return 0;
	return now.st_nlink;
}

/* Moves without overwriting, in one step.  0 or an errno. */
static int
file_rename(int fromdir, const char *from, int todir, const char *to)
{
#if defined(HAVE_RENAMEAT2) && defined(RENAME_NOREPLACE)
	int e;

	if ((e = FAULT("file-rename")) > 0)
		return e;
	return renameat2(fromdir, from, todir, to, RENAME_NOREPLACE) == -1 ?
	    errno : 0;
#else
	(void)fromdir;
	(void)from;
	(void)todir;
	(void)to;
	return ENOSYS;
#endif
}

int
file_move(int fromdir, const char *from, int todir, const char *to,
    const char *what, struct err *err)
{
	struct stat st, left;
	nlink_t names;
	int answer, e;

	if ((e = FAULT("file-move")) == FAULT_SKIP)
		return 0;
	if (e == 0 && fstatat(fromdir, from, &st, AT_SYMLINK_NOFOLLOW) == -1)
		e = errno;
	if (e != 0)
		return file_fail(err, ERR_IO, e, what, "move");

	e = file_rename(fromdir, from, todir, to);
	if (e == ENOSYS || e == EINVAL)
		e = linkat(fromdir, from, todir, to, 0) == -1 ? errno : EEXIST;
	if ((answer = FAULT("file-move-answer")) > 0)
		e = answer;
	if (e == 0)
		return 0;

	/*
	 * A call that is sent twice fails the second time (NFS), when all is
	 * done; or it was linked, now or in an earlier try, and the old name is
	 * left to go.  With one name only, both are the same and to remove it
	 * is to lose it.
	 */
	if ((e == ENOENT || e == EEXIST) &&
	    (names = file_names(&st, todir, to)) > 0) {
		if (fstatat(fromdir, from, &left, AT_SYMLINK_NOFOLLOW) == -1 &&
		    errno == ENOENT)
			return 0;
		if (names > 1)
			return file_remove(fromdir, from, what, err);
	}
	return file_fail(err, e == EEXIST ? ERR_CANTCREAT : ERR_IO, e, what,
	    "move");
}

#ifdef ENABLE_FAULT
/* A new name and one that is there already are two things to a test. */
static const char *
file_names_probe(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 ?
	    "file-first-syncdir" : "file-replace-syncdir";
}
#endif

int
file_replace(int fd, int dir, const char *tmp, const char *name,
    const char *what, struct err *err)
{
	const int names = FAULT(file_names_probe(dir, name));
	int e;

	if (FAULT("file-replace-sync") != FAULT_SKIP &&
	    file_sync(fd, what, err) == -1)
		return -1;
	if ((e = FAULT("file-replace")) == 0 &&
	    renameat(dir, tmp, dir, name) == -1)
		e = errno;
	if (e > 0)
		return file_fail(err, ERR_IO, e, what, "replace");
	if (names == FAULT_SKIP)
		return 0;
	return file_syncdir(dir, what, err);
}

int
file_remove(int dir, const char *name, const char *what, struct err *err)
{
	int e;

	if ((e = FAULT("file-remove")) == 0 && unlinkat(dir, name, 0) == -1)
		e = errno;
	return e > 0 && e != ENOENT ?
	    file_fail(err, ERR_IO, e, what, "remove") : 0;
}

void
file_reserve(int fd, off_t len)
{
#ifdef HAVE_FALLOCATE
	struct stat st;

	if (len > 0 && fstat(fd, &st) == 0)
		(void)fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, len);
#else
	(void)fd;
	(void)len;
#endif
}

void
file_private(int fd)
{
	const mode_t others = S_IRWXG | S_IRWXO;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & others) != 0)
		(void)fchmod(fd, st.st_mode & S_IRWXU);
}

int
file_lock(int dir, const char *name, const char *what, struct err *err)
{
	int e, fd;

	fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    FILE_MODE);
	if (fd == -1)
		return file_fail(err, ERR_CANTCREAT, errno, what, "open");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	e = errno;
	close(fd);
	if (e == EWOULDBLOCK) {
		err_set(err, ERR_TEMP, "another popfetch is at work on this "
		    "account");
		err->sys = e;
		return -1;
	}
	return file_fail(err, ERR_IO, e, what, "lock");
}
