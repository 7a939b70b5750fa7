/*
 * Reading a run-control file, and refusing one that others can change or, if it
 * holds a password, read.
 */
#include "conf/rc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"

#define RC_CHUNK	65536

/* Reads to the end of the file; expected is a guess of its size. */
static int
read_text(struct rc_file *f, int fd, size_t expected, struct err *err)
{
	size_t cap = expected < RC_SIZE_MAX ? expected + 1 : RC_SIZE_MAX + 1;
	ssize_t n;

	for (;;) {
		if (f->len == f->cap) {
			if (f->cap > 0)
				cap = 2 * f->cap;
			/* mem_grow wipes what it leaves behind. */
			f->text = mem_grow(f->text, f->cap, cap, 1);
			f->cap = cap;
		}
		n = read(fd, f->text + f->len, f->cap - f->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(err, ERR_CONFIG, errno, "%s", f->name);
		if (n == 0)
			return 0;
		f->len += (size_t)n;
		if (f->len > RC_SIZE_MAX)
			return err_set(err, ERR_CONFIG,
			    "%s: larger than 64 MiB", f->name);
	}
}

static int
check_file(const struct rc_file *f, struct err *err)
{
	const struct stat *st = &f->st;
	struct stat null;

	if (S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 &&
	    st->st_rdev == null.st_rdev)
		return 0;
	if (!S_ISREG(st->st_mode)) {
		err_set(err, ERR_CONFIG, "%s: not a regular file", f->name);
		return err_hint(err, "'-f -' reads standard input");
	}
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(err, ERR_CONFIG,
		    "%s: belongs to user %ju, not to you", f->name,
		    (uintmax_t)st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(err, ERR_CONFIG, "%s: can be changed by others",
		    f->name);
		return err_hint(err, "chmod go-w %s", f->name);
	}
	return 0;
}

/* What must not block, a FIFO, is refused by check_file. */
int
rc_file_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int
rc_file_read(struct rc_file *f, int fd, const char *name, struct err *err)
{
	memset(f, 0, sizeof(*f));
	f->name = name;
	if (fstat(fd, &f->st) == -1)
		return err_sys(err, ERR_CONFIG, errno, "%s", name);
	if (check_file(f, err) == -1)
		return -1;
	return read_text(f, fd, (size_t)f->st.st_size, err);
}

int
rc_file_read_stdin(struct rc_file *f, struct err *err)
{
	memset(f, 0, sizeof(*f));
	f->name = "standard input";
	return read_text(f, STDIN_FILENO, RC_CHUNK, err);
}

void
rc_file_close(struct rc_file *f)
{
	if (f->text != NULL)
		freezero(f->text, f->cap);
}

int
rc_file_private(const struct rc_file *f, struct err *err)
{
	if ((f->st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return 0;
	err_set(err, ERR_CONFIG,
	    "%s: holds a password and is open to others", f->name);
	return err_hint(err, "chmod 600 %s", f->name);
}

const char *
rc_file_dir(struct conf *c, const char *name, struct err *err)
{
	char cwd[PATH_MAX];
	const char *slash = strrchr(name, '/'), *dir;

	dir = slash == NULL ? "." :
	    arena_strndup(c->arena, name, (size_t)(slash - name));
	if (name[0] == '/')
		return slash == name ? "/" : dir;
	if (getcwd(cwd, sizeof(cwd)) == NULL) {
		err_sys(err, ERR_CONFIG, errno, "current directory");
		return NULL;
	}
	return slash == NULL ? arena_strdup(c->arena, cwd) :
	    rc_file_join(c, cwd, dir);
}

const char *
rc_file_join(struct conf *c, const char *dir, const char *name)
{
	const struct passwd *pw;

	if (dir == NULL && (dir = text_env("HOME")) == NULL) {
		pw = getpwuid(getuid());
		dir = pw == NULL ? "/" : pw->pw_dir;
	}
	return arena_printf(c->arena, "%s/%s", dir, name);
}
