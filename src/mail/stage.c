/*
 * Staged files: made, made durable, swept up.
 */
#include "mail/stage.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"

/*
 * From how many files on one syncfs is cheaper than a sync of each: every
 * fdatasync sends a flush of its own to the disk.
 */
#define SYNCFS_FROM	16

struct stage {
	int		 dir;	/* -1: not there yet */
	char		*path;
	int		(*begin)(void *, struct err *);	/* NULL: it has begun */
	void		*arg;
	uint32_t	 run;	/* tells this run's names from a dead one's */
	uint32_t	 made;
};

struct stage *
stage_new(int dir, const char *what)
{
	struct stage *s = mem_alloc(sizeof(*s));

	s->dir = dir;
	s->path = mem_strdup(what);
	s->run = arc4random();
	return s;
}

void
stage_free(struct stage *s)
{
	if (s == NULL)
		return;
	if (s->dir != -1)
		close(s->dir);
	free(s->path);
	free(s);
}

int
stage_dir(const struct stage *s)
{
	return s->dir;
}

const char *
stage_path(const struct stage *s)
{
	return s->path;
}

void
stage_begin(struct stage *s, int (*begin)(void *arg, struct err *err),
    void *arg)
{
	s->begin = begin;
	s->arg = arg;
}

/* The directory was opened, or found missing, some time ago. */
static int
begin(struct stage *s, struct err *err)
{
	int dir;

	if (s->begin == NULL)
		return 0;
	if ((dir = s->begin(s->arg, err)) == -1)
		return -1;
	if (s->dir != -1)
		close(s->dir);
	s->dir = dir;
	s->begin = NULL;
	return 0;
}

struct staged *
stage_make(struct stage *s, struct err *err)
{
	struct staged *m;

	if (begin(s, err) == -1)
		return NULL;
	m = mem_alloc(sizeof(*m));
	m->id = ++s->made;
	m->entry = JOURNAL_NONE;
	snprintf(m->name, sizeof(m->name), "%08x.%u", s->run, m->id);
	m->fd = file_create(s->dir, m->name, s->path, err);
	if (m->fd == -1) {
		free(m);
		return NULL;
	}
	return m;
}

void
staged_free(struct staged *m)
{
	if (m == NULL)
		return;
	close(m->fd);
	free(m->sender);
	free(m->why);
	free(m);
}

int
stage_drop(struct stage *s, struct staged *m, struct err *err)
{
	int ret = file_remove(s->dir, m->name, s->path, err);

	staged_free(m);
	return ret;
}

int
stage_stat(const struct stage *s, const char *name, struct stat *st,
    struct err *err)
{
	if (s->dir == -1)
		return 0;
	if (fstatat(s->dir, name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	return err_sys(err, ERR_IO, errno, "cannot examine %s", s->path);
}

int
stage_clean(struct stage *s, bool (*keep)(void *arg, const char *name),
    void *arg, struct err *err)
{
	struct dirent *d;
	DIR *dp;
	int fd, ret = 0;

	if (s->dir == -1)
		return 0;
	/* fdopendir takes the descriptor over and moves its offset. */
	fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		err_sys(err, ERR_IO, errno, "cannot read %s", s->path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (ret == 0 && (errno = 0, d = readdir(dp)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (keep != NULL && keep(arg, d->d_name))
			continue;
		ret = file_remove(s->dir, d->d_name, s->path, err);
	}
	if (ret == 0 && errno != 0)
		ret = err_sys(err, ERR_IO, errno, "cannot read %s", s->path);
	closedir(dp);
	return ret;
}

/*
 * Data of every file, one by one.  The kernel reports a write-back error once,
 * to the descriptor that asks first, so each file's own descriptor is asked.
 */
static int
sync_each(struct stage *s, struct staged **batch, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (file_sync(batch[i]->fd, s->path, err) == -1)
			return -1;
	return 0;
}

int
stage_sync(struct stage *s, struct staged **batch, size_t n, struct err *err)
{
	int ret = 1;

	if (FAULT("stage-sync") != FAULT_SKIP) {
		if (n >= SYNCFS_FROM)
			ret = file_syncfs(s->dir, s->path, err);
		if (ret == 1)
			ret = sync_each(s, batch, n, err);
		if (ret == -1)
			return -1;
	}
	/*
	 * The names, too: without this a crash could leave intents in the
	 * journal whose files never got a directory entry, which recovery would
	 * take for delivered.  syncfs has written them, but says so only of
	 * data on some file systems; the second flush is empty then.
	 */
	if (FAULT("stage-syncdir") == FAULT_SKIP)
		return 0;
	return file_syncdir(s->dir, s->path, err);
}
