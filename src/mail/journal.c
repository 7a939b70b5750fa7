/*
 * The journal's file: opened, appended to, synced.
 */
#include "mail/journal.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/set.h"
#include "mail/journal_p.h"

/* A file below this is not worth writing anew. */
#define SMALL		(64 * 1024)
/* Room asked for: outcomes of some thousand messages. */
#define ROOM		(256 * 1024)

/* Hands out the error that stopped the journal. */
static int
stopped(const struct journal *j, struct err *err)
{
	*err = j->err;
	return -1;
}

/* The file's text, or NULL; owned by the caller. */
static char *
read_all(const struct journal *j, size_t size, size_t *len, struct err *err)
{
	char *text = mem_array(size, 1);
	ssize_t n = 0;

	for (*len = 0; *len < size; *len += (size_t)n) {
		n = read(j->fd, text + *len, size - *len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			break;
	}
	if (n == -1) {
		err_sys(err, ERR_IO, errno, "cannot read %s", j->what);
		free(text);
		return NULL;
	}
	return text;
}

/* Replays the file; -1 leaves it as it is. */
static int
replay(struct journal *j, struct err *err)
{
	enum journal_loaded loaded;
	struct stat st;
	size_t len;
	char *text;

	j->fd = openat(j->dir, j->name, (j->look ? O_RDONLY :
	    O_RDWR | O_APPEND) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (j->fd == -1 && errno != ENOENT)
		return err_sys(err, ERR_IO, errno, "cannot open %s", j->what);
	if (j->fd == -1) {
		j->fresh = true;
		return journal_compact(j, true, err);
	}
	if (fstat(j->fd, &st) == -1)
		return err_sys(err, ERR_IO, errno, "cannot stat %s", j->what);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CONFIG, "%s is not a regular file",
		    j->what);
	if ((text = read_all(j, (size_t)st.st_size, &len, err)) == NULL)
		return -1;
	loaded = journal_load(j, text, len, err);
	free(text);
	if (loaded == LOADED_ERROR)
		return -1;
	j->octets = len;
	j->unsynced = true;
	j->nsent = 0;		/* that was another session */
	j->opened = j->n;
	j->fresh = loaded == LOADED_NOTHING;

	/*
	 * Dropping a torn end is safe: no sync that covered it has returned,
	 * so nothing that it says was acted on.  It is dropped by writing the
	 * file anew, not by appending over it: were power to fail then, what
	 * is left could be an old end with new lines behind it, and that is
	 * damage.
	 */
	return loaded == LOADED_ALL ? 0 : journal_compact(j, true, err);
}

static struct journal *
open_file(int dir, const char *name, const char *key, const char *what,
    bool look, struct err *err)
{
	struct journal *j = mem_alloc(sizeof(*j));
	size_t len = strlen(name) + sizeof(".new");

	j->fd = -1;
	j->look = look;
	j->name = mem_strdup(name);
	j->tmp = mem_alloc(len);
	snprintf(j->tmp, len, "%s.new", name);
	j->key = mem_strdup(key);
	j->what = mem_strdup(what);
	j->uids = set_new();
	buf_init(&j->out, SIZE_MAX);
	if (look && dir == -1) {
		j->dir = -1;
		j->fresh = true;
		return j;
	}
	j->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (j->dir == -1)
		err_sys(err, ERR_IO, errno, "cannot open %s", what);
	else if (replay(j, err) == 0)
		return j;
	journal_close(j);
	return NULL;
}

struct journal *
journal_open(int dir, const char *name, const char *key, const char *what,
    struct err *err)
{
	return open_file(dir, name, key, what, false, err);
}

struct journal *
journal_open_look(int dir, const char *name, const char *key, const char *what,
    struct err *err)
{
	return open_file(dir, name, key, what, true, err);
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd != -1)
		close(j->fd);
	if (j->dir != -1)
		close(j->dir);
	buf_free(&j->out);
	journal_state_free(j);
	free(j->name);
	free(j->tmp);
	free(j->key);
	free(j->what);
	free(j);
}

uint32_t
journal_count(const struct journal *j)
{
	return j->n;
}

const struct journal_entry *
journal_get(const struct journal *j, uint32_t n)
{
	return &j->entries[n];
}

uint32_t
journal_find(const struct journal *j, const void *uid, size_t len)
{
	uint32_t n = set_find(j->uids, uid, len);

	return n == SET_NONE ? JOURNAL_NONE : j->chains[n].first;
}

void
journal_session(struct journal *j)
{
	uint32_t n;

	for (n = 0; n < j->n; n++)
		j->entries[n].used = false;
	j->nsent = 0;
	j->opened = j->n;
}

