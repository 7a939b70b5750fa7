/* A maildrop: a directory, one regular file a message. */
#include "mailbox.h"

#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

#define BLOCK		(256 * 1024)

struct msg {
	char		*name;
	const char	*uid;
	size_t		 uidlen;
	int64_t		 size;	/* or -1: not counted yet */
	struct stat	 st;	/* when it was counted */
};

struct uid {
	const char	*name;
	const char	*uid;
	size_t		 len;
};

struct mailbox {
	struct msg	*msgs;
	size_t		 n;
	char		*block;
	char		*uids;		/* text that names and UIDs point into */
	int		 dir;
	bool		 wire;
};

/* Where in the stream of a message we are. */
struct wire {
	struct io	*io;
	int64_t		 lines;		/* of the body still to send, or -1 */
	size_t		 linelen;	/* so far, with its CR */
	bool		 header;
	bool		 bol;
	bool		 cr;		/* last octet was CR */
	bool		 wire;
};

/* The maildrop as it was before the server forked, for its sizes. */
static struct mailbox *learnt;

static int
msg_cmp(const void *a, const void *b)
{
	return (strcmp(((const struct msg *)a)->name,
	    ((const struct msg *)b)->name));
}

static int
uid_cmp(const void *a, const void *b)
{
	return (strcmp(((const struct uid *)a)->name,
	    ((const struct uid *)b)->name));
}

static char *
slurp(const char *path, size_t *len)
{
	struct stat st;
	char *text;
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		err(1, "%s", path);
	if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		err(1, NULL);
	if ((n = read(fd, text, (size_t)st.st_size)) == -1)
		err(1, "%s", path);
	text[n] = '\0';
	*len = (size_t)n;
	close(fd);
	return (text);
}

/* Reads the lines "NAME UID" and gives the messages their UIDs. */
static void
load_uids(struct mailbox *mb, const char *path)
{
	struct uid *uids = NULL, *u, key;
	size_t len, n = 0, i;
	char *p, *end, *nl, *sp;

	mb->uids = slurp(path, &len);
	end = mb->uids + len;
	for (p = mb->uids; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		if ((sp = memchr(p, ' ', (size_t)(nl - p))) == NULL)
			continue;
		*sp = '\0';
		if (n % 1024 == 0 && (uids = reallocarray(uids, n + 1024,
		    sizeof(*uids))) == NULL)
			err(1, NULL);
		uids[n].name = p;
		uids[n].uid = sp + 1;
		uids[n++].len = (size_t)(nl - sp - 1);
	}
	if (n > 0)
		qsort(uids, n, sizeof(*uids), uid_cmp);
	for (i = 0; n > 0 && i < mb->n; i++) {
		key.name = mb->msgs[i].name;
		u = bsearch(&key, uids, n, sizeof(*uids), uid_cmp);
		if (u != NULL) {
			mb->msgs[i].uid = u->uid;
			mb->msgs[i].uidlen = u->len;
		}
	}
	free(uids);
}

static bool
is_message(int dir, const struct dirent *de)
{
	struct stat st;

	if (de->d_name[0] == '.')
		return (false);
	if (de->d_type != DT_UNKNOWN)
		return (de->d_type == DT_REG);
	return (fstatat(dir, de->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode));
}

static void
load_names(struct mailbox *mb, DIR *d)
{
	struct dirent *de;
	struct msg *m;

	while ((de = readdir(d)) != NULL) {
		if (!is_message(mb->dir, de))
			continue;
		if (mb->n % 1024 == 0 && (mb->msgs = reallocarray(mb->msgs,
		    mb->n + 1024, sizeof(*mb->msgs))) == NULL)
			err(1, NULL);
		m = &mb->msgs[mb->n++];
		if ((m->name = strdup(de->d_name)) == NULL)
			err(1, NULL);
		m->uid = m->name;
		m->uidlen = strlen(m->name);
		m->size = -1;
	}
	if (mb->n > 0)
		qsort(mb->msgs, mb->n, sizeof(*mb->msgs), msg_cmp);
}

struct mailbox *
mailbox_open(const char *dir, bool wire, const char *uids)
{
	struct mailbox *mb;
	DIR *d;
	int fd;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (NULL);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		close(fd);
		errno = EWOULDBLOCK;
		return (NULL);
	}
	if ((mb = calloc(1, sizeof(*mb))) == NULL ||
	    (mb->block = malloc(BLOCK)) == NULL)
		err(1, NULL);
	mb->dir = fd;
	mb->wire = wire;
	if ((d = opendir(dir)) == NULL)
		err(1, "%s", dir);
	load_names(mb, d);
	closedir(d);
	if (uids != NULL)
		load_uids(mb, uids);
	return (mb);
}

void
mailbox_close(struct mailbox *mb)
{
	size_t i;

	if (mb == NULL)
		return;
	for (i = 0; i < mb->n; i++)
		free(mb->msgs[i].name);
	free(mb->msgs);
	free(mb->uids);
	free(mb->block);
	close(mb->dir);
	free(mb);
}

size_t
mailbox_count(const struct mailbox *mb)
{
	return (mb->n);
}

