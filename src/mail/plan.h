/*
 * Decides, for every message a server lists, what to do with it.  Pure: server
 * listing x journal x options -> ordered actions.
 */
#ifndef MAIL_PLAN_H
#define MAIL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/listing.h"

struct err;
struct journal;

enum plan_action {
	PLAN_FETCH,		/* new: retrieve and deliver */
	PLAN_KEEP,		/* delivered earlier, stays on the server */
	PLAN_DELETE,		/* delivered earlier, goes once verified */
	PLAN_RECHECK,		/* delivered earlier, and the server accepted
				   DELE for it, but it is listed: the same one
				   still, or another under its UID; fetch it if
				   it is another */
	PLAN_MATCH,		/* its UID is new, but the journal has delivered
				   messages whose UIDs are gone: it may be one
				   of these, renamed (Q3).  Compare it with
				   them (remap.h), fetch it if it is none */
	PLAN_TOO_LARGE,		/* over the account's limit: left alone */
	PLAN_LATER,		/* over the account's fetchlimit: another run */
	PLAN_NO_UID,		/* no UID, and the account keeps its mail:
				   nothing tells old from new; left alone,
				   reported */
	PLAN_SET_ASIDE,		/* failed max_failures times: left alone,
				   reported */
	PLAN_UNPROVEN,		/* the journal cannot tell: left alone,
				   reported */
	PLAN_ACTIONS		/* how many there are */
};

struct plan_item {
	enum plan_action action;
	uint32_t	num;		/* message number of this session */
	uint64_t	size;		/* LIST's */
	const uint8_t	*uid;		/* in the listing; NULL: it has none */
	size_t		uidlen;
	uint32_t	entry;		/* in the journal, or JOURNAL_NONE */
	bool		late;		/* failed before: after all others, so
					   that it holds up none of them */
};

struct plan_conf {
	bool		has_uidl;	/* the server answered UIDL */
	bool		delete;		/* delivered messages go: nokeep, or */
	int64_t		keep_for;	/* ... so many seconds after delivery:
					   keep AGE; 0: at once */
	int64_t		now;		/* seconds since 1970 */
	uint32_t	max_failures;	/* set aside from then on; 0: never */
	bool		retry;		/* what is set aside or unproven is
					   fetched once more (--retry) */
	bool		fetchall;	/* deliver known ones again, too */
	uint64_t	limit;		/* octets; 0: none */
	uint32_t	fetchlimit;	/* messages a run; 0: none */
};

struct plan {
	struct plan_item *items;	/* by message number */
	size_t		n;
	size_t		count[PLAN_ACTIONS];	/* by action */
	uint32_t	*gone;		/* entries to forget: no longer listed */
	size_t		ngone;
	uint32_t	*vanished;	/* entries that are not listed as of now */
	size_t		nvanished;
	uint32_t	*back;		/* entries that are listed again, though
					   nothing has to be compared */
	size_t		nback;
};

/* Seconds for which a delivered message is remembered that is listed no more:
 * a server may list nothing for once, or all under other UIDs. */
#define PLAN_REMEMBER	(30 * 86400)

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
 * entry are taken for it first.  Where that leaves a choice, DELIVERED goes
 * before UNPROVEN before FAILED, so that nothing is fetched again that may be
 * here; and last is what was thought to be off the server, with an accepted
 * DELE or vanished: that its UID is listed speaks for another message (Q4).
 *
 * A listed size that is not the entry's makes no message new: servers' sizes
 * waver (Q10, Q31), and fetching it again would be a duplicate.  KEEP stays
 * KEEP.  DELETE stays DELETE, but a message that is another one has to be
 * delivered: size and header, or the whole digest, verify it.
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
 * that entry once the message is delivered again.  The same goes for one that
 * FAILED, and with retry for one that is UNPROVEN.  What is set aside is so
 * with fetchall, too, and whatever its size.  fetchlimit counts late ones last.
 *
 * keep AGE (keep_for): a DELIVERED message is KEEP until keep_for seconds
 * after its when, then DELETE; a when in the future counts as now.  A server
 * without UIDL is refused as for any account that keeps its mail, and a message
 * without a UID is NO_UID.
 *
 * SEEN is KEEP, whatever the account does with what was delivered; FETCH with
 * fetchall.  It vanishes as what was delivered does, but tells nothing of a
 * message under another UID.
 *
 * A DELIVERED entry whose UID is in no line of UIDL, be it one without a LIST
 * line, is gone if DELE was accepted for it, or if it vanished PLAN_REMEMBER
 * seconds ago; else it is vanished, if it was not so before.  A FAILED one is
 * gone at once, also if its UID is listed and all messages under it are others:
 * a crash can leave it beside the entry of the delivery.  Never those without a
 * UID, and none without UIDL.
 *
 * What vanished and is listed again is RECHECK (DELETE, if it is to go): its
 * UID may be a new message's by now (Q4).
 *
 * MATCH: where more messages, DELIVERED and without an accepted DELE, have
 * vanished (now or before) than are listed, and at least half as many are new
 * (with a UID, but no entry), all of these that would be FETCH; otherwise those
 * of them whose LIST size is that of a vanished one.  fetchlimit counts them as
 * fetched.  None with fetchall.
 */
int		 plan_make(struct plan *p, struct listing *l,
		    const struct journal *j, const struct plan_conf *conf,
		    struct err *err);
void		 plan_free(struct plan *p);

#endif
