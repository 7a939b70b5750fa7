/*
 * What popfetch knows of one account: a text file, append-only, one line per
 * fact, documented in popfetch-journal(5).
 *
 * journal_open replays it.  journal_intent and the others append to a buffer;
 * nothing is on the disk before journal_sync has returned 0, and nothing that
 * was noted may be acted on before that.  A failed journal_sync is final: every
 * later call fails the same way.
 *
 * In memory a journal is a vector of entries, one per message it knows.  The
 * caller holds the account's lock for as long as it is open.
 */
#ifndef MAIL_JOURNAL_H
#define MAIL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

struct err;
struct journal;

#define JOURNAL_NONE	UINT32_MAX
#define JOURNAL_NAME_MAX 128	/* stage and final names, with NUL */

enum journal_state {
	JOURNAL_INTENT,		/* delivery was announced, outcome not noted */
	JOURNAL_DELIVERED,
	JOURNAL_UNPROVEN,	/* neither can be proved: kept, not repeated */
	JOURNAL_GONE,		/* dropped: not delivered after all, or forgotten */
};

/* One message.  Strings belong to the journal. */
struct journal_entry {
	enum journal_state state;
	uint32_t	uid;		/* number in journal_uids */
	uint64_t	size;		/* LIST's */
	uint64_t	octets;		/* of the delivered file */
	uint8_t		digest[DIGEST_LEN];	/* of its octets */
	uint8_t		head[DIGEST_LEN];	/* of its stable header */
	int64_t		when;		/* seconds since 1970: the delivery */
	uint32_t	next;		/* next entry of the same UID, or NONE */
	const char	*stage;		/* of an intent, else NULL */
	const char	*final;		/* of an intent, else NULL */
};

/* Where a batch is staged: what recovery has to compare (B lines). */
struct journal_place {
	char		boot[64];	/* this boot's id, "" if unknown */
	uint64_t	dev, ino;	/* of the Maildir, 0 for an MDA's spool */
};

/*
 * Opens dir/name, making it if it is not there; key is what it is about
 * ("joe@pop.example.org"), written into its first line and checked.  what is the
 * path, for messages.  A torn last line is dropped; damage before it is ERR_CONFIG
 * with the line's number and changes nothing.
 */
struct journal	*journal_open(int dir, const char *name, const char *key,
		    const char *what, struct err *err);
void		 journal_close(struct journal *j);	/* does not sync */

/* Entries are numbered from 0; also those that are GONE. */
uint32_t	 journal_count(const struct journal *j);
const struct journal_entry *journal_get(const struct journal *j, uint32_t n);

/* First entry of a UID, or JOURNAL_NONE; then go on by ->next. */
uint32_t	 journal_find(const struct journal *j, const void *uid,
		    size_t len);

/* An entry's UID. */
const uint8_t	*journal_uid(const struct journal *j, uint32_t n,
		    size_t *len);

/* Where the entry's batch was staged; NULL once it is delivered. */
const struct journal_place *journal_entry_place(const struct journal *j,
		    uint32_t n);

/* True when the file was empty or not there: an account's first run. */
bool		 journal_fresh(const struct journal *j);

/* Notes that a batch begins in that place. */
void		 journal_batch(struct journal *j,
		    const struct journal_place *place);

/* Notes an intent and returns its number; e's state, uid, next are not read,
 * and its strings are copied. */
uint32_t	 journal_intent(struct journal *j, const void *uid, size_t uidlen,
		    const struct journal_entry *e);

/* Notes what became of entry n. */
void		 journal_delivered(struct journal *j, uint32_t n);
void		 journal_unproven(struct journal *j, uint32_t n);
void		 journal_forget(struct journal *j, uint32_t n);

/* Notes that DELE was sent for n; and that QUIT was answered +OK, so that all
 * of these are gone from the server. */
void		 journal_dele(struct journal *j, uint32_t n);
void		 journal_quit(struct journal *j);

/* Writes what was noted, without waiting for the disk. */
int		 journal_write(struct journal *j, struct err *err);

/* Writes and syncs (fdatasync). */
int		 journal_sync(struct journal *j, struct err *err);

/* Asks for room, so that what has to be noted later can be. */
void		 journal_reserve(struct journal *j);

/*
 * Writes the live facts anew and replaces the file, durably, if more than half
 * of it is dead; always with force.  Recovery forces it before it acts on
 * intents, so that what it acts on is on the disk whatever became of earlier
 * syncs.
 */
int		 journal_compact(struct journal *j, bool force,
		    struct err *err);

#endif
