/*
 * powerloss: makes a state real, lets popfetch recover from it, and looks
 * whether every message is there, once, byte for byte.
 */
#include "powerloss.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define RUN_SECONDS	60	/* a run that takes longer hangs */
#define DEPTH_MAX	16	/* descriptors to walk a tree with */
#define UNPROVEN	'P'	/* the journal's type of line */

/* A message as it must be stored; equal ones are counted with the first. */
struct wanted {
	char		*data;
	size_t		 len;
	unsigned int	 times, have;
};

static struct wanted wanted[MAIL_MAX];
static int nwanted;
static struct found *walk_found;	/* what nftw's callbacks add to */
static bool walk_left;

static char *
read_file(const char *path, size_t *len)
{
	struct stat st;
	char *data;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		err(EX_IOERR, "%s", path);
	*len = (size_t)st.st_size;
	if ((data = malloc(*len + 1)) == NULL)
		err(EX_OSERR, NULL);
	if (read(fd, data, *len) != (ssize_t)*len)
		err(EX_IOERR, "%s", path);
	data[*len] = '\0';
	close(fd);
	return (data);
}

static struct wanted *
find_wanted(const char *data, size_t len)
{
	int i;

	for (i = 0; i < nwanted; i++)
		if (wanted[i].len == len &&
		    memcmp(wanted[i].data, data, len) == 0)
			return (&wanted[i]);
	return (NULL);
}

void
attempt_prepare(const struct attempt *a, const struct history *h)
{
	struct wanted *w;
	char path[4096], *data;
	size_t len;
	int i;

	for (i = 0; i < h->nmail; i++) {
		snprintf(path, sizeof(path), "%s/%s", a->want, h->mail[i]);
		data = read_file(path, &len);
		if ((w = find_wanted(data, len)) == NULL) {
			w = &wanted[nwanted++];
			w->data = data;
			w->len = len;
		} else
			free(data);
		w->times++;
	}
}

/* --- the state */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ftw->level > 0 && remove(path) == -1)
		err(EX_IOERR, "%s", path);
	return (0);
}

static void
make_file(int dir, const char *name, const char *data, size_t len, size_t sound)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);

	if (fd == -1 || write(fd, data, sound) != (ssize_t)sound ||
	    ftruncate(fd, (off_t)len) == -1)
		err(EX_IOERR, "%s", name);
	close(fd);
}

/* Makes what a directory has, and what is below. */
static void
make_dir(const struct history *h, const struct tree *t, int node, int fd,
    int *first)
{
	const struct slot *s;
	int i, n, sub;

	for (i = 0; i < h->nslots; i++) {
		s = &h->slots[i];
		n = t->at[i];
		if (s->dir != node || n == NOTHING)
			continue;
		if (h->nodes[n].dir) {
			if (mkdirat(fd, s->name, 0700) == -1 ||
			    (sub = openat(fd, s->name, O_RDONLY |
			    O_DIRECTORY | O_CLOEXEC)) == -1)
				err(EX_IOERR, "%s", s->name);
			make_dir(h, t, n, sub, first);
			close(sub);
		} else {
			if (first[n] != 0)
				errx(EX_SOFTWARE, "two links to one file");
			first[n] = 1;
			make_file(fd, s->name, h->nodes[n].data, t->len[n],
			    t->sound[n]);
		}
	}
}

static void
make_server(const struct attempt *a, const struct history *h, uint64_t gone)
{
	char from[4096], to[4096];
	int i;

	for (i = 0; i < h->nmail; i++) {
		snprintf(from, sizeof(from), "%s/%s", a->wire, h->mail[i]);
		snprintf(to, sizeof(to), "%s/%s", h->server, h->mail[i]);
		if ((gone & (uint64_t)1 << i) != 0) {
			if (unlink(to) == -1 && errno != ENOENT)
				err(EX_IOERR, "%s", to);
		} else if (link(from, to) == -1 && errno != EEXIST)
			err(EX_IOERR, "%s", to);
	}
}

