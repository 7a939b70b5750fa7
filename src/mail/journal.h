/*
 * What popfetch knows of one account: a text file, append-only, one line per
 * fact, documented in popfetch-journal(5).
 *
 * journal_open replays it.  journal_intent and the others append to a buffer;
 * nothing is on the disk before journal_sync has returned 0, and nothing that
 * was noted may be acted on before that.  A failed journal_write, journal_sync
 * or journal_compact is final: every later call fails the same way.  So does
 * every call after a note that contradicts what is known (ERR_SOFTWARE); a note
 * that says nothing new writes nothing.
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
	JOURNAL_FAILED,		/* could not be delivered, failures times */
	JOURNAL_SEEN,		/* known, but never delivered by this program */
	JOURNAL_GONE,		/* not delivered after all, or forgotten */
};

/*
 * One message.  Strings belong to the journal; those of an intent stay until
 * the journal_batch after its outcome was noted, and are NULL from then on.
 */
struct journal_entry {
	enum journal_state state;
	bool		dele_sent;	/* DELE was accepted */
	bool		used;		/* by journal_find_copy or _use */
	uint32_t	failures;	/* FAILED: how many times */
	uint32_t	uid;		/* same for same UIDs, < the count */
	uint32_t	next;		/* entry of the same UID, or NONE */
	uint32_t	line;		/* that announced it; for journal*.c */
	uint64_t	size;		/* LIST's */
	uint64_t	octets;		/* of the delivered file */
	uint8_t		digest[DIGEST_LEN];	/* of its octets */
	uint8_t		head[DIGEST_LEN];	/* of its stable header */
	int64_t		when;		/* seconds since 1970: the delivery, the
					   last failure, or when it was seen */
	int64_t		vanished;	/* the same: since when no server lists
					   it; 0: it is listed */
	const char	*stage;		/* INTENT and UNPROVEN, else NULL */
	const char	*final;
	struct journal_pending *pending;	/* for journal*.c */
};

/* Why an account is left alone for a while. */
enum journal_why {
	JOURNAL_REST_NONE,
	JOURNAL_REST_REFUSED,	/* the login was refused */
	JOURNAL_REST_BUSY,	/* another session had the maildrop */
	JOURNAL_REST_DELAY,	/* the server asks for time between logins */
};

/* What is known of an account, beside its messages.  Times are seconds since
 * 1970. */
struct journal_account {
	int64_t		no_pipelining;	/* until then; 0: it may be used */
	bool		looking;	/* the Maildir may have messages that
					   this journal does not know */
	enum journal_why why;		/* of the rest */
	int64_t		rest;		/* no login before that; 0: any time */
	uint32_t	rests;		/* how many of that kind in a row */
	uint64_t	delivered;	/* messages ever delivered, those that
					   are forgotten by now among them;
					   never too low, see journal_known */
};

/* Where a batch is staged: what recovery has to compare (B lines). */
struct journal_place {
	char		boot[64];	/* this boot's id, "" if unknown */
	uint64_t	dev, ino;	/* of the Maildir; 0: an MDA's spool */
};

/*
 * Opens dir/name, making it if it is not there, durably; key is what it is
 * about ("joe@pop.example.org"), written into its first line and checked.
 * what is the path, for messages.  dir may be closed afterwards.
 *
 * A torn last line is dropped and the file written anew without it.  Damage
 * before it, another key, or a newer format is ERR_CONFIG, with the line's
 * number, and changes nothing.
 */
struct journal	*journal_open(int dir, const char *name, const char *key,
		    const char *what, struct err *err);

/*
 * The same to look at only: nothing is made or written, no lock is needed, since
 * what another process is writing just then looks like a torn end, and what is
 * noted stays in memory.  dir -1: there is no file.
 */
struct journal	*journal_open_look(int dir, const char *name,
		    const char *key, const char *what, struct err *err);

/* Does not sync, and does not write either.  NULL is allowed. */
void		 journal_close(struct journal *j);

/*
 * Entries are numbered from 0; also those that are GONE.  A number is good for
 * as long as the journal is open, a pointer until the next journal_intent.
 */
uint32_t	 journal_count(const struct journal *j);
const struct journal_entry *journal_get(const struct journal *j, uint32_t n);

/* First entry of a UID, or JOURNAL_NONE; then go on by ->next, in the order in
 * which they were noted, those that are GONE too. */
uint32_t	 journal_find(const struct journal *j, const void *uid,
		    size_t len);

/*
 * The entry of a UID (empty: of none) that was DELIVERED before journal_open,
 * has this digest and as many octets, and was not returned by this function
 * before; or JOURNAL_NONE.  So a copy that an earlier run delivered is
 * recognised, also where no UID tells, and a second copy is not taken for the
 * first one.
 */
uint32_t	 journal_find_copy(struct journal *j, const void *uid,
		    size_t len, uint64_t octets,
		    const uint8_t digest[DIGEST_LEN]);

/* As if journal_find_copy had returned entry n, which is DELIVERED: its header
 * told. */
void		 journal_use(struct journal *j, uint32_t n);

