/*
 * How a session failed, and what that says about another one: the words for
 * the user and the flags of IPC_ERROR for the courier.
 */
#ifndef NET_FAILURE_H
#define NET_FAILURE_H

#include <stdint.h>

struct fetcher;

/* What the server did. */
enum failure_how {
	FAILURE_ANSWER,		/* it said what ended the session */
	FAILURE_SILENCE,
	FAILURE_CLOSED,
};

/* Sets f->err: nothing came for so long.  Returns -1. */
int	failure_silence(struct fetcher *f, int64_t seconds, const char *what);

/* Decides what goes with f->err, which is set: its hint, if it has none, and the
 * flags. */
void	failure_judge(struct fetcher *f, enum failure_how how);

#endif
