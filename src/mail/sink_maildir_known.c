/*
 * Messages that a Maildir has already, though the journal does not know: it was
 * lost, or is an older copy.
 */
#include "mail/sink_maildir_p.h"

#include <string.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "mail/journal.h"
#include "mail/seen.h"
#include "mail/stage.h"

/* Reads new/ and cur/, once.  What they have is to stay: it may be deleted on
 * the server. */
static int
look(struct sink *s, struct journal *j, struct err *err)
{
	const char *what = s->conf->maildir;

	if (s->seen != NULL)
		return 0;
	s->seen = seen_read(s->dir_new, s->dir_cur, what, err);
	if (s->seen == NULL)
		return -1;
	log_debug("%zu messages in %s may be known", seen_total(s->seen), what);
	/* Until a run has been through all that is listed, the others look too. */
	if (seen_total(s->seen) > 0)
		journal_looking(j, true);
	if (seen_total(s->seen) == 0 || FAULT("maildir-syncseen") == FAULT_SKIP)
		return 0;
	if (file_syncdir(s->dir_new, what, err) == -1)
		return -1;
	return file_syncdir(s->dir_cur, what, err);
}

/* How many files of this message the journal knows of. */
static size_t
count_known(const struct journal *j, const struct staged *m)
{
	const struct journal_entry *e;
	uint32_t i;
	size_t n = 0;

	for (i = journal_find(j, m->uid, m->uidlen); i != JOURNAL_NONE;
	    i = e->next) {
		e = journal_get(j, i);
		if (e->state == JOURNAL_DELIVERED &&
		    memcmp(e->digest, m->digest, DIGEST_LEN) == 0)
			n++;
	}
	return n;
}

/*
 * Whether the Maildir has a file of this message that the journal does not
 * know; it does from now on, so that each file is found once.
 */
static bool
is_there(struct sink *s, struct journal *j, struct staged *m)
{
	uint8_t token[SEEN_TOKEN_LEN];
	struct journal_entry e;
	size_t files;

	seen_token(token, s->conf->account, m->uid, m->uidlen, m->digest);
	files = seen_count(s->seen, token);
	if (files == 0 || files <= count_known(j, m))
		return false;
	sink_maildir_describe(&e, m);
	m->entry = journal_known(j, m->uid, m->uidlen, &e);
	return true;
}

int
sink_maildir_known(struct sink *s, struct journal *j, struct staged **batch,
    size_t n, size_t *known, struct err *err)
{
	struct staged *m;
	size_t i;

	*known = 0;
	if (!s->look || FAULT("maildir-look") == FAULT_SKIP)
		return 0;
	if (look(s, j, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (!is_there(s, j, m = batch[i]))
			continue;
		memmove(batch + *known + 1, batch + *known,
		    (i - *known) * sizeof(*batch));
		batch[(*known)++] = m;
	}
	if (*known == 0)
		return 0;
	if (journal_sync(j, err) == -1)
		return -1;
	for (i = 0; i < *known; i++) {
		if (file_remove(stage_dir(s->stage), batch[i]->name,
		    stage_path(s->stage), err) == -1)
			return -1;
		batch[i]->outcome = SINK_KNOWN;
	}
	log_info("%zu messages were in %s already, though the journal did not "
	    "know them", *known, s->conf->maildir);
	return 0;
}
