/*
 * powerloss: notes what a command does to a tree, in order.
 *
 * Nothing is read from the processes but the number and the first arguments of
 * their system calls: after each call that can change the tree, the tree is
 * compared with what is known of it.  So that each change has one cause, only
 * one process at a time is in such a call.
 */
#ifdef __linux__
#include "powerloss.h"
#include "trace.h"

#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define WAITING_MAX	16	/* processes before the gate */

enum effect {
	EFFECT_NONE,
	EFFECT_NAMES,
	EFFECT_RENAME,		/* names, too, and countable */
	EFFECT_DATA,
	EFFECT_SYNC,
	EFFECT_SYNCFS,
	EFFECT_SEND,
};

static const struct {
	long		 number;
	enum effect	 effect;
} calls[] = {
	{ SYS_openat, EFFECT_NAMES },
	{ SYS_mkdirat, EFFECT_NAMES },
	{ SYS_linkat, EFFECT_NAMES },
	{ SYS_unlinkat, EFFECT_NAMES },
	{ SYS_renameat2, EFFECT_RENAME },
#ifdef SYS_renameat
	{ SYS_renameat, EFFECT_RENAME },
#endif
#ifdef SYS_open
	{ SYS_open, EFFECT_NAMES },
	{ SYS_creat, EFFECT_NAMES },
	{ SYS_mkdir, EFFECT_NAMES },
	{ SYS_rmdir, EFFECT_NAMES },
	{ SYS_link, EFFECT_NAMES },
	{ SYS_unlink, EFFECT_NAMES },
	{ SYS_rename, EFFECT_RENAME },
#endif
	{ SYS_write, EFFECT_DATA },
	{ SYS_writev, EFFECT_DATA },
	{ SYS_pwrite64, EFFECT_DATA },
	{ SYS_pwritev, EFFECT_DATA },
	{ SYS_ftruncate, EFFECT_DATA },
	{ SYS_fallocate, EFFECT_DATA },
	{ SYS_fsync, EFFECT_SYNC },
	{ SYS_fdatasync, EFFECT_SYNC },
	{ SYS_syncfs, EFFECT_SYNCFS },
	{ SYS_sync, EFFECT_SYNCFS },
	{ SYS_sendto, EFFECT_SEND },
};

struct call {
	pid_t		 pid;	/* 0: none */
	enum effect	 effect;
	int		 fd;	/* its first argument */
};

static struct {
	struct history	*h;
	struct call	 inside;
	struct call	 waiting[WAITING_MAX];
	int		 nwaiting;
	int		 renames, kill;
} rec;

/* --- the tree */

static int
find_node(const struct history *h, const struct stat *st)
{
	int i;

	for (i = 0; i < h->nnodes; i++)
		if (h->nodes[i].ino == st->st_ino &&
		    h->nodes[i].dev == st->st_dev)
			return (i);
	return (NOTHING);
}

static int
add_node(struct history *h, int fd, int slot)
{
	struct node *n;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		err(EX_IOERR, "%s", h->root);
	h->nodes = reallocarray(h->nodes, (size_t)h->nnodes + 1,
	    sizeof(*h->nodes));
	if (h->nodes == NULL)
		err(EX_OSERR, NULL);
	n = &h->nodes[h->nnodes];
	memset(n, 0, sizeof(*n));
	n->fd = fd;
	n->dev = st.st_dev;
	n->ino = st.st_ino;
	n->dir = S_ISDIR(st.st_mode);
	n->slot = slot;
	return (h->nnodes++);
}

static int
find_slot(struct history *h, int dir, const char *name)
{
	struct slot *s;
	int i;

	for (i = 0; i < h->nslots; i++)
		if (h->slots[i].dir == dir &&
		    strcmp(h->slots[i].name, name) == 0)
			return (i);
	h->slots = reallocarray(h->slots, (size_t)h->nslots + 1,
	    sizeof(*h->slots));
	if (h->slots == NULL)
		err(EX_OSERR, NULL);
	s = &h->slots[h->nslots];
	s->dir = dir;
	s->base = s->now = NOTHING;
	if ((s->name = strdup(name)) == NULL)
		err(EX_OSERR, NULL);
	return (h->nslots++);
}

static void
add_op(struct history *h, struct op op)
{
	h->ops = reallocarray(h->ops, (size_t)h->nops + 1, sizeof(*h->ops));
	if (h->ops == NULL)
		err(EX_OSERR, NULL);
	h->ops[h->nops++] = op;
}

/* Reads what a file has grown by. */
static bool
grow(struct history *h, int node)
{
	struct node *n = &h->nodes[node];
	struct stat st;
	size_t i, len;

	if (fstat(n->fd, &st) == -1)
		err(EX_IOERR, "%s", h->root);
	len = (size_t)st.st_size;
	if (len == n->len)
		return (false);
	if (len < n->len)
		errx(EX_SOFTWARE, "a file became shorter");
	n->data = realloc(n->data, len);
	n->mixed = reallocarray(n->mixed, len + 1, sizeof(*n->mixed));
	if (n->data == NULL || n->mixed == NULL)
		err(EX_OSERR, NULL);
	if (pread(n->fd, n->data + n->len, len - n->len, (off_t)n->len) !=
	    (ssize_t)(len - n->len))
		err(EX_IOERR, "%s", h->root);
	n->mixed[0] = MIX_START;
	for (i = n->len; i < len; i++)
		n->mixed[i + 1] = mix(n->mixed[i], n->data + i, 1);
	n->len = len;
	return (true);
}

