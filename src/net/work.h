/*
 * What a courier wants done, until the server has answered it: the queues of
 * messages to fetch and to delete, and the commands that are under way.
 * Decides what is sent next, as far as the session machine and the window
 * (window.h) allow.
 */
#ifndef NET_WORK_H
#define NET_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/window.h"

struct pop3;

enum work_kind {
	WORK_RETR,		/* into a staged file */
	WORK_TOP,		/* a digest of the header */
	WORK_VERIFY,		/* digests of all of it, by RETR */
	WORK_DELE,
	WORK_NOOP,
	WORK_QUIT,
};

struct work_item {
	uint64_t	size;		/* as announced */
	uint32_t	num;
	enum work_kind	kind;
};

struct work_queue {
	struct work_item *items;
	size_t		 first;
	size_t		 count;
	size_t		 cap;
};

/* Open so that it can live in another struct; its fields are work.c's. */
struct work {
	struct work_queue fetch;	/* RETR, TOP, VERIFY: not sent yet */
	struct work_queue dele;
	struct work_queue sent;		/* not answered yet, oldest first */
	size_t		 bodies;	/* of these, those with a body */
	bool		 quit;		/* wanted when all is done */
	bool		 quit_sent;
	int64_t		 alone;		/* when the oldest was sent, if
					   nothing was under way; or -1 */
	struct window	 window;
};

void	work_init(struct work *w);
void	work_free(struct work *w);

/* Appends to its queue; QUIT and NOOP are not for that. */
void	work_add(struct work *w, enum work_kind kind, uint32_t num,
	    uint64_t size);

/* Takes back one message that is to be fetched and was not sent.  False:
 * there is none. */
bool	work_drop(struct work *w, struct work_item *item);

/* QUIT once all that was added is sent and every body has come. */
void	work_quit(struct work *w);

/* Nothing wanted and nothing under way. */
bool	work_idle(const struct work *w);

/* Asks the machine for what may be sent now.  now: clock_mono_ms. */
void	work_send(struct work *w, struct pop3 *p, int64_t now);

/* NOOP, if nothing else is under way. */
void	work_noop(struct work *w, struct pop3 *p, int64_t now);

/* The oldest command that is under way, or NULL. */
const struct work_item *work_oldest(const struct work *w);

/* The answer to the oldest begins: measures the way to the server. */
void	work_begun(struct work *w, int64_t now);

/* The oldest is answered.  There must be one. */
struct work_item work_answered(struct work *w, int64_t now);

#endif