/* An entry's UID; empty if the server had none. */
const uint8_t	*journal_uid(const struct journal *j, uint32_t n,
		    size_t *len);

/* Where the entry's batch was staged; NULL once its outcome is noted, but
 * not if that is UNPROVEN. */
const struct journal_place *journal_entry_place(const struct journal *j,
		    uint32_t n);

/* True when the file was empty or not there: an account's first run. */
bool		 journal_fresh(const struct journal *j);

/* Notes that a batch begins in that place, if it is not the last one's.  A
 * journal without any has the place that is all zeros. */
void		 journal_batch(struct journal *j,
		    const struct journal_place *place);

/* Notes an intent and returns its number.  Of e, size, octets, digest, head,
 * when, stage and final are read; the strings are copied, NULL means "".  len
 * <= 65535. */
uint32_t	 journal_intent(struct journal *j, const void *uid,
		    size_t uidlen, const struct journal_entry *e);

/*
 * Notes a message that is delivered, though no intent here says so: it is known
 * under another UID, or it was found in the Maildir.  As journal_intent, but
 * without stage and final; the entry is DELIVERED, and counts as delivered
 * before journal_open no more than any other new one.  It adds one to what was
 * ever delivered, also if the same message is known under another UID: one that
 * was renamed is counted twice.
 */
uint32_t	 journal_known(struct journal *j, const void *uid,
		    size_t uidlen, const struct journal_entry *e);

/*
 * Notes that a message could not be delivered: the first time with n =
 * JOURNAL_NONE, which makes an entry, FAILED, with size, when and failures of *e
 * (1, or 0 if it was not the message's fault, so that it is only asked for late);
 * later with that entry's number and when of *e, which counts one more.  Returns
 * the entry's number.  What
 * is delivered in the end gets an entry of its own; the caller forgets this.
 * uidlen > 0: what has no UID cannot be counted.
 */
uint32_t	 journal_failed(struct journal *j, uint32_t n, const void *uid,
		    size_t uidlen, const struct journal_entry *e);

/*
 * Notes that a message need not be fetched, though it was not delivered here:
 * the user said so, or another program had it.  Makes an entry, SEEN, of which
 * only size and when are known.  It is never deleted on the server.  uidlen > 0.
 */
uint32_t	 journal_seen(struct journal *j, const void *uid,
		    size_t uidlen, uint64_t size, int64_t when);

/* Notes that entry n, DELIVERED or SEEN, is not listed any more since when, or with 0
 * that it is again. */
void		 journal_vanished(struct journal *j, uint32_t n, int64_t when);

/* Notes what became of entry n: all but delivered and unproven also for one
 * that is FAILED or SEEN. */
void		 journal_delivered(struct journal *j, uint32_t n);
void		 journal_unproven(struct journal *j, uint32_t n);
void		 journal_forget(struct journal *j, uint32_t n);

/*
 * Notes that the server accepted DELE for n, which is DELIVERED; and that QUIT
 * was answered +OK, so that all for which that was noted since the last
 * journal_quit, or since journal_open, are gone from the server.  A DELE that
 * was refused must not be noted.  Those of an earlier session are not among
 * them: they stay DELIVERED with dele_sent set, and the listing tells.
 *
 * journal_quit believes the server.  It is for servers without UIDL, whose next
 * listing cannot tell; where there are UIDs it is not needed.
 */
void		 journal_dele(struct journal *j, uint32_t n);
void		 journal_quit(struct journal *j);

/*
 * Another session begins in the same run: what was delivered so far counts as
 * delivered before it, nothing is used, and DELEs of the one before, which had
 * no QUIT, are an earlier session's.
 */
void		 journal_session(struct journal *j);

/* What is known of the account; valid as long as the journal is open. */
const struct journal_account *journal_account(const struct journal *j);

/* Notes that no command shall be sent before the last one's answer until then;
 * 0: no more. */
void		 journal_no_pipelining(struct journal *j, int64_t until);

/* Notes that what comes has to be looked for in the Maildir, since an earlier
 * journal was lost; or that this is over. */
void		 journal_looking(struct journal *j, bool looking);

/* Notes that the account is left alone until then, for the rests-th time in a
 * row; JOURNAL_REST_NONE ends it. */
void		 journal_rest(struct journal *j, enum journal_why why,
		    int64_t until, uint32_t rests);

/* Writes what was noted, without waiting for the disk. */
int		 journal_write(struct journal *j, struct err *err);

/*
 * Writes and syncs (fdatasync): also, the first time, what an earlier process
 * wrote and may not have synced.
 */
int		 journal_sync(struct journal *j, struct err *err);

/* Asks for room, so that what has to be noted later can be. */
void		 journal_reserve(struct journal *j);

/*
 * Writes the live facts anew and replaces the file, durably, if half of its
 * lines or more are dead and it is not small; always with force.  Entries keep
 * their numbers; what was noted and not written yet is in it too.  Recovery
 * forces it before it acts on intents, so that what it acts on is on the disk
 * whatever became of earlier syncs.
 */
int		 journal_compact(struct journal *j, bool force,
		    struct err *err);

#endif