static void
scan_data(struct history *h)
{
	int i;

	for (i = 0; i < h->nnodes; i++)
		if (!h->nodes[i].dir && grow(h, i))
			add_op(h, (struct op){ .kind = OP_WRITE, .node = i,
			    .len = h->nodes[i].len });
}

struct change {
	int	appeared, vanished;	/* slots */
	int	node;			/* of what appeared */
};

static void
scan_dir(struct history *h, int dir, struct change *c)
{
	struct dirent *d;
	struct stat st;
	bool *there;
	DIR *dp;
	int fd, i, n;

	fd = openat(h->nodes[dir].fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL)
		err(EX_IOERR, "%s", h->root);
	if ((there = calloc((size_t)h->nslots + 2, sizeof(*there))) == NULL)
		err(EX_OSERR, NULL);
	n = h->nslots;
	while ((d = readdir(dp)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			err(EX_IOERR, "%s", d->d_name);
		i = find_slot(h, dir, d->d_name);
		if (i <= n)
			there[i] = true;
		if (h->slots[i].now != NOTHING &&
		    h->slots[i].now == find_node(h, &st))
			continue;
		if (c->appeared != NOTHING)
			errx(EX_SOFTWARE, "two new names by one call");
		c->appeared = i;
		if ((c->node = find_node(h, &st)) == NOTHING)
			c->node = add_node(h, openat(fd, d->d_name,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC), i);
	}
	closedir(dp);
	for (i = 0; i < n; i++)
		if (h->slots[i].dir == dir && h->slots[i].now != NOTHING &&
		    !there[i]) {
			if (c->vanished != NOTHING)
				errx(EX_SOFTWARE, "two names gone by one call");
			c->vanished = i;
		}
	free(there);
}

static void
scan_names(struct history *h)
{
	struct change c = { NOTHING, NOTHING, NOTHING };
	struct op op = { .kind = OP_MAKE };
	int i, n = h->nnodes;

	for (i = 0; i < n; i++)
		if (h->nodes[i].dir)
			scan_dir(h, i, &c);
	op.node = c.node;
	op.slot = c.appeared;
	op.from = c.vanished;
	if (c.appeared != NOTHING && c.vanished != NOTHING) {
		op.kind = OP_MOVE;
		if (h->slots[c.vanished].now != c.node)
			errx(EX_SOFTWARE, "a new name and a lost one");
	} else if (c.vanished != NOTHING) {
		op.kind = OP_DROP;
		op.node = h->slots[c.vanished].now;
		op.slot = c.vanished;
	} else if (c.appeared == NOTHING)
		return;
	if (c.vanished != NOTHING)
		h->slots[c.vanished].now = NOTHING;
	if (c.appeared != NOTHING)
		h->slots[c.appeared].now = c.node;
	add_op(h, op);
}

static void
scan_server(struct history *h)
{
	struct op op = { .kind = OP_GONE };
	char path[4096];
	int i;

	for (i = 0; i < h->nmail; i++) {
		if ((h->gone & (uint64_t)1 << i) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", h->server, h->mail[i]);
		if (access(path, F_OK) == -1)
			op.gone |= (uint64_t)1 << i;
	}
	if (op.gone == 0)
		return;
	h->gone |= op.gone;
	add_op(h, op);
}

/* What is in a directory at the start, and below. */
static void
base_dir(struct history *h, int dir)
{
	struct dirent *d;
	DIR *dp;
	int fd, node, slot;

	fd = openat(h->nodes[dir].fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL)
		err(EX_IOERR, "%s", h->root);
	while ((d = readdir(dp)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		slot = find_slot(h, dir, d->d_name);
		node = add_node(h, openat(fd, d->d_name,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC), slot);
		h->slots[slot].base = h->slots[slot].now = node;
		if (h->nodes[node].dir)
			base_dir(h, node);
		else if (grow(h, node))
			h->nodes[node].base = h->nodes[node].len;
	}
	closedir(dp);
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

void
record_mail(struct history *h, const char *wire)
{
	struct dirent *d;
	DIR *dp;

	if ((dp = opendir(wire)) == NULL)
		err(EX_NOINPUT, "%s", wire);
	while ((d = readdir(dp)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (h->nmail == MAIL_MAX)
			errx(EX_USAGE, "too many messages");
		if ((h->mail[h->nmail++] = strdup(d->d_name)) == NULL)
			err(EX_OSERR, NULL);
	}
	closedir(dp);
	qsort(h->mail, (size_t)h->nmail, sizeof(h->mail[0]), by_name);
}

void
record_base(struct history *h)
{
	int fd = open(h->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	base_dir(h, add_node(h, fd, NOTHING));
	scan_server(h);
	h->base_gone = h->gone;
	h->nops = 0;
}

/* --- the processes */

/* A call begins; nobody else is in one. */
static void
enter(const struct call *c)
{
	rec.inside = *c;
	scan_server(rec.h);
	if (c->effect == EFFECT_RENAME && ++rec.renames == rec.kill) {
		(void)kill(c->pid, SIGKILL);
		return;
	}
	trace_resume(c->pid, true, 0);
}

static void
note_sync(const struct call *c)
{
	struct op op = { .kind = OP_SYNCFS, .node = NOTHING };
	struct stat st;
	char path[64];

	if (c->effect == EFFECT_SYNC) {
		op.kind = OP_SYNC;
		snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)c->pid,
		    c->fd);
		if (stat(path, &st) == -1)
			err(EX_OSERR, "%s", path);
		if ((op.node = find_node(rec.h, &st)) == NOTHING)
			return;
	}
	add_op(rec.h, op);
}

static void
leave(bool failed)
{
	const struct call *c = &rec.inside;

	if (failed)
		return;
	switch (c->effect) {
	case EFFECT_NAMES:
	case EFFECT_RENAME:
		scan_names(rec.h);
		break;
	case EFFECT_DATA:
		scan_data(rec.h);
		break;
	case EFFECT_SYNC:
	case EFFECT_SYNCFS:
		note_sync(c);
		break;
	case EFFECT_SEND:
		add_op(rec.h, (struct op){ .kind = OP_SENT });
		break;
	case EFFECT_NONE:
		break;
	}
}

static void
next_in(void)
{
	struct call c;

	rec.inside.pid = 0;
	if (rec.nwaiting == 0)
		return;
	c = rec.waiting[0];
	memmove(rec.waiting, rec.waiting + 1,
	    (size_t)--rec.nwaiting * sizeof(c));
	enter(&c);
}

static enum effect
effect_of(uint64_t number)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((uint64_t)calls[i].number == number)
			return (calls[i].effect);
	return (EFFECT_NONE);
}

static void
syscall_stop(pid_t pid)
{
	struct __ptrace_syscall_info info;
	struct call c = { .pid = pid };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info),
	    &info) == -1) {
		if (errno == ESRCH)
			return;
		trace_skip("PTRACE_GET_SYSCALL_INFO");
	}
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		c.effect = effect_of(info.entry.nr);
		c.fd = (int)info.entry.args[0];
		if (c.effect == EFFECT_NONE)
			trace_resume(pid, true, 0);
		else if (rec.inside.pid == 0)
			enter(&c);
		else if (rec.nwaiting < WAITING_MAX)
			rec.waiting[rec.nwaiting++] = c;
		else
			errx(EX_SOFTWARE, "too many processes");
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && rec.inside.pid == pid) {
		leave(info.exit.is_error != 0);
		trace_resume(pid, true, 0);
		next_in();
		return;
	}
	trace_resume(pid, true, 0);
}