uint32_t
journal_find_copy(struct journal *j, const void *uid, size_t len,
    uint64_t octets, const uint8_t digest[DIGEST_LEN])
{
	struct journal_entry *e;
	uint32_t n;

	for (n = journal_find(j, uid, len); n < j->opened; n = e->next) {
		e = &j->entries[n];
		if (e->state != JOURNAL_DELIVERED || e->used ||
		    e->octets != octets ||
		    memcmp(e->digest, digest, DIGEST_LEN) != 0)
			continue;
		e->used = true;
		return n;
	}
	return JOURNAL_NONE;
}

void
journal_use(struct journal *j, uint32_t n)
{
	j->entries[n].used = true;
}

const uint8_t *
journal_uid(const struct journal *j, uint32_t n, size_t *len)
{
	return set_get(j->uids, j->entries[n].uid, len);
}

const struct journal_place *
journal_entry_place(const struct journal *j, uint32_t n)
{
	const struct journal_pending *p = j->entries[n].pending;

	return p == NULL ? NULL : &p->place;
}

bool
journal_fresh(const struct journal *j)
{
	return j->fresh;
}

/* A long list of notes need not wait in memory; a failure is kept. */
static void
noted(struct journal *j)
{
	struct err err;

	if (buf_len(&j->out) < JOURNAL_SPILL || err_isset(&j->err))
		return;
	err_clear(&err);
	(void)journal_write(j, &err);
}

void
journal_batch(struct journal *j, const struct journal_place *place)
{
	journal_state_reclaim(j);
	if (journal_state_same_place(place, &j->place))
		return;
	j->place = *place;
	journal_text_batch(&j->out, &j->tail, place);
	noted(j);
}

/* The journal's clock starts in 1970. */
static int64_t
seconds(int64_t when)
{
	return when < 0 ? 0 : when;
}

/* A new entry with what I and M say of a message. */
static uint32_t
add(struct journal *j, const void *uid, size_t uidlen,
    const struct journal_entry *e)
{
	uint32_t n = journal_state_add(j, uid, uidlen);
	struct journal_entry *m = &j->entries[n];

	m->size = e->size;
	m->octets = e->octets;
	memcpy(m->digest, e->digest, DIGEST_LEN);
	memcpy(m->head, e->head, DIGEST_LEN);
	m->when = seconds(e->when);
	return n;
}

uint32_t
journal_intent(struct journal *j, const void *uid, size_t uidlen,
    const struct journal_entry *e)
{
	const char *stage = e->stage == NULL ? "" : e->stage;
	const char *final = e->final == NULL ? "" : e->final;
	uint32_t n;

	if (strlen(stage) >= JOURNAL_NAME_MAX ||
	    strlen(final) >= JOURNAL_NAME_MAX)
		err_set(&j->err, ERR_SOFTWARE, "%s: too long a name", j->what);
	n = add(j, uid, uidlen, e);
	journal_state_pend(j, n, stage, final);
	journal_text_message(&j->out, &j->tail, LINE_INTENT, j, n);
	j->entries[n].line = j->tail.seq;
	noted(j);
	return n;
}

uint32_t
journal_known(struct journal *j, const void *uid, size_t uidlen,
    const struct journal_entry *e)
{
	uint32_t n = add(j, uid, uidlen, e);

	(void)journal_state_become(j, JOURNAL_DELIVERED, n);
	journal_text_message(&j->out, &j->tail, LINE_MESSAGE, j, n);
	j->entries[n].line = j->tail.seq;
	noted(j);
	return n;
}

static void
note(struct journal *j, enum journal_type type, uint32_t n, int64_t when)
{
	switch (journal_state_note(j, type, n, when)) {
	case EFFECT_NONE:
		break;
	case EFFECT_REFUSED:
		err_set(&j->err, ERR_SOFTWARE, "%s: %c cannot follow on what "
		    "is noted of message %u", j->what, (int)type, n);
		break;
	case EFFECT_DONE:
		if (type == LINE_VANISHED || type == LINE_FAILED_AGAIN)
			journal_text_when(&j->out, &j->tail, type,
			    j->entries[n].line, when);
		else
			journal_text_number(&j->out, &j->tail, type,
			    j->entries[n].line);
		noted(j);
		break;
	}
}

uint32_t
journal_failed(struct journal *j, uint32_t n, const void *uid, size_t uidlen,
    const struct journal_entry *e)
{
	struct journal_entry *m;

	if (n != JOURNAL_NONE) {
		note(j, LINE_FAILED_AGAIN, n, seconds(e->when));
		return n;
	}
	if (uidlen == 0)
		err_set(&j->err, ERR_SOFTWARE, "%s: a message without a UID "
		    "cannot be counted", j->what);
	n = journal_state_add(j, uid, uidlen);
	m = &j->entries[n];
	m->state = JOURNAL_FAILED;
	m->failures = e->failures;
	m->size = e->size;
	m->when = seconds(e->when);
	journal_text_failed(&j->out, &j->tail, j, n);
	m->line = j->tail.seq;
	noted(j);
	return n;
}

