/*
 * Scans the header of a message as it streams by, for two things: the octets
 * that make a digest stable from one session to the next, and the sender.
 * Pure; keeps at most one field name and two addresses in memory.
 *
 * Input is the decoded body (LF line ends).  The header ends at the first
 * empty line, or at the end of input.  Lines of any length pass.
 */
#ifndef POP3_HEAD_H
#define POP3_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_SENDER_MAX	320	/* RFC 5321 4.5.3.1: 64 + 1 + 255 */

struct head {
	int	state;		/* of head.c */
	bool	skip;		/* the running field is not stable */
	uint64_t skipped;	/* octets of such fields, as a server counts
				   them: a line end is two */
	size_t	nname;		/* octets held in name */
	uint8_t	name[32];	/* start of the field name, as it came */
	char	sender[HEAD_SENDER_MAX + 1];	/* NUL-terminated */
	int	best;		/* of head.c: the field it is from */
	int	field;		/* of head.c: the one being read, */
	int	place;		/* and where in it; its address so far: */
	size_t	naddr;
	char	addr[HEAD_SENDER_MAX];
	bool	odd;		/* that is none */
	bool	gap;		/* blanks stand behind it */
	bool	quoted;
	bool	escape;		/* behind a backslash */
	uint64_t depth;		/* of comments in each other */
	bool	end;		/* the empty line was seen */
};

void	head_init(struct head *h);

/*
 * Feeds len octets.  Calls stable with each run of octets that belongs to the
 * stable header: all of it, folded lines and line ends too, but the fields
 * Status, X-Status, X-UIDL, X-UID, X-Keywords, X-IMAP, X-IMAPbase and
 * Content-Length (Q31).  The empty line is not part of it: TOP and RETR may
 * differ in whether there is one.  Does nothing once h->end is set.
 */
void	head_feed(struct head *h, const uint8_t *data, size_t len,
	    void (*stable)(void *arg, const uint8_t *data, size_t len),
	    void *arg);

/*
 * End of input: gives out what is still held back.  To be called once, also
 * when the empty line was seen.  After it h->sender is the address of the first
 * mailbox in Return-Path, Resent-Sender, Sender, Resent-From, From or Reply-To,
 * the first of these that has one, and of several of a name the upper one; a
 * Return-Path that has none, as "<>", goes before the others all the same.  It
 * is printable ASCII without brackets, comments or blanks, but for those
 * between quotes; "" if there is none.
 */
void	head_end(struct head *h,
	    void (*stable)(void *arg, const uint8_t *data, size_t len),
	    void *arg);

#endif
