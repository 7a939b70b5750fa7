/*
 * The one line on a terminal that moves while mail is fetched.  Pure text: the
 * supervisor, which alone writes it, decides when.
 */
#ifndef MAIL_PROGRESS_H
#define MAIL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* How far one account is, or several. */
struct progress {
	uint32_t	done, total;	/* messages */
	uint64_t	octets, all;	/* of these, as LIST counts */
};

/* Adds what another account came to. */
void	progress_add(struct progress *sum, const struct progress *p);

/* "1.2 MiB"; dst has PROGRESS_SIZE octets.  Returns dst. */
#define PROGRESS_SIZE	16
char	*progress_size(char *dst, uint64_t octets);

/*
 * "work 12/30  8.1/24 MiB  2.3 MiB/s  0:07": at most size - 1 octets, cut if it
 * is longer.  ms is how long it took so far.
 */
void	progress_text(char *dst, size_t size, const char *who,
	    const struct progress *p, int64_t ms);

#endif
