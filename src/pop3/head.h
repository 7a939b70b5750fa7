/*
 * Scans the header of a message as it streams by, for two things: the octets
 * that make a digest stable from one session to the next, and the envelope
 * sender.  Pure; keeps at most one field name and one sender in memory.
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
	int	from;		/* of head.c: where in a Return-Path field */
	bool	skip;		/* the running field is not stable */
	uint64_t skipped;	/* octets of such fields, as a server counts
				   them: a line end is two */
	size_t	nname;		/* octets held in name */
	uint8_t	name[32];	/* start of the field name, as it came */
	size_t	nsender;
	char	sender[HEAD_SENDER_MAX + 1];	/* NUL-terminated */
	bool	have_sender;
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
 * when the empty line was seen.  After it h->sender is the address of the
 * first Return-Path field, without angle brackets; "" if there is none, it is
 * empty, or it is not a plain printable address.
 */
void	head_end(struct head *h,
	    void (*stable)(void *arg, const uint8_t *data, size_t len),
	    void *arg);

#endif
