/*
 * What session.c and session_frame.c share; nobody else includes it.
 */
#ifndef MAIL_SESSION_P_H
#define MAIL_SESSION_P_H

#include "mail/session.h"

#include <stddef.h>

#include "base/err.h"
#include "base/ipc.h"
#include "mail/batch.h"
#include "mail/plan.h"

struct staged;

enum phase {
	PHASE_OPENING,		/* until IPC_SECURED */
	PHASE_LISTING,		/* until IPC_LISTED */
	PHASE_WORKING,
	PHASE_QUITTING,		/* until IPC_BYE */
	PHASE_OVER,
};

/* Where one item of the plan is. */
enum item_state {
	ITEM_IDLE,		/* nothing asked */
	ITEM_RETR,		/* asked for, or staged and not yet delivered */
	ITEM_VERIFY,
	ITEM_DELE,
	ITEM_DONE,
};

struct session {
	struct session_conf c;
	enum phase	 phase;
	bool		 may_delete;
	bool		 stopping;
	bool		 has_top;
	bool		 has_uidl;

	struct listing	*listing;
	struct plan	 plan;
	uint8_t		*state;		/* enum item_state, as plan.items */
	size_t		 next;		/* first item not asked for */

	size_t		 nretr;		/* asked for, not answered */
	size_t		 nverify;
	size_t		 ndele;		/* sent, not answered */
	uint32_t	 ndeleted;	/* answered +OK, QUIT is to come */
	size_t		 ndropping;	/* IPC_STOP not answered: 1 */

	struct batch	 batch;
	size_t		 nrefused;	/* retrieved and not delivered */
	size_t		 nfailed;	/* not retrieved, not deleted */
	struct err	 refused;	/* the first one's reason */
	struct err	 failed;
	struct ipc_msg	 out;		/* the frame being filled */
};

/*
 * Adds an item to the frame being filled, sending it first if it is of another
 * type or full.  Type 0 and no item: sends what is there.
 */
int	session_put(struct session *s, int type, const struct plan_item *it,
	    struct err *err);

/* The index in plan.items of message num, or SIZE_MAX. */
size_t	session_item(const struct session *s, uint32_t num);

/*
 * Item i is the message of journal entry number entry, and safe: puts a DELE for
 * it if the account deletes, else lets it be.
 */
int	session_settled(struct session *s, size_t i, uint32_t entry,
	    struct err *err);

/*
 * Has the batch delivered.  delete is false after the connection is lost: then
 * there is nobody to tell.
 */
int	session_flush(struct session *s, bool delete, struct err *err);

/* Keeps the first reason of several of a kind, with the message's number. */
void	session_remember(struct err *first, const struct err *why,
	    uint32_t num);

#endif
