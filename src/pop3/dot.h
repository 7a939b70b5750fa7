/*
 * The body of a multi-line response (RFC 1939 section 3): finds its end and
 * undoes the dot-stuffing, in place, driven by memchr(3).
 *
 * Only CRLF ends a line and only CRLF "." CRLF ends the body; at the very start
 * "." CRLF does.  A bare CR, a bare LF and NUL are data.  There is no limit on
 * the length of a line and the memory needed is this struct.
 */
#ifndef POP3_DOT_H
#define POP3_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dot {
	int		state;		/* of dot.c */
	uint64_t	octets;		/* so far, CRLF is two, stuffing not
					   counted: RFC 1939 section 11 */
};

/* What a piece of body came to. */
struct dot_out {
	size_t	used;		/* octets of input consumed */
	size_t	nhead;		/* 0 or 1: head comes before the data; a CR that
				   an earlier piece ended with and that was
				   data */
	uint8_t	head;
	size_t	len;		/* octets of output, at the start of data */
	bool	end;		/* the final dot was read */
};

void	dot_init(struct dot *d);

/*
 * Decodes len octets at data in place: CRLF becomes LF, one leading dot goes.
 * At the end used may be less than len; what follows belongs to the next
 * response.  Otherwise used == len.  Any split of the same input gives the same
 * concatenation of (head, data).
 */
void	dot_feed(struct dot *d, uint8_t *data, size_t len,
	    struct dot_out *out);

#endif
