/*
 * What a server lists: the lines of UIDL and LIST, put together.
 */
#ifndef MAIL_LISTING_H
#define MAIL_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * Most lines of UIDL or LIST, octets of a UID, and octets of all UIDs: what is
 * beyond is no mailbox but an attack on our memory.
 */
#define LISTING_MAX		(4U * 1024 * 1024)
#define LISTING_UID_MAX		1000
#define LISTING_OCTETS_MAX	(128U * 1024 * 1024)

/*
 * The server's listing, filled line by line in any order.  If a number is
 * listed twice, its first line counts.
 */
struct listing;

struct listing	*listing_new(void);
void		 listing_free(struct listing *l);	/* NULL is allowed */
/* A line of UIDL, a line of LIST.  -1 with ERR_PROTOCOL: number 0 or a list
 * that is longer than anything real. */
int		 listing_uid(struct listing *l, uint32_t num, const void *uid,
		    size_t len, struct err *err);
int		 listing_size(struct listing *l, uint32_t num, uint64_t size,
		    struct err *err);

/* To be called before a walk.  -1 with ERR_TEMP: no memory to sort. */
int		 listing_sort(struct listing *l, struct err *err);

struct listing_line {
	uint32_t	num;
	bool		whole;	/* the message's: in both lists, and the first
				   line of its number */
	uint64_t	size;	/* if it is whole */
	const uint8_t	*uid;	/* in the listing; empty if it has none */
	size_t		uidlen;
};

struct listing_walk {		/* zeroed for the start */
	size_t		uid, size;	/* the next lines */
};

/* How many lines of UIDL and LIST there are. */
size_t		 listing_uids(const struct listing *l);
size_t		 listing_sizes(const struct listing *l);

/* The next line of UIDL, by number, with the size that LIST has for it; false
 * at the end. */
bool		 listing_next_uid(const struct listing *l,
		    struct listing_walk *w, struct listing_line *line);

/* The same of LIST alone: every line is whole and has no UID. */
bool		 listing_next_size(const struct listing *l,
		    struct listing_walk *w, struct listing_line *line);

#endif