void
attempt_build(const struct attempt *a, const struct history *h,
    const struct tree *t)
{
	int *first, fd;

	if (nftw(h->root, remove_one, DEPTH_MAX, FTW_DEPTH | FTW_PHYS) == -1 ||
	    (fd = open(h->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(EX_IOERR, "%s", h->root);
	if ((first = calloc((size_t)h->nnodes, sizeof(*first))) == NULL)
		err(EX_OSERR, NULL);
	make_dir(h, t, 0, fd, first);
	make_server(a, h, t->gone);
	free(first);
	close(fd);
}

/* --- recovery and oracle */

/* One run; true if it ends with 0 and has nothing to say. */
static bool
run(const struct attempt *a)
{
	int fd, status;
	struct stat st;
	pid_t pid;

	fd = open(a->out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		err(EX_IOERR, "%s", a->out);
	if ((pid = fork()) == -1)
		err(EX_OSERR, NULL);
	if (pid == 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		alarm(RUN_SECONDS);
		execv(a->argv[0], a->argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			err(EX_OSERR, NULL);
	if (fstat(fd, &st) == -1)
		err(EX_IOERR, "%s", a->out);
	close(fd);
	if (status == 0 && st.st_size == 0)
		return (true);
	printf("    status %d: %s\n", WIFEXITED(status) ?
	    WEXITSTATUS(status) : -WTERMSIG(status),
	    read_file(a->out, &(size_t){ 0 }));
	return (false);
}

static void
count_mail(const char *root, const char *sub, struct found *found)
{
	char path[4096], *data;
	struct wanted *w;
	struct dirent *d;
	size_t len;
	DIR *dp;

	snprintf(path, sizeof(path), "%s/Maildir/%s", root, sub);
	if ((dp = opendir(path)) == NULL)
		return;
	while ((d = readdir(dp)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/Maildir/%s/%s", root, sub,
		    d->d_name);
		data = read_file(path, &len);
		if ((w = find_wanted(data, len)) != NULL)
			w->have++;
		else
			found->altered++;
		free(data);
	}
	closedir(dp);
}

static void
check_mail(const struct history *h, struct found *found)
{
	struct wanted *w;

	for (w = wanted; w < wanted + nwanted; w++)
		w->have = 0;
	count_mail(h->root, "new", found);
	count_mail(h->root, "cur", found);
	for (w = wanted; w < wanted + nwanted; w++)
		if (w->have < w->times)
			found->lost += w->times - w->have;
		else
			found->doubled += w->have - w->times;
}

static void
check_journal(const char *path)
{
	char *line, *next, *text;
	size_t len;

	/* "CRC NUMBER TYPE ..." */
	text = read_file(path, &len);
	for (line = text; (next = strchr(line, '\n')) != NULL; line = next + 1)
		if ((line = strchr(line, ' ')) != NULL && line < next &&
		    (line = strchr(line + 1, ' ')) != NULL && line < next &&
		    line[1] == UNPROVEN)
			walk_found->unproven++;
		else if (line == NULL)
			break;
	free(text);
}

static int
check_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;
	size_t len = strlen(name);

	(void)st;
	if (type != FTW_F)
		return (0);
	if (len > 8 && strcmp(name + len - 8, ".journal") == 0)
		check_journal(path);
	else if (strstr(name, ".damaged.") != NULL)
		walk_found->damaged++;
	else if (strstr(path, "/Maildir/tmp/") != NULL &&
	    strstr(name, ".alive") == NULL)
		walk_left = true;
	return (0);
}

static bool
server_is(const struct attempt *a, const struct history *h)
{
	char path[4096];
	int i;

	for (i = 0; i < h->nmail; i++) {
		snprintf(path, sizeof(path), "%s/%s", h->server, h->mail[i]);
		if ((access(path, F_OK) == 0) == a->delete)
			return (false);
	}
	return (true);
}

/* True if the tree is as it must be after a run. */
static bool
check(const struct attempt *a, const struct history *h, struct found *found)
{
	struct found now = { 0 };

	check_mail(h, &now);
	walk_found = &now;
	walk_left = false;
	if (nftw(h->root, check_one, DEPTH_MAX, FTW_PHYS) == -1)
		err(EX_IOERR, "%s", h->root);
	if (walk_left || !server_is(a, h)) {
		printf("    %s\n", walk_left ? "staged files are left" :
		    "the server has not what it should");
		now.other++;
	}
	found->lost += now.lost;
	found->doubled += now.doubled;
	found->altered += now.altered;
	found->unproven += now.unproven;
	found->damaged += now.damaged;
	found->other += now.other;
	if (now.lost + now.doubled + now.altered + now.unproven +
	    now.damaged > 0)
		printf("    %lu lost, %lu doubled, %lu altered, %lu unproven, "
		    "%lu damaged\n", now.lost, now.doubled, now.altered,
		    now.unproven, now.damaged);
	return (now.lost + now.doubled + now.altered + now.unproven +
	    now.damaged + now.other == 0);
}

bool
attempt_run(const struct attempt *a, const struct history *h,
    struct found *found)
{
	struct found again = { 0 };
	bool good;

	good = run(a);
	if (!good)
		found->other++;
	if (!check(a, h, found) || !good)
		return (false);
	/* And the next run has nothing to do, or to say. */
	if (run(a) && check(a, h, &again))
		return (true);
	printf("    at the next run\n");
	found->lost += again.lost;
	found->doubled += again.doubled;
	found->other++;
	return (false);
}