static void
stopped(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == 0 && sig == (SIGTRAP | 0x80))
		syscall_stop(pid);
	else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
		/* a group stop: only SIGCONT ends it */
		(void)ptrace(PTRACE_LISTEN, pid, NULL, NULL);
	else
		trace_resume(pid, true, event == 0 ? sig : 0);
}

static void
ended(pid_t pid, int status)
{
	int i;

	(void)status;
	for (i = 0; i < rec.nwaiting; i++)
		if (rec.waiting[i].pid == pid) {
			memmove(rec.waiting + i, rec.waiting + i + 1,
			    (size_t)(rec.nwaiting - i - 1) *
			    sizeof(rec.waiting[0]));
			rec.nwaiting--;
			break;
		}
	if (rec.inside.pid == pid)
		next_in();
}

/* Whatever the scans did not understand shows here. */
static void
verify(struct history *h)
{
	struct change c = { NOTHING, NOTHING, NOTHING };
	struct node *n;
	char *now;
	int i;

	for (i = 0; i < h->nnodes; i++) {
		n = &h->nodes[i];
		if (n->dir) {
			scan_dir(h, i, &c);
			if (c.appeared != NOTHING || c.vanished != NOTHING)
				errx(EX_SOFTWARE, "a name was missed");
			continue;
		}
		if (grow(h, i) || (now = malloc(n->len + 1)) == NULL ||
		    pread(n->fd, now, n->len + 1, 0) != (ssize_t)n->len ||
		    (n->len > 0 && memcmp(now, n->data, n->len) != 0))
			errx(EX_SOFTWARE, "a write was missed");
		free(now);
	}
}

int
record_run(struct history *h, char *argv[], int kill)
{
	static const struct trace t = { stopped, ended };
	int result;

	memset(&rec, 0, sizeof(rec));
	rec.h = h;
	rec.kill = kill;
	result = trace_run(argv, &t);
	scan_server(h);
	verify(h);
	return (result);
}

#endif
