/*
 * Delivery into a Maildir, exactly once: stage, sync, intent, rename, sync,
 * delivered.  doc/DESIGN tells why each step stands where it does.
 */
#include "mail/sink_maildir_p.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/boot.h"
#include "mail/journal.h"
#include "mail/seen.h"
#include "mail/sentinel.h"
#include "mail/stage.h"

#define PRIVATE_DIR	".popfetch"	/* in tmp/: no cleaner enters it */

static void
close_dir(int fd)
{
	if (fd != -1)
		close(fd);
}

static void
maildir_close(struct sink *s)
{
	struct err ignored = { .kind = ERR_NONE };

	if (s == NULL)
		return;
	if (s->owed)
		(void)file_syncdir(s->dir_new, s->conf->maildir, &ignored);
	close_dir(s->dir_tmp);
	close_dir(s->dir_new);
	close_dir(s->dir_cur);
	close_dir(s->dir_private);
	seen_free(s->seen);
	free(s);
}

/*
 * This host in file names: "/" would leave the directory and ":" begins the
 * flags (maildir(5)); both are written as the Maildir convention has it.
 */
static void
set_host(struct sink *s)
{
	char name[SINK_HOST_MAX + 1], *p;
	struct buf b;

	if (gethostname(name, sizeof(name)) == -1 || name[0] == '\0')
		strlcpy(name, "localhost", sizeof(name));
	name[sizeof(name) - 1] = '\0';
	buf_init(&b, SINK_HOST_MAX);
	for (p = name; *p != '\0'; p++) {
		if (*p == '/' || *p == ':') {
			if (!buf_printf(&b, *p == '/' ? "\\057" : "\\072"))
				break;
		} else if (!buf_append(&b, p, 1))
			break;
	}
	memcpy(s->host, buf_data(&b), buf_len(&b));
	buf_free(&b);
}

/*
 * A Maildir of somebody else's could be changed under our hands, by links for
 * instance; as root that would write anywhere.
 */
static int
check_owner(int dir, const char *path, struct stat *st, struct err *err)
{
	if (fstat(dir, st) == -1)
		return err_sys(err, ERR_IO, errno, "cannot examine %s", path);
	if (st->st_uid != geteuid()) {
		err_set(err, ERR_CANTCREAT, "the Maildir %s belongs to another "
		    "user (uid %lu)", path, (unsigned long)st->st_uid);
		return err_hint(err, "run popfetch as that user, or add "
		    "'set runas USER'");
	}
	return 0;
}

/* A directory that need not be there: then *fd is -1. */
static int
open_if_there(int *fd, int dir, const char *name, const char *what,
    struct err *err)
{
	*fd = file_opendirat(dir, name, false, what, err);
	if (*fd != -1)
		return 0;
	if (err->sys != ENOENT)
		return -1;
	err_clear(err);
	return 0;
}

/*
 * Called before the first file is staged, so that a poll that brings nothing
 * leaves the Maildir as it is.
 */
static int
begin(void *arg, struct err *err)
{
	struct sink *s = arg;
	const char *what = stage_path(s->stage);
	int dir;

	if (s->dir_private == -1 && (s->dir_private = file_opendirat(
	    s->dir_tmp, PRIVATE_DIR, true, what, err)) == -1)
		return -1;
	dir = file_opendirat(s->dir_private, s->conf->account, true, what,
	    err);
	if (dir == -1 || sentinel_make(s->dir_private, s->conf->account,
	    s->mark, what, err) == 0)
		return dir;
	close(dir);
	return -1;
}

