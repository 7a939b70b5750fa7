/*
 * include: other files, read where the word stands.
 */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/rc.h"
#include "conf/rc_file.h"

#define DEPTH_MAX	8

struct rc_source {
	dev_t			 dev;
	ino_t			 ino;
	struct rc_source	*outer;
};

/* Complains of an error at the word; takes the hint over.  Returns -1. */
static int
fail(struct rc *p, const struct rc_token *at, const struct err *err)
{
	return rc_fail(p, at, err->hint[0] == '\0' ? NULL :
	    arena_strdup(p->conf->arena, err->hint), "%s", err->msg);
}

/* A file must not include itself, nor others without end. */
static int
check_source(struct rc *p, const struct rc_token *at, const struct rc_file *f)
{
	const struct rc_source *s;
	unsigned depth = 0;

	for (s = p->source; s != NULL; s = s->outer, depth++)
		if (s->dev == f->st.st_dev && s->ino == f->st.st_ino)
			return rc_fail(p, at, NULL, "%s includes itself",
			    f->name);
	if (depth >= DEPTH_MAX)
		return rc_fail(p, at, NULL,
		    "files include each other more than %d deep", DEPTH_MAX);
	p->included += f->len;
	if (p->included > RC_SIZE_MAX)
		return rc_fail(p, at, NULL,
		    "the included files are larger than 64 MiB");
	return 0;
}

static int
include_text(struct rc *p, const struct rc_token *at, const struct rc_file *f)
{
	struct rc_source source = {
		.dev = f->st.st_dev, .ino = f->st.st_ino, .outer = p->source,
	};
	struct err err = { .kind = ERR_NONE };
	bool password = p->conf->has_password;
	const char *dir;
	int r = 0;

	if (check_source(p, at, f) == -1)
		return -1;
	if ((dir = rc_file_dir(p->conf, f->name, &err)) == NULL)
		return fail(p, at, &err);
	if (p->conf->changed < f->st.st_mtim.tv_sec)
		p->conf->changed = f->st.st_mtim.tv_sec;
	p->source = &source;
	p->conf->has_password = false;
	rc_read(p, f->text, f->len, f->name, dir);
	if (p->conf->has_password && rc_file_private(f, &err) == -1)
		r = fail(p, at, &err);
	p->conf->has_password = password;
	p->source = source.outer;
	return r;
}

static int
include_file(struct rc *p, const struct rc_token *at, const char *path)
{
	struct err err = { .kind = ERR_NONE };
	struct rc_file f;
	int fd, r;

	if ((fd = rc_file_open(path)) == -1) {
		err_sys(&err, ERR_CONFIG, errno, "%s", path);
		return fail(p, at, &err);
	}
	r = rc_file_read(&f, fd, path, &err);
	close(fd);
	r = r == -1 ? fail(p, at, &err) : include_text(p, at, &f);
	rc_file_close(&f);
	return r;
}

/* A pattern is relative to the file that it stands in. */
static const char *
locate(struct rc *p, const char *pattern)
{
	const char *slash = strrchr(p->name, '/');
	struct arena *arena = p->conf->arena;

	if (strncmp(pattern, "~/", 2) == 0)
		return rc_file_join(p->conf, NULL, pattern + 2);
	if (pattern[0] == '/' || slash == NULL)
		return pattern;
	return arena_printf(arena, "%.*s%s", (int)(slash + 1 - p->name),
	    p->name, pattern);
}

/* A pattern may match nothing, not even a directory. */
static int
matters(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

int
rc_include(struct rc *p, const struct rc_token *at)
{
	const char *pattern;
	glob_t found;
	size_t i;
	int r;

	if (p->conf->rcdir == NULL)
		return rc_fail(p, at, NULL, "nothing can be included here");
	pattern = locate(p, at->text);
	r = glob(pattern, 0, matters, &found);
	if (r == GLOB_NOMATCH && strpbrk(pattern, "*?[") != NULL)
		return 0;
	if (r != 0)
		return rc_fail(p, at, NULL, "%s: %s", pattern,
		    r == GLOB_NOMATCH ? strerror(ENOENT) : "cannot be read");
	for (i = 0; i < found.gl_pathc && r == 0 && !p->stop; i++)
		r = include_file(p, at, arena_strdup(p->conf->arena,
		    found.gl_pathv[i]));
	globfree(&found);
	return r;
}
