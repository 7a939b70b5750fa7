/*
 * How much to ask for ahead: the RETRs that are outstanding, counted in octets
 * of announced size and in commands.  Pure.
 *
 * Up to WINDOW_OCTETS or four times the bandwidth-delay product, whichever is
 * more, and at most WINDOW_COMMANDS; refilled when it is down to half, so that
 * commands travel in few packets; at least one message always, however large.
 */
#ifndef NET_WINDOW_H
#define NET_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_OCTETS	(4u << 20)
#define WINDOW_COMMANDS	1000u

struct window {
	uint64_t	octets;		/* outstanding, as announced */
	uint32_t	commands;
	bool		filling;	/* between half and full, going up */
	uint64_t	limit;		/* in octets, follows the line */
	int64_t		rtt_ms;		/* least seen, or -1 */
	int64_t		mark_ms;	/* start of the running measurement */
	uint64_t	mark_octets;
};

void	window_init(struct window *w);

/* Whether one more message of that size may be asked for now. */
bool	window_open(struct window *w, uint64_t size);

void	window_sent(struct window *w, uint64_t size);
void	window_done(struct window *w, uint64_t size);

/* A command was answered after that many milliseconds. */
void	window_rtt(struct window *w, int64_t ms);

/* Octets arrived at that time: measures the line, moves the limit. */
void	window_arrived(struct window *w, uint64_t octets, int64_t now_ms);

#endif
