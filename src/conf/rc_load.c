/*
 * Finding the run-control file.
 */
#include "conf/rc_parse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/rc_file.h"

#define RC_DEFAULT	"~/.config/popfetch/config"

/* Opens the first default file that exists, and sets c->rcfile. */
static int
open_default(struct conf *c, struct err *err)
{
	const char *places[3], *dir;
	size_t i, n = 0;
	int fd;

	if ((dir = text_env("CONFIGURATION_DIRECTORY")) != NULL)
		places[n++] = rc_file_join(c, dir, "config");
	/* The XDG rules: a relative one is as good as none. */
	dir = text_env("XDG_CONFIG_HOME");
	places[n++] = dir != NULL && dir[0] == '/' ?
	    rc_file_join(c, dir, "popfetch/config") :
	    rc_file_join(c, NULL, ".config/popfetch/config");
	places[n++] = rc_file_join(c, NULL, ".popfetchrc");
	for (i = 0; i < n; i++) {
		c->rcfile = places[i];
		fd = rc_file_open(c->rcfile);
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
open_named(struct conf *c, const char *path, bool by_env, struct err *err)
{
	int fd;

	c->rcfile = arena_strdup(c->arena, path);
	if ((fd = rc_file_open(path)) != -1)
		return fd;
	err_sys(err, ERR_CONFIG, errno, "%s", path);
	if (err->sys == ENOENT)
		err_hint(err, by_env ? "POPFETCH_CONFIG names it" :
		    "without -f it is " RC_DEFAULT);
	return -1;
}

static int
load_fd(struct conf *c, int fd, struct err *err)
{
	struct err open = { .kind = ERR_NONE };
	struct rc_file file;
	int r;

	r = rc_file_read(&file, fd, c->rcfile, err);
	if (r == 0 && (c->rcdir = rc_file_dir(c, c->rcfile, err)) == NULL)
		r = -1;
	if (r == 0) {
		c->changed = file.st.st_mtim.tv_sec;
		r = rc_parse(c, file.text, file.len, c->rcfile, err);
	}
	if (c->has_password && rc_file_private(&file, &open) == -1) {
		finding_add_err(c, &open);
		r = finding_first(c, err);
	}
	rc_file_close(&file);
	return r;
}

static int
load_stdin(struct conf *c, struct err *err)
{
	struct rc_file file;
	int r;

	c->rcfile = "-";
	if ((c->rcdir = rc_file_dir(c, c->rcfile, err)) == NULL)
		return -1;
	r = rc_file_read_stdin(&file, err);
	if (r == 0)
		r = rc_parse(c, file.text, file.len, "-", err);
	rc_file_close(&file);
	return r;
}

static int
load(struct conf *c, const char *path, struct err *err)
{
	const bool by_env = path == NULL;
	int fd, r;

	if (by_env)
		path = text_env("POPFETCH_CONFIG");
	if (path != NULL && strcmp(path, "-") == 0)
		return load_stdin(c, err);
	fd = path != NULL ? open_named(c, path, by_env, err) :
	    open_default(c, err);
	if (fd == -1)
		return -1;
	r = load_fd(c, fd, err);
	close(fd);
	return r;
}

const char *
rc_where(struct conf *c, const char *path)
{
	struct err err = { .kind = ERR_NONE };
	const char *found;
	int fd;

	if (path == NULL)
		path = text_env("POPFETCH_CONFIG");
	if (path != NULL)
		return path;
	if ((fd = open_default(c, &err)) != -1)
		close(fd);
	found = c->rcfile;
	c->rcfile = NULL;
	return found;
}

int
rc_load(struct conf *c, const char *path, struct err *err)
{
	int r = load(c, path, err);

	if (r == -1 && finding_errors(c) == 0)
		finding_add_err(c, err);
	return r;
}
