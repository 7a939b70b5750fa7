/*
 * Decides, for every message a server lists, what to do with it.  Pure: server
 * listing x journal x options -> ordered actions.
 */
#ifndef MAIL_PLAN_H
#define MAIL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct journal;

/* The server's listing, filled line by line in any order. */
struct listing;

struct listing	*listing_new(void);
void		 listing_free(struct listing *l);	/* NULL is allowed */
/* A line of UIDL, a line of LIST.  -1 with ERR_PROTOCOL: number 0 or a list
 * that is longer than anything real. */
int		 listing_uid(struct listing *l, uint32_t num, const void *uid,
		    size_t len, struct err *err);
int		 listing_size(struct listing *l, uint32_t num, uint64_t size,
		    struct err *err);

enum plan_action {
	PLAN_FETCH,		/* new: retrieve and deliver */
	PLAN_KEEP,		/* delivered earlier, stays on the server */
	PLAN_DELETE,		/* delivered earlier, goes once it is verified */
	PLAN_TOO_LARGE,		/* over the account's limit: left alone */
	PLAN_LATER,		/* over the account's fetchlimit: another run */
	PLAN_UNPROVEN,		/* the journal cannot tell: left alone, reported */
};

struct plan_item {
	enum plan_action action;
	uint32_t	num;		/* message number of this session */
	uint64_t	size;		/* LIST's */
	const uint8_t	*uid;		/* in the listing; NULL: the server has none */
	size_t		uidlen;
	uint32_t	entry;		/* in the journal, or JOURNAL_NONE */
};

struct plan_conf {
	bool		has_uidl;	/* the server answered UIDL */
	bool		delete;		/* nokeep: delivered messages go */
	bool		fetchall;	/* deliver known ones again, too */
	uint64_t	limit;		/* octets; 0: none */
	uint32_t	fetchlimit;	/* messages a run; 0: none */
};

struct plan {
	struct plan_item *items;	/* by message number */
	size_t		n;
	size_t		count[PLAN_UNPROVEN + 1];	/* by action */
	uint32_t	*gone;		/* journal entries no longer listed */
	size_t		ngone;
};

/*
 * Makes the plan; the listing and the journal must outlive it.  Only numbers
 * that stand in both lists count (Q8).  A UID that is listed m times and was
 * delivered k times is fetched m - k times (Q2).  A message without a UID is
 * fetched if the account deletes.  -1 with ERR_CONFIG: the server has no UIDL
 * and the account keeps its mail, so nothing would tell old from new.
 */
int		 plan_make(struct plan *p, struct listing *l,
		    const struct journal *j, const struct plan_conf *conf,
		    struct err *err);
void		 plan_free(struct plan *p);

#endif
