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
#include "mail/progress.h"

struct remap;
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
	ITEM_DELETED,		/* DELE was accepted */
};

struct session {
	struct session_conf c;
	enum phase	 phase;
	bool		 may_delete;
	int64_t		 began;		/* seconds since 1970 */
	bool		 stopping;
	bool		 has_top;
	bool		 has_uidl;
	bool		 looked;	/* all that was asked for is told */

	struct listing	*listing;
	struct plan	 plan;
	uint8_t		*state;		/* enum item_state, as plan.items */
	size_t		 next;		/* first item not asked for */
	bool		 late;		/* next runs through those that failed
					   before; all others are asked for */
	struct remap	*remap;		/* for PLAN_MATCH, or NULL */
	uint32_t	 nasked;	/* messages that will be deleted, if all
					   goes well */
	bool		 more;		/* the rest is another session's */

	struct progress	 progress;	/* of whole messages */
	size_t		 nretr;		/* asked for, not answered */
	size_t		 nverify;
	size_t		 ndele;		/* sent, not answered */
	uint32_t	 ndeleted;	/* answered +OK, QUIT is to come */
	size_t		 ndropping;	/* IPC_STOP not answered: 1 */
	size_t		 nbraked;	/* not deleted, for max-delete */

	struct batch	 batch;
	size_t		 nunsafe;	/* retrieved and not delivered: no QUIT */
	size_t		 nrefused;	/* of these, by the sink */
	size_t		 nfailed;	/* not retrieved, not deleted */
	struct err	 refused;	/* the worst one's reason */
	struct err	 failed;

	struct session_fault fault;	/* of the fetcher's last word */
	uint64_t	 login_delay;	/* seconds, 0: none */
	struct ipc_msg	 out;		/* the frame being filled */
};

/*
 * Adds an item to the frame being filled, sending it first if it is of another
 * type or full.  Type 0 and no item: sends what is there.
 */
int	session_put(struct session *s, int type, const struct plan_item *it,
	    struct err *err);

/* Sends a frame without items. */
int	session_send(struct session *s, enum ipc_type type, struct err *err);

/* The index in plan.items of message num, or SIZE_MAX. */
size_t	session_item(const struct session *s, uint32_t num);

/*
 * Item i is the message of journal entry number entry, and safe: puts a DELE for
 * it if it is to go by now, else lets it be.
 */
int	session_settled(struct session *s, size_t i, uint32_t entry,
	    struct err *err);

/*
 * Has the batch delivered.  delete is false after the connection is lost: then
 * there is nobody to tell.
 */
int	session_flush(struct session *s, bool delete, struct err *err);

/* Counts one more failure of item i, whose reason is added to if it is the last
 * one that is tried. */
void	session_count_failure(struct session *s, size_t i, struct err *why);

/* Keeps the worst reason of several of a kind, the first of these, with the
 * message's number. */
void	session_remember(struct err *first, const struct err *why,
	    uint32_t num);

/* --- session_look.c */

/* The whole of a session that does not fetch, once the plan is made. */
int	session_look(struct session *s, struct err *err);

/* Something found out of the server. */
void	session_tell_fact(const struct session *s, const struct ipc_msg *m);

/* Begins to count what comes. */
void	session_expect(struct session *s);

/* Puts into the summary what is on the server, and how much of that is new. */
void	session_count(const struct session *s);

/*
 * For programs: what is left alone and why; what became of item i, with the
 * staged file if it is in the Maildir (why NULL: as the plan has it); and what is deleted, once QUIT is answered.
 */
void	session_tell_left(const struct session *s);
void	session_tell(const struct session *s, size_t i, const char *action,
	    const char *why, const struct staged *file);
void	session_tell_deleted(const struct session *s);

#endif
