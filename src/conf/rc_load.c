/*
 * Finding the run-control file, and refusing one that others can change or, if
 * it holds a password, read.
 */
#include "conf/rc_parse.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"

#define RC_SIZE_MAX	((size_t)64 << 20)
#define RC_CHUNK	65536
#define RC_DEFAULT	"~/.config/popfetch/config"

/* The text of the file; wiped when it is not needed any more. */
struct text {
	char	*base;
	size_t	 len;
	size_t	 cap;
};

static void
text_free(struct text *t)
{
	if (t->base != NULL)
		freezero(t->base, t->cap);
}

/* Reads to the end of the file; expected is a guess of its size. */
static int
text_read(struct text *t, int fd, size_t expected, const char *name,
    struct err *err)
{
	size_t cap = expected < RC_SIZE_MAX ? expected + 1 : RC_SIZE_MAX + 1;
	ssize_t n;

	for (;;) {
		if (t->len == t->cap) {
			if (t->cap > 0)
				cap = 2 * t->cap;
			/* mem_grow wipes what it leaves behind. */
			t->base = mem_grow(t->base, t->cap, cap, 1);
			t->cap = cap;
		}
		n = read(fd, t->base + t->len, t->cap - t->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(err, ERR_CONFIG, errno, "%s", name);
		if (n == 0)
			return 0;
		t->len += (size_t)n;
		if (t->len > RC_SIZE_MAX)
			return err_set(err, ERR_CONFIG,
			    "%s: larger than 64 MiB", name);
	}
}

static int
check_file(const struct stat *st, const char *name, struct err *err)
{
	if (!S_ISREG(st->st_mode)) {
		err_set(err, ERR_CONFIG, "%s: not a regular file", name);
		return err_hint(err, "'-f -' reads standard input");
	}
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(err, ERR_CONFIG,
		    "%s: belongs to user %ju, not to you", name,
		    (uintmax_t)st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(err, ERR_CONFIG, "%s: can be changed by others", name);
		return err_hint(err, "chmod go-w %s", name);
	}
	return 0;
}

static int
check_private(const struct stat *st, const char *name, struct err *err)
{
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return 0;
	err_set(err, ERR_CONFIG,
	    "%s: holds a password and is open to others", name);
	return err_hint(err, "chmod 600 %s", name);
}

/*
 * Opens a file: -1 with errno, or with *err set.  What must not block, a FIFO,
 * is refused by check_file.
 */
static int
try_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* dir/name, with the home directory before it if dir is NULL. */
static const char *
join(struct conf *c, const char *dir, const char *name)
{
	const struct passwd *pw;

	if (dir == NULL && ((dir = getenv("HOME")) == NULL || *dir == '\0')) {
		pw = getpwuid(getuid());
		dir = pw == NULL ? "/" : pw->pw_dir;
	}
	return arena_printf(c->arena, "%s/%s", dir, name);
}

/* The value of an environment variable; NULL for an empty one. */
static const char *
env(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* Opens the first default file that exists, and sets c->rcfile. */
static int
open_default(struct conf *c, struct err *err)
{
	const char *places[3], *dir;
	size_t i, n = 0;
	int fd;

	if ((dir = env("CONFIGURATION_DIRECTORY")) != NULL)
		places[n++] = join(c, dir, "config");
	/* The XDG rules: a relative one is as good as none. */
	dir = env("XDG_CONFIG_HOME");
	places[n++] = dir != NULL && dir[0] == '/' ?
	    join(c, dir, "popfetch/config") :
	    join(c, NULL, ".config/popfetch/config");
	places[n++] = join(c, NULL, ".popfetchrc");
	for (i = 0; i < n; i++) {
		c->rcfile = places[i];
		fd = try_open(c->rcfile);
		if (fd != -1)
			return fd;
		if (errno != ENOENT && errno != ENOTDIR)
			return err_sys(err, ERR_CONFIG, errno, "%s",
			    c->rcfile);
	}
	c->rcfile = NULL;
	err_set(err, ERR_CONFIG, "no run-control file");
	return err_hint(err, "write " RC_DEFAULT ", or name one with -f");
}

static int
open_named(struct conf *c, const char *path, struct err *err)
{
	int fd;

	c->rcfile = arena_strdup(c->arena, path);
	if ((fd = try_open(path)) != -1)
		return fd;
	err_sys(err, ERR_CONFIG, errno, "%s", path);
	if (err->sys == ENOENT)
		err_hint(err, "without -f it is " RC_DEFAULT);
	return -1;
}

/* Relative names are from the directory of the file as it was named. */
static int
set_directory(struct conf *c, struct err *err)
{
	char cwd[PATH_MAX];
	const char *slash = strrchr(c->rcfile, '/'), *dir;

	dir = slash == NULL ? "." :
	    arena_strndup(c->arena, c->rcfile, (size_t)(slash - c->rcfile));
	if (slash != NULL && c->rcfile[0] == '/') {
		c->rcdir = slash == c->rcfile ? "/" : dir;
		return 0;
	}
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_sys(err, ERR_CONFIG, errno, "current directory");
	c->rcdir = slash == NULL ? arena_strdup(c->arena, cwd) :
	    arena_printf(c->arena, "%s/%s", cwd, dir);
	return 0;
}

static int
load_fd(struct conf *c, int fd, struct err *err)
{
	struct text text = { 0 };
	struct stat st;
	int r = -1;

	if (fstat(fd, &st) == -1) {
		err_sys(err, ERR_CONFIG, errno, "%s", c->rcfile);
		goto out;
	}
	if (check_file(&st, c->rcfile, err) == -1 ||
	    set_directory(c, err) == -1 ||
	    text_read(&text, fd, (size_t)st.st_size, c->rcfile, err) == -1 ||
	    rc_parse(c, text.base, text.len, c->rcfile, err) == -1)
		goto out;
	r = c->has_password ? check_private(&st, c->rcfile, err) : 0;
out:
	text_free(&text);
	return r;
}

static int
load_stdin(struct conf *c, struct err *err)
{
	struct text text = { 0 };
	int r;

	c->rcfile = "-";
	r = set_directory(c, err);
	if (r == 0)
		r = text_read(&text, STDIN_FILENO, RC_CHUNK, "standard input",
		    err);
	if (r == 0)
		r = rc_parse(c, text.base, text.len, "-", err);
	text_free(&text);
	return r;
}

int
rc_load(struct conf *c, const char *path, struct err *err)
{
	int fd, r;

	if (path == NULL)
		path = env("POPFETCH_CONFIG");
	if (path != NULL && strcmp(path, "-") == 0)
		return load_stdin(c, err);
	fd = path != NULL ? open_named(c, path, err) : open_default(c, err);
	if (fd == -1)
		return -1;
	r = load_fd(c, fd, err);
	close(fd);
	return r;
}
