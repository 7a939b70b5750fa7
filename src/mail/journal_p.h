/*
 * What the files of the journal share; nobody else includes this.
 *
 *	journal.c	opening, noting, writing
 *	journal_load.c	from text to memory
 *	journal_rewrite.c	the file, written anew
 *	journal_state.c	memory: entries and what each fact does to them
 *	journal_text.c	from memory to text
 */
#ifndef MAIL_JOURNAL_P_H
#define MAIL_JOURNAL_P_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/journal.h"

struct set;

#define JOURNAL_MAGIC	"popfetch-journal"
#define JOURNAL_VERSION	2	/* 1 is read, and written anew as 2 */

/* Octets of "XXXXXXXX " before the text that the CRC covers. */
#define JOURNAL_CRC_LEN	9

/* Stands for a text of no octets; text_pct never makes it. */
#define JOURNAL_EMPTY	"%"

/* Octets noted that are written without being asked to. */
#define JOURNAL_SPILL	(256 * 1024)

/* The types of lines, the first line's aside. */
enum journal_type {
	LINE_BATCH = 'B',
	LINE_DELIVERED = 'D',
	LINE_FAILED = 'E',	/* announces; R counts */
	LINE_FORGOTTEN = 'F',
	LINE_INTENT = 'I',
	LINE_SEEN = 'K',
	LINE_MESSAGE = 'M',
	LINE_LOOKING = 'L',
	LINE_NO_PIPELINING = 'N',
	LINE_UNPROVEN = 'P',
	LINE_FAILED_AGAIN = 'R',
	LINE_DELE = 'S',
	LINE_TOTAL = 'T',	/* delivered, and in no other line */
	LINE_VANISHED = 'V',
	LINE_REST = 'W',
	LINE_QUIT = 'X',
};

/* The last line of a file: what the next one is chained to. */
struct journal_tail {
	uint32_t	 seq;		/* its number; 0: there is none */
	uint32_t	 crc;
};

/* What only an entry without an outcome needs. */
struct journal_pending {
	struct journal_pending *all;	/* the next one that was allocated */
	struct journal_pending *next;	/* among the settled or spare ones */
	uint32_t	 entry;
	struct journal_place place;
	char		 stage[JOURNAL_NAME_MAX];
	char		 final[JOURNAL_NAME_MAX];
};

/* Entries of one UID. */
struct journal_chain {
	uint32_t	 first, last;
};

struct journal {
	int		 dir, fd;	/* fd -1: there is no file yet */
	char		*name, *tmp, *key, *what;

	struct buf	 out;		/* noted, not written */
	struct journal_tail tail;	/* behind out */
	uint64_t	 octets;	/* in the file */
	bool		 unsynced;	/* the disk may lack some of it */
	bool		 fresh;
	bool		 look;		/* nothing is written */
	struct err	 err;		/* set: nothing goes on */

	struct journal_entry *entries;
	uint32_t	 n, cap;
	uint32_t	 opened;	/* entries that the file had */
	struct set	*uids;
	struct journal_chain *chains;	/* by number of the UID */
	uint32_t	 nchains, capchains;
	struct journal_place place;	/* of the last batch */
	struct journal_account account;
	uint32_t	*sent;		/* DELE noted, QUIT not */
	uint32_t	 nsent, capsent;

	struct journal_pending *all, *settled, *spare;
};

/* --- journal_state.c */

enum journal_effect {
	EFFECT_NONE,		/* it was known */
	EFFECT_DONE,
	EFFECT_REFUSED,		/* it contradicts what is known */
};

/* Makes room for n entries in all. */
void	journal_state_reserve(struct journal *j, uint32_t n);

/* A new entry, state INTENT, that is all zeros but for its UID. */
uint32_t journal_state_add(struct journal *j, const void *uid, size_t len);

/* Gives an entry its names and the place of the last batch. */
void	journal_state_pend(struct journal *j, uint32_t n, const char *stage,
	    const char *final);

/* D, F or P for entry n, and what an M says of its own. */
enum journal_effect journal_state_become(struct journal *j,
	    enum journal_state state, uint32_t n);

/* D, F, P, R, S or V for entry n; when is of R and V. */
enum journal_effect journal_state_note(struct journal *j,
	    enum journal_type type, uint32_t n, int64_t when);

/* X for the last count entries of sent; count <= nsent. */
void	journal_state_quit(struct journal *j, uint32_t count);

/* Lets go of the names of entries whose outcome is noted. */
void	journal_state_reclaim(struct journal *j);

void	journal_state_free(struct journal *j);

bool	journal_state_same_place(const struct journal_place *a,
	    const struct journal_place *b);

/* --- journal_rewrite.c */

/* How many lines would be written, the first aside. */
uint64_t journal_rewrite_lines(const struct journal *j);

/* Replaces the file, durably; after a failure nothing may be appended. */
int	journal_rewrite(struct journal *j, struct err *err);

/* --- journal_text.c: each appends one line to out and moves *tail */

void	journal_text_head(struct buf *out, struct journal_tail *tail,
	    const char *key);
void	journal_text_batch(struct buf *out, struct journal_tail *tail,
	    const struct journal_place *place);
/* I or M */
void	journal_text_message(struct buf *out, struct journal_tail *tail,
	    enum journal_type type, const struct journal *j, uint32_t n);
/* K */
void	journal_text_seen(struct buf *out, struct journal_tail *tail,
	    const struct journal *j, uint32_t n);
/* E */
void	journal_text_failed(struct buf *out, struct journal_tail *tail,
	    const struct journal *j, uint32_t n);
/* D, F, P, S: number of the entry's line; X, T: how many; N: until */
void	journal_text_number(struct buf *out, struct journal_tail *tail,
	    enum journal_type type, uint64_t number);
/* R, V */
void	journal_text_when(struct buf *out, struct journal_tail *tail,
	    enum journal_type type, uint32_t line, int64_t when);
/* W, and its first field; NULL if there is no such */
void	journal_text_rest(struct buf *out, struct journal_tail *tail,
	    const struct journal_account *account);
const char *journal_text_why(enum journal_why why);

/* --- journal_load.c */

enum journal_loaded {
	LOADED_ALL,
	LOADED_OLD,		/* the same, of an older version */
	LOADED_TORN,		/* what stands behind j->tail must go */
	LOADED_NOTHING,		/* no first line */
	LOADED_ERROR,
};

/*
 * Replays a file's text, which is overwritten.  Sets entries, tail, place,
 * account and sent.
 */
enum journal_loaded journal_load(struct journal *j, char *text, size_t len,
	    struct err *err);

#endif