uint32_t
journal_seen(struct journal *j, const void *uid, size_t uidlen, uint64_t size,
    int64_t when)
{
	uint32_t n;

	if (uidlen == 0)
		err_set(&j->err, ERR_SOFTWARE, "%s: a message without a UID "
		    "cannot be known", j->what);
	n = journal_state_add(j, uid, uidlen);
	j->entries[n].state = JOURNAL_SEEN;
	j->entries[n].size = size;
	j->entries[n].when = seconds(when);
	journal_text_seen(&j->out, &j->tail, j, n);
	j->entries[n].line = j->tail.seq;
	noted(j);
	return n;
}

void
journal_vanished(struct journal *j, uint32_t n, int64_t when)
{
	note(j, LINE_VANISHED, n, seconds(when));
}

void
journal_delivered(struct journal *j, uint32_t n)
{
	note(j, LINE_DELIVERED, n, 0);
}

void
journal_unproven(struct journal *j, uint32_t n)
{
	note(j, LINE_UNPROVEN, n, 0);
}

void
journal_forget(struct journal *j, uint32_t n)
{
	note(j, LINE_FORGOTTEN, n, 0);
}

void
journal_dele(struct journal *j, uint32_t n)
{
	note(j, LINE_DELE, n, 0);
}

void
journal_quit(struct journal *j)
{
	if (j->nsent == 0)
		return;
	journal_text_number(&j->out, &j->tail, LINE_QUIT, j->nsent);
	journal_state_quit(j, j->nsent);
	noted(j);
}

const struct journal_account *
journal_account(const struct journal *j)
{
	return &j->account;
}

void
journal_no_pipelining(struct journal *j, int64_t until)
{
	if (seconds(until) == j->account.no_pipelining)
		return;
	j->account.no_pipelining = seconds(until);
	journal_text_number(&j->out, &j->tail, LINE_NO_PIPELINING,
	    (uint64_t)j->account.no_pipelining);
	noted(j);
}

void
journal_looking(struct journal *j, bool looking)
{
	if (looking == j->account.looking)
		return;
	j->account.looking = looking;
	journal_text_number(&j->out, &j->tail, LINE_LOOKING, looking);
	noted(j);
}

void
journal_rest(struct journal *j, enum journal_why why, int64_t until,
    uint32_t rests)
{
	struct journal_account *a = &j->account;

	if (why == JOURNAL_REST_NONE)
		until = rests = 0;
	if (why == a->why && seconds(until) == a->rest && rests == a->rests)
		return;
	a->why = why;
	a->rest = seconds(until);
	a->rests = rests;
	journal_text_rest(&j->out, &j->tail, a);
	noted(j);
}

int
journal_write(struct journal *j, struct err *err)
{
	size_t len = buf_len(&j->out);
	int e;

	if (err_isset(&j->err))
		return stopped(j, err);
	if (j->look)
		buf_consume(&j->out, len);
	if (len == 0 || j->look)
		return 0;
	if ((e = FAULT("journal-write")) == FAULT_SKIP)
		return 0;
	if (e != 0)
		err_sys(&j->err, ERR_IO, e, "cannot write %s", j->what);
	else
		(void)file_write(j->fd, buf_data(&j->out), len, j->what,
		    &j->err);
	if (err_isset(&j->err))
		return stopped(j, err);
	buf_consume(&j->out, len);
	j->octets += len;
	j->unsynced = true;
	return 0;
}

int
journal_sync(struct journal *j, struct err *err)
{
	int e;

	if (journal_write(j, err) == -1)
		return -1;
	if (!j->unsynced || j->look)
		return 0;
	if ((e = FAULT("journal-sync")) == FAULT_SKIP)
		return 0;
	if (e != 0)
		err_sys(&j->err, ERR_IO, e, "cannot sync %s", j->what);
	else
		(void)file_sync(j->fd, j->what, &j->err);
	if (err_isset(&j->err))
		return stopped(j, err);
	j->unsynced = false;
	return 0;
}

void
journal_reserve(struct journal *j)
{
	if (!j->look)
		file_reserve(j->fd, ROOM);
}

/*
 * True if half of the lines or more, the first aside, would not be written
 * again: so it is after a first run that has delivered everything.
 */
static bool
is_mostly_dead(const struct journal *j)
{
	return 2 * journal_rewrite_lines(j) <= j->tail.seq - 1;
}

int
journal_compact(struct journal *j, bool force, struct err *err)
{
	if (err_isset(&j->err))
		return stopped(j, err);
	if (j->look)
		return 0;
	if (!force && (j->octets + buf_len(&j->out) <= SMALL ||
	    !is_mostly_dead(j)))
		return 0;
	/*
	 * After a failure it is not known which file has the name, and the
	 * entries have the new one's lines: nothing may be appended.
	 */
	if (journal_rewrite(j, &j->err) == -1)
		return stopped(j, err);
	return 0;
}
