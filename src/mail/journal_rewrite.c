/*
 * The journal's file, written anew: what matters, and no more.
 */
#include "mail/journal.h"

#include <unistd.h>

#include "base/file.h"
#include "mail/journal_p.h"

/* Delivered messages that have a line of their own. */
static uint64_t
count_delivered(const struct journal *j)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < j->n; i++)
		n += j->entries[i].state == JOURNAL_DELIVERED;
	return n;
}

uint64_t
journal_rewrite_lines(const struct journal *j)
{
	const struct journal_account *a = &j->account;
	const struct journal_entry *e;
	uint64_t lines = 0;
	uint32_t i;

	lines += a->delivered > count_delivered(j);
	lines += a->no_pipelining != 0;
	lines += a->looking;
	lines += a->why != JOURNAL_REST_NONE;
	for (i = 0; i < j->n; i++) {
		e = &j->entries[i];
		if (e->state == JOURNAL_GONE)
			continue;
		lines++;
		lines += e->state == JOURNAL_UNPROVEN;
		lines += e->dele_sent;
		lines += e->vanished != 0;
	}
	return lines;
}

/* A file on its way. */
struct rewrite {
	int		 fd;
	struct buf	 out;
	struct journal_tail tail;
	struct journal_place place;
	uint64_t	 octets;
};

static int
rewrite_flush(struct journal *j, struct rewrite *w, struct err *err)
{
	size_t len = buf_len(&w->out);

	if (file_write(w->fd, buf_data(&w->out), len, j->what, err) == -1)
		return -1;
	buf_consume(&w->out, len);
	w->octets += len;
	return 0;
}

static void
rewrite_account(const struct journal *j, struct rewrite *w)
{
	const struct journal_account *a = &j->account;
	uint64_t n = count_delivered(j);

	if (a->delivered > n)
		journal_text_number(&w->out, &w->tail, LINE_TOTAL,
		    a->delivered - n);
	if (a->no_pipelining != 0)
		journal_text_number(&w->out, &w->tail, LINE_NO_PIPELINING,
		    (uint64_t)a->no_pipelining);
	if (a->looking)
		journal_text_number(&w->out, &w->tail, LINE_LOOKING, 1);
	if (a->why != JOURNAL_REST_NONE)
		journal_text_rest(&w->out, &w->tail, a);
}

static void
rewrite_delivered(struct journal *j, struct rewrite *w, uint32_t n)
{
	struct journal_entry *e = &j->entries[n];

	journal_text_message(&w->out, &w->tail, LINE_MESSAGE, j, n);
	e->line = w->tail.seq;
	if (e->vanished != 0)
		journal_text_when(&w->out, &w->tail, LINE_VANISHED, e->line,
		    e->vanished);
	if (e->dele_sent)
		journal_text_number(&w->out, &w->tail, LINE_DELE, e->line);
}

/* An intent, or what came of it but delivery. */
static void
rewrite_pending(struct journal *j, struct rewrite *w, uint32_t n)
{
	struct journal_entry *e = &j->entries[n];

	if (!journal_state_same_place(&e->pending->place, &w->place)) {
		w->place = e->pending->place;
		journal_text_batch(&w->out, &w->tail, &w->place);
	}
	journal_text_message(&w->out, &w->tail, LINE_INTENT, j, n);
	e->line = w->tail.seq;
	if (e->state == JOURNAL_UNPROVEN)
		journal_text_number(&w->out, &w->tail, LINE_UNPROVEN, e->line);
}

/* Writes what is to be known of entry n, a DELE of this session aside. */
static void
rewrite_entry(struct journal *j, struct rewrite *w, uint32_t n)
{
	switch (j->entries[n].state) {
	case JOURNAL_DELIVERED:
		rewrite_delivered(j, w, n);
		break;
	case JOURNAL_INTENT:
	case JOURNAL_UNPROVEN:
		rewrite_pending(j, w, n);
		break;
	case JOURNAL_SEEN:
		journal_text_seen(&w->out, &w->tail, j, n);
		j->entries[n].line = w->tail.seq;
		if (j->entries[n].vanished != 0)
			journal_text_when(&w->out, &w->tail, LINE_VANISHED,
			    w->tail.seq, j->entries[n].vanished);
		break;
	case JOURNAL_FAILED:
		journal_text_failed(&w->out, &w->tail, j, n);
		j->entries[n].line = w->tail.seq;
		break;
	case JOURNAL_GONE:
		break;
	}
}

static int
rewrite_all(struct journal *j, struct rewrite *w, struct err *err)
{
	uint32_t i, kept = 0;

	journal_text_head(&w->out, &w->tail, j->key);
	rewrite_account(j, w);
	/*
	 * QUIT speaks of the last so many S lines: those of this session go to
	 * the end, in their order.
	 */
	for (i = 0; i < j->nsent; i++)
		j->entries[j->sent[i]].dele_sent = false;
	for (i = 0; i < j->n; i++) {
		rewrite_entry(j, w, i);
		if (buf_len(&w->out) >= JOURNAL_SPILL &&
		    rewrite_flush(j, w, err) == -1)
			return -1;
	}
	for (i = 0; i < j->nsent; i++) {
		if (j->entries[j->sent[i]].state != JOURNAL_DELIVERED)
			continue;
		j->entries[j->sent[i]].dele_sent = true;
		journal_text_number(&w->out, &w->tail, LINE_DELE,
		    j->entries[j->sent[i]].line);
		j->sent[kept++] = j->sent[i];
	}
	j->nsent = kept;
	if (!journal_state_same_place(&j->place, &w->place))
		journal_text_batch(&w->out, &w->tail, &j->place);
	return rewrite_flush(j, w, err);
}

int
journal_rewrite(struct journal *j, struct err *err)
{
	struct rewrite w = { .fd = -1 };
	struct err ignored;
	int ret = -1;

	buf_init(&w.out, SIZE_MAX);
	err_clear(&ignored);
	if (file_remove(j->dir, j->tmp, j->what, err) == -1 ||
	    (w.fd = file_create(j->dir, j->tmp, j->what, err)) == -1 ||
	    rewrite_all(j, &w, err) == -1 ||
	    file_replace(w.fd, j->dir, j->tmp, j->name, j->what, err) == -1)
		goto out;
	if (j->fd != -1)
		close(j->fd);
	j->fd = w.fd;
	j->tail = w.tail;
	j->octets = w.octets;
	j->unsynced = false;
	buf_consume(&j->out, buf_len(&j->out));
	ret = 0;
out:
	if (ret == -1 && w.fd != -1) {
		close(w.fd);
		(void)file_remove(j->dir, j->tmp, j->what, &ignored);
	}
	buf_free(&w.out);
	return ret;
}
