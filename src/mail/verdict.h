/*
 * What the end of an MDA says about the message that it had.  Pure.
 */
#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include <stdbool.h>

struct err;

enum verdict {
	VERDICT_YES,		/* it has the message */
	VERDICT_LATER,		/* not now, which is not the message's fault */
	VERDICT_NO,		/* not this message */
	VERDICT_BROKEN,		/* no message at all: it did not run */
	/* never from verdict_of: */
	VERDICT_UNKNOWN,	/* it did not end by itself: it may have it */
	VERDICT_LOST,		/* the same, and nothing more is to be tried */
};

/*
 * status is what waitpid(2) has of a process that ended by itself; with qmail
 * it is read as qmail-command(8) has it, else as sysexits(3) does.  A signal
 * is NO: a message that its MDA dies of each time has to be counted.  Sets
 * *err to why, unless it is YES.
 */
enum verdict	verdict_of(int status, bool qmail, struct err *err);

#endif
