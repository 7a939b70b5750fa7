/*
 * Recovery of a Maildir's deliveries: what a crash left is finished or rolled
 * back, by the table of doc/DESIGN, section 4.
 */
#include "mail/sink_maildir_p.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/journal.h"
#include "mail/seen.h"
#include "mail/sentinel.h"
#include "mail/stage.h"

/*
 * Whether an intent was noted here, in this boot, and no cleaner was at the
 * staged files since: then one that is gone was renamed.  Of what is UNPROVEN
 * that is not to be known any more: the sentinel may be a new one.
 */
static bool
is_here(const struct sink *s, const struct journal *j, uint32_t n)
{
	const struct journal_place *p = journal_entry_place(j, n);

	return journal_get(j, n)->state == JOURNAL_INTENT &&
	    p->boot[0] != '\0' && strcmp(p->boot, s->place.boot) == 0 &&
	    p->dev == s->place.dev && p->ino == s->place.ino &&
	    s->guarded;
}

/* Whether a staged file still holds what its intent says. */
static bool
is_sound(struct sink *s, const struct journal_entry *e)
{
	uint8_t block[65536], digest[DIGEST_LEN];
	struct digest *d;
	ssize_t n;
	int fd;

	fd = openat(stage_dir(s->stage), e->stage,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return false;
	d = digest_new();
	while ((n = read(fd, block, sizeof(block))) > 0)
		digest_add(d, block, (size_t)n);
	digest_end(d, digest);
	digest_free(d);
	close(fd);
	return n == 0 && memcmp(digest, e->digest, DIGEST_LEN) == 0;
}

/* Puts a damaged staged file aside, where nothing sweeps it up. */
static int
quarantine(struct sink *s, struct journal *j, uint32_t n, struct err *err)
{
	const struct journal_entry *e = journal_get(j, n);
	char name[512];

	snprintf(name, sizeof(name), "%s.damaged.%s", s->conf->account,
	    e->stage);
	/* On the disk first: gone, and with an intent, it is delivered. */
	journal_forget(j, n);
	if (journal_sync(j, err) == -1)
		return -1;
	if (file_move(stage_dir(s->stage), e->stage, s->dir_private, name,
	    stage_path(s->stage), err) == -1)
		return -1;
	log_warn("a message was damaged on this disk before it was delivered; "
	    "the remains are %s.damaged.%s, and it is fetched again",
	    stage_path(s->stage), e->stage);
	return 0;
}

/* The staged file of an entry is there: it was not renamed. */
static int
recover_staged(struct sink *s, struct journal *j, const struct seen_name *o,
    const struct stat *st, struct err *err)
{
	const struct journal_entry *e = journal_get(j, o->entry);

	if (o->found || st->st_nlink > 1) {
		/* Linked by file_move, or a copy was made of both. */
		journal_delivered(j, o->entry);
		return file_remove(stage_dir(s->stage), e->stage,
		    stage_path(s->stage), err);
	}
	if ((uint64_t)st->st_size != e->octets ||
	    (!is_here(s, j, o->entry) && !is_sound(s, e)))
		return quarantine(s, j, o->entry, err);
	if (sink_maildir_move(s, e->stage, e->final, err) == -1)
		return -1;
	journal_delivered(j, o->entry);
	return 0;
}

static int
recover_entry(struct sink *s, struct journal *j, const struct seen_name *o,
    size_t *unproven, struct err *err)
{
	const struct journal_entry *e = journal_get(j, o->entry);
	struct stat st;

	switch (stage_stat(s->stage, e->stage, &st, err)) {
	case -1:
		return -1;
	case 1:
		return recover_staged(s, j, o, &st, err);
	}
	if (o->found || is_here(s, j, o->entry)) {
		journal_delivered(j, o->entry);
	} else if (e->state == JOURNAL_INTENT) {
		journal_unproven(j, o->entry);
		++*unproven;
	}
	return 0;
}

/* The entries that have no outcome, or one that could not be known. */
static struct seen_name *
open_entries(const struct journal *j, size_t *n)
{
	const uint32_t all = journal_count(j);
	struct seen_name *names = mem_array(all + 1, sizeof(*names));
	const struct journal_entry *e;
	uint32_t i;

	*n = 0;
	for (i = 0; i < all; i++) {
		e = journal_get(j, i);
		if (e->state != JOURNAL_INTENT && e->state != JOURNAL_UNPROVEN)
			continue;
		names[*n].name = e->final;
		names[(*n)++].entry = i;
	}
	return names;
}

/* Looks for them in new/ and cur/, once, unless all were staged here. */
static int
look_for(struct sink *s, const struct journal *j, struct seen_name *names,
    size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_here(s, j, names[i].entry))
			return seen_names(s->dir_new, s->dir_cur, names, n,
			    s->conf->maildir, err);
	return 0;
}

/* Whether there is anything to be done: of what is UNPROVEN most often not. */
static int
is_news(struct sink *s, const struct journal *j, const struct seen_name *names,
    size_t n, struct err *err)
{
	const struct journal_entry *e;
	struct stat st;
	size_t i;
	int there;

	for (i = 0; i < n; i++) {
		e = journal_get(j, names[i].entry);
		if (e->state == JOURNAL_INTENT || names[i].found)
			return 1;
		there = stage_stat(s->stage, e->stage, &st, err);
		if (there != 0)
			return there;
	}
	return 0;
}

static int
finish(struct sink *s, struct journal *j, struct seen_name *names, size_t n,
    struct err *err)
{
	size_t i, unproven = 0;
	int news, there = sentinel_there(s->dir_private, s->conf->account,
	    stage_path(s->stage), err);

	if (there == -1)
		return -1;
	s->guarded = there == 1;
	if (look_for(s, j, names, n, err) == -1)
		return -1;
	if ((news = is_news(s, j, names, n, err)) != 1)
		return news;
	log_debug("finishing what an earlier run left");
	if (journal_compact(j, true, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (recover_entry(s, j, &names[i], &unproven, err) == -1)
			return -1;
	if (unproven > 0)
		log_warn("cannot tell of %zu messages whether they were "
		    "delivered before this Maildir was moved, cleaned or cut "
		    "off from power; they stay on the server and are not "
		    "fetched again", unproven);
	/* A reader may have moved what was renamed and not synced. */
	if (sink_maildir_sync_new(s, err) == -1 ||
	    file_syncdir(s->dir_cur, s->conf->maildir, err) == -1)
		return -1;
	return journal_sync(j, err);
}

/*
 * What the journal does not know may be in the Maildir if it is a new journal,
 * or older than the sentinel; without one that cannot be told.  And if an earlier
 * run looked and did not come to its end.
 */
static void
decide_look(struct sink *s, const struct journal *j)
{
	const uint64_t delivered = journal_account(j)->delivered;

	s->look = !sentinel_read(s->dir_private, s->conf->account, &s->mark) ||
	    journal_fresh(j) || journal_account(j)->looking ||
	    s->mark > delivered;
	/* This run may end before it can note in the journal that it looks. */
	if (s->look && s->mark <= delivered)
		s->mark = delivered + 1;
}

int
sink_maildir_recover(struct sink *s, struct journal *j, struct err *err)
{
	struct seen_name *names;
	size_t n;
	int ret;

	names = open_entries(j, &n);
	ret = n == 0 ? 0 : finish(s, j, names, n, err);
	free(names);
	if (ret == -1 || stage_clean(s->stage, NULL, NULL, err) == -1)
		return -1;
	decide_look(s, j);
	return 0;
}
