/*
 * A growable queue of octets: appended at one end, consumed at the other.
 * The struct is open so that it can live inside others; its fields belong to
 * buf.c.  A buffer never grows beyond the limit it was given, which is what
 * bounds memory against a hostile server.
 *
 * Out of memory ends the process (mem.h); a full buffer is an answer.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t	*base;
	size_t	 start;		/* first unread octet */
	size_t	 end;		/* behind the last one */
	size_t	 cap;
	size_t	 limit;		/* most octets it may ever hold */
};

/* Makes an empty buffer that holds at most limit octets; allocates nothing. */
void	buf_init(struct buf *b, size_t limit);

/* Frees the storage; b may be used again as after buf_init. */
void	buf_free(struct buf *b);

/* Overwrites what it held, also what was consumed, then frees. */
void	buf_free_secret(struct buf *b);

size_t	buf_len(const struct buf *b);

/*
 * The unread octets, buf_len of them; valid until the next change and never
 * NULL.
 */
uint8_t	*buf_data(const struct buf *b);

/*
 * Makes room for n octets and returns where to write them, or NULL if that
 * would pass the limit.  buf_commit then says how many were written.
 */
uint8_t	*buf_reserve(struct buf *b, size_t n);
void	buf_commit(struct buf *b, size_t n);

/*
 * Appends a copy of octets that are not the buffer's own.  False, and nothing
 * appended, if the limit forbids it.
 */
bool	buf_append(struct buf *b, const void *data, size_t n);

/* Appends formatted text without a final NUL.  False as buf_append. */
bool	buf_printf(struct buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Drops the first n unread octets; n is at most buf_len. */
void	buf_consume(struct buf *b, size_t n);

#endif
