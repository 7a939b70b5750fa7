/*
 * One maildrop's session from the courier's side: the conversation with the
 * fetcher (base/ipc.h) from the listing to QUIT.  It keeps the work list, hands
 * out staged files, gathers batches, has them delivered, and lets a DELE go out
 * only for what is safe.
 *
 * Order: session_new, then session_frame for every frame that arrives and
 * session_tick after every wake-up, until session_over or an error.  Then
 * session_end, once, in every case.
 */
#ifndef MAIL_SESSION_H
#define MAIL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct courier_conf;
struct courier_summary;
struct err;
struct ipc;
struct ipc_msg;
struct journal;
struct progress;
struct session;
struct sink;
struct stage;

/* Messages asked for ahead of their answers; the fetcher decides how many of
 * these are really on the way. */
#define QUEUE_MESSAGES	4096

/* What the fetcher's last word was about, for what comes next. */
struct session_fault {
	uint32_t	flags;		/* IPC_E_* */
	uint64_t	delay;		/* LOGIN-DELAY in seconds, 0: unknown */
};

/* All borrowed. */
struct session_conf {
	const struct courier_conf *account;
	struct courier_summary	*sum;
	struct sink		*sink;
	struct stage		*stage;
	struct journal		*journal;
	struct ipc		*ipc;
};

struct session	*session_new(const struct session_conf *conf);

/*
 * Takes one frame.  -1: the session is over and *err says why; nothing more may
 * be deleted and QUIT must not be sent.
 */
int		 session_frame(struct session *s, struct ipc_msg *m,
		    struct err *err);

/* Does what is due by now: a batch, more work, QUIT.  -1 as session_frame. */
int		 session_tick(struct session *s, struct err *err);

/* Milliseconds until session_tick is wanted, or -1: not before a frame. */
int		 session_wait(const struct session *s);

/* Asks for no more messages and ends as soon as what is under way is safe. */
int		 session_stop(struct session *s, struct err *err);

/* Whether the fetcher has said that the channel is secure. */
bool		 session_secured(const struct session *s);

/*
 * Whether the login was accepted; then *delay is LOGIN-DELAY in seconds, 0: none,
 * and *when the time of the login, or somewhat earlier (seconds since 1970).
 */
bool		 session_logged_in(const struct session *s, uint64_t *delay,
		    int64_t *when);

/* All of this one is well and confirmed, and there is work for another: after
 * "expunge" deletions, or for messages that failed before, so that they do not
 * keep the others' deletions from being confirmed. */
bool		 session_more(const struct session *s);

/* How far it is, for a person. */
struct progress	 session_progress(const struct session *s);

/* What IPC_ERROR said beside its error; all zeros without one. */
struct session_fault session_fault(const struct session *s);

/*
 * Nothing is left to do: QUIT is answered, or must not be sent.  The courier then
 * closes its end.
 */
bool		 session_over(const struct session *s);

/*
 * Delivers what is whole if deliver says so (a lost connection does not unmake
 * it), removes unused staged files, reports what was refused, adds to the
 * summary, and frees.  An error of its own goes to *err if that is still empty.
 */
void		 session_end(struct session *s, bool deliver, struct err *err);

#endif