/* Opens what a Maildir is made of below top, making what is missing. */
static int
open_parts(struct sink *s, int top, const char *path, struct err *err)
{
	const char *account = s->conf->account;
	char *what;
	int dir = -1;

	if ((s->dir_tmp = file_opendirat(top, "tmp", true, path, err)) == -1 ||
	    (s->dir_new = file_opendirat(top, "new", true, path, err)) == -1 ||
	    (s->dir_cur = file_opendirat(top, "cur", true, path, err)) == -1 ||
	    open_if_there(&s->dir_private, s->dir_tmp, PRIVATE_DIR, path,
	    err) == -1 ||
	    (s->dir_private != -1 && open_if_there(&dir, s->dir_private,
	    account, path, err) == -1))
		return -1;
	if (asprintf(&what, "%s/tmp/" PRIVATE_DIR "/%s", path, account) == -1) {
		err_sys(err, ERR_TEMP, errno, "cannot open %s", path);
		close_dir(dir);
		return -1;
	}
	s->stage = stage_new(dir, what);
	stage_begin(s->stage, begin, s);
	free(what);
	return 0;
}

static int
maildir_open(struct sink **sink, const struct sink_conf *conf,
    struct stage **stage, struct err *err)
{
	struct sink *s = mem_alloc(sizeof(*s));
	char *path = NULL;
	struct stat st;
	int top = -1, ret = -1;

	s->conf = conf;
	s->dir_tmp = s->dir_new = s->dir_cur = s->dir_private = -1;
	/* The user may have put the Maildir elsewhere by a symbolic link. */
	if ((path = realpath(conf->maildir, NULL)) == NULL)
		path = mem_strdup(conf->maildir);
	if ((top = file_opendir(path, true, err)) == -1) {
		err_wrap(err, "Maildir");
		err_hint(err, "make its parent directory, or correct "
		    "'maildir'");
		goto out;
	}
	if (check_owner(top, path, &st, err) == -1 ||
	    open_parts(s, top, path, err) == -1)
		goto out;
	s->place.dev = (uint64_t)st.st_dev;
	s->place.ino = (uint64_t)st.st_ino;
	boot_id(s->place.boot, sizeof(s->place.boot));
	set_host(s);
	s->run = arc4random();
	*stage = s->stage;
	*sink = s;
	s = NULL;
	ret = 0;
out:
	if (top != -1)
		close(top);
	free(path);
	maildir_close(s);
	return ret;
}

/* --- delivery: the steps of doc/DESIGN, section 4 */

/* b to f; a is stage_make, and g is the caller's. */
struct step {
	int	(*run)(struct sink *s, struct journal *j,
		    struct staged **batch, size_t n, struct err *err);
};

static int
sync_staged(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	(void)j;
	return stage_sync(s->stage, batch, n, err);
}

void
sink_maildir_describe(struct journal_entry *e, const struct staged *m)
{
	memset(e, 0, sizeof(*e));
	e->size = m->listed;
	e->octets = m->size;
	memcpy(e->digest, m->digest, DIGEST_LEN);
	memcpy(e->head, m->head, DIGEST_LEN);
	e->when = clock_wall_us() / 1000000;
	e->stage = m->name;
	e->final = m->final;
}

/* Every intent of the batch, on the disk before any rename. */
static int
note_intents(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	struct journal_entry e;
	size_t i;

	journal_batch(j, &s->place);
	for (i = 0; i < n; i++) {
		sink_maildir_describe(&e, batch[i]);
		batch[i]->entry = journal_intent(j, batch[i]->uid,
		    batch[i]->uidlen, &e);
	}
	return journal_sync(j, err);
}

int
sink_maildir_move(struct sink *s, const char *staged, const char *final,
    struct err *err)
{
	if (FAULT("maildir-move") == FAULT_SKIP)
		return 0;
	return file_move(stage_dir(s->stage), staged, s->dir_new, final,
	    s->conf->maildir, err);
}

/*
 * A staged file is gone.  If somebody took it away, recovery must not find its
 * intent: it would take the message for delivered.  The descriptor tells.
 */
static void
forget_taken(struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	struct err ignored = { .kind = ERR_NONE };
	struct stat st;
	size_t i;

	for (i = 0; i < n; i++)
		if (fstat(batch[i]->fd, &st) == 0 && st.st_nlink == 0)
			journal_forget(j, batch[i]->entry);
	(void)journal_write(j, &ignored);
	err_hint(err, "something removes files below its tmp/" PRIVATE_DIR
	    "; what it took is fetched again");
}

