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

enum plan_action {
	PLAN_FETCH,		/* new: retrieve and deliver */
	PLAN_KEEP,		/* delivered earlier, stays on the server */
	PLAN_DELETE,		/* delivered earlier, goes once verified */
	PLAN_RECHECK,		/* delivered earlier, and the server accepted
				   DELE for it, but it is listed: the same one
				   still, or another under its UID; fetch it if
				   it is another */
	PLAN_TOO_LARGE,		/* over the account's limit: left alone */
	PLAN_LATER,		/* over the account's fetchlimit: another run */
	PLAN_NO_UID,		/* no UID, and the account keeps its mail:
				   nothing tells old from new; left alone,
				   reported */
	PLAN_UNPROVEN,		/* the journal cannot tell: left alone,
				   reported */
};

struct plan_item {
	enum plan_action action;
	uint32_t	num;		/* message number of this session */
	uint64_t	size;		/* LIST's */
	const uint8_t	*uid;		/* in the listing; NULL: it has none */
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
 * Makes the plan; the listing, which is sorted, must outlive it and not change.
 * 0, or -1:
 *
 *	ERR_CONFIG	the server has no UIDL and the account keeps its mail,
 *			so nothing would tell old from new
 *	ERR_TEMP	no memory to sort
 *
 * Only numbers that stand in both lists count (Q8); without UIDL, those in
 * LIST.  STAT has no say (Q9).  A UID that is listed m times and was delivered
 * k times is fetched m - k times (Q2); those whose LIST size is that of an
 * entry are taken for delivered first.
 *
 * A listed size that is not the entry's makes no message new: servers' sizes
 * waver (Q10, Q31), and fetching it again would be a duplicate.  KEEP stays
 * KEEP.  DELETE stays DELETE, but then only the whole digest can verify it, and
 * a message that is another one has to be delivered: compare item.size with the
 * entry's.
 *
 * A message for which DELE was accepted and which is listed all the same is
 * verified in any case, also when the account keeps its mail by now: a QUIT may
 * not have been answered, and its UID given to a new message since (Q4).
 *
 * An empty UID is none (Q6): such a message is fetched if the account deletes,
 * else left alone, with fetchall too: without an identity the journal would
 * grow at every run.  An old copy is then to be recognised by its digest, among
 * the journal's entries without a UID.
 *
 * With fetchall a known message is FETCH with entry set; the caller forgets
 * that entry once the message is delivered again.
 *
 * gone holds the DELIVERED entries whose UID is in no line of UIDL, be it one
 * without a LIST line.  Never those without a UID, and none without UIDL.
 */
int		 plan_make(struct plan *p, struct listing *l,
		    const struct journal *j, const struct plan_conf *conf,
		    struct err *err);
void		 plan_free(struct plan *p);

#endif