const char *
mailbox_uid(const struct mailbox *mb, size_t i, size_t *len)
{
	*len = mb->msgs[i].uidlen;
	return (mb->msgs[i].uid);
}

static int
open_msg(const struct mailbox *mb, size_t i)
{
	return (openat(mb->dir, mb->msgs[i].name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

/* A file that holds wire octets lacks at most its last line end. */
static int64_t
size_wire(int fd, int64_t size)
{
	char tail[2];

	if (size == 0)
		return (0);
	if (size >= 2 && pread(fd, tail, 2, size - 2) == 2 &&
	    memcmp(tail, "\r\n", 2) == 0)
		return (size);
	return (size + 2);
}

/* Every LF without a CR gets one. */
static int64_t
size_text(int fd, char *block)
{
	const char *p, *nl, *end;
	int64_t size = 0;
	ssize_t n;
	char last = '\n';

	while ((n = read(fd, block, BLOCK)) > 0) {
		size += n;
		end = block + n;
		for (p = block; p < end; p = nl + 1) {
			nl = memchr(p, '\n', (size_t)(end - p));
			if (nl == NULL)
				break;
			if ((nl == block ? last : nl[-1]) != '\r')
				size++;
		}
		last = end[-1];
	}
	return (last == '\n' ? size : size + 2);
}

/* The size of the same file as the server knew it before it forked, or -1. */
static int64_t
size_learnt(const struct mailbox *mb, struct msg *m)
{
	const struct msg *old;
	struct stat st;

	if (learnt == NULL || learnt->wire != mb->wire || learnt->n == 0)
		return (-1);
	old = bsearch(m, learnt->msgs, learnt->n, sizeof(*m), msg_cmp);
	if (old == NULL || old->size == -1 ||
	    fstatat(mb->dir, m->name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_ino != old->st.st_ino || st.st_dev != old->st.st_dev ||
	    st.st_size != old->st.st_size ||
	    st.st_ctim.tv_sec != old->st.st_ctim.tv_sec ||
	    st.st_ctim.tv_nsec != old->st.st_ctim.tv_nsec)
		return (-1);
	return (old->size);
}

int64_t
mailbox_size(struct mailbox *mb, size_t i)
{
	struct msg *m = &mb->msgs[i];
	int fd;

	if (m->size == -1)
		m->size = size_learnt(mb, m);
	if (m->size != -1)
		return (m->size);
	if ((fd = open_msg(mb, i)) == -1)
		return (0);
	if (fstat(fd, &m->st) == -1)
		err(1, "%s", m->name);
	m->size = mb->wire ? size_wire(fd, m->st.st_size) :
	    size_text(fd, mb->block);
	close(fd);
	return (m->size);
}

void
mailbox_learn(const char *dir, bool wire)
{
	struct mailbox *mb;
	size_t i;

	if ((mb = mailbox_open(dir, wire, NULL)) == NULL)
		return;
	for (i = 0; i < mb->n; i++)
		(void)mailbox_size(mb, i);
	close(mb->dir);		/* and with it the lock */
	mb->dir = -1;
	learnt = mb;
}

/* Counts a finished line; false if it was the last one wanted. */
static bool
line_done(struct wire *w)
{
	bool empty = w->linelen == 0 || (w->linelen == 1 && w->cr);

	w->linelen = 0;
	if (w->lines == -1)
		return (true);
	if (w->header) {
		w->header = !empty;
		return (w->header || w->lines > 0);
	}
	return (--w->lines > 0);
}

/* One block of a message; false when enough has been sent. */
static bool
send_block(struct wire *w, const char *p, size_t len)
{
	const char *end = p + len, *nl;
	size_t n;

	while (p < end) {
		if (w->bol && *p == '.')
			io_put(w->io, ".", 1);
		w->bol = false;
		nl = memchr(p, '\n', (size_t)(end - p));
		n = (size_t)((nl != NULL ? nl : end) - p);
		io_put(w->io, p, n);
		w->linelen += n;
		if (n > 0)
			w->cr = p[n - 1] == '\r';
		if (nl == NULL)
			break;
		if (!w->cr && !w->wire)
			io_put(w->io, "\r\n", 2);
		else
			io_put(w->io, "\n", 1);
		w->bol = w->cr || !w->wire;
		if (w->bol && !line_done(w))
			return (false);
		if (!w->bol)
			w->linelen++;
		w->cr = false;
		p = nl + 1;
	}
	return (true);
}

bool
mailbox_send(const struct mailbox *mb, size_t i, int64_t lines, struct io *io,
    void (*first)(void *), void *arg)
{
	struct wire w = { .io = io, .lines = lines, .header = true,
	    .bol = true, .wire = mb->wire };
	ssize_t n;
	int fd;

	if ((fd = open_msg(mb, i)) == -1)
		return (false);
	first(arg);
	while (io_alive(io) && (n = read(fd, mb->block, BLOCK)) > 0)
		if (!send_block(&w, mb->block, (size_t)n))
			break;
	if (!w.bol)
		io_put(io, "\r\n", 2);
	close(fd);
	return (true);
}

bool
mailbox_delete(const struct mailbox *mb, size_t i)
{
	return (unlinkat(mb->dir, mb->msgs[i].name, 0) == 0);
}