/* From the staging directory into new/. */
static int
move_entries(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (sink_maildir_move(s, batch[i]->name, batch[i]->final,
		    err) == 0)
			continue;
		if (err->sys == ENOENT)
			forget_taken(j, batch + i, n - i, err);
		return -1;
	}
	return 0;
}

int
sink_maildir_sync_new(struct sink *s, struct err *err)
{
	if (FAULT("maildir-syncnew") == FAULT_SKIP)
		return 0;
	if (FAULT("swap-eg") == FAULT_SKIP) {
		s->owed = true;
		return 0;
	}
	return file_syncdir(s->dir_new, s->conf->maildir, err);
}

static int
sync_new(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	(void)j;
	(void)batch;
	(void)n;
	return sink_maildir_sync_new(s, err);
}

static int
note_delivered(struct sink *s, struct journal *j, struct staged **batch,
    size_t n, struct err *err)
{
	size_t i;

	(void)s;
	for (i = 0; i < n; i++) {
		journal_delivered(j, batch[i]->entry);
		batch[i]->outcome = SINK_DELIVERED;
	}
	/* Its sync rides on the next batch: recovery knows without it. */
	return journal_write(j, err);
}

static void
swap(struct step *step)
{
	const struct step first = step[0];

	step[0] = step[1];
	step[1] = first;
}

/*
 * The name in new/.  Its U field is made of account, UID and content, so that a
 * message can be recognised there when the journal is lost.  The rest tells it
 * from every other, though clocks be set back and process numbers come again.
 */
static void
name_final(struct sink *s, struct staged *m)
{
	uint8_t token[SEEN_TOKEN_LEN];
	char hex[2 * SEEN_TOKEN_LEN + 1];
	int64_t now = clock_wall_us();

	seen_token(token, s->conf->account, m->uid, m->uidlen, m->digest);
	text_hex(hex, token, SEEN_TOKEN_LEN);
	snprintf(m->final, sizeof(m->final),
	    "%lld.M%06lldP%ldQ%uR%08xU%s.%s,S=%llu",
	    (long long)(now / 1000000), (long long)(now % 1000000),
	    (long)getpid(), ++s->made, s->run, hex, s->host,
	    (unsigned long long)m->size);
}

static int
deliver_new(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	struct step step[] = {
		{ sync_staged },		/* b */
		{ note_intents },		/* c */
		{ move_entries },		/* d */
		{ sync_new },			/* e */
		{ note_delivered },		/* f */
	};
	size_t i;

	/* Mutations, which t/lib/sweep-power has to notice. */
	if (FAULT("swap-bc") == FAULT_SKIP)
		swap(&step[0]);
	if (FAULT("swap-cd") == FAULT_SKIP)
		swap(&step[1]);
	if (FAULT("swap-de") == FAULT_SKIP)
		swap(&step[2]);
	if (FAULT("swap-ef") == FAULT_SKIP)
		swap(&step[3]);
	for (i = 0; i < n; i++)
		name_final(s, batch[i]);
	for (i = 0; i < sizeof(step) / sizeof(step[0]); i++)
		if (step[i].run(s, j, batch, n, err) == -1)
			return -1;
	return 0;
}

static int
maildir_deliver(struct sink *s, struct journal *j, struct staged **batch,
    size_t n, struct err *err)
{
	uint64_t delivered;
	size_t known;

	if (sink_maildir_known(s, j, batch, n, &known, err) == -1)
		return -1;
	if (known < n &&
	    deliver_new(s, j, batch + known, n - known, err) == -1)
		return -1;
	delivered = journal_account(j)->delivered;
	if (delivered > s->mark)
		s->mark = delivered;
	sentinel_note(s->dir_private, s->conf->account, s->mark);
	return 0;
}

const struct sink_ops sink_maildir = {
	.name = "Maildir",
	.level = SINK_DURABLE,
	.open = maildir_open,
	.recover = sink_maildir_recover,
	.deliver = maildir_deliver,
	.close = maildir_close,
};
