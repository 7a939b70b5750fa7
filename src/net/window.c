/* How much to ask for ahead. */
#include "net/window.h"

/* A limit of so many bandwidth-delay products. */
#define WINDOW_DELAYS		4
/* However long and fat the line is. */
#define WINDOW_OCTETS_MAX	(256u << 20)
/* Shortest time that tells something about a line, in milliseconds. */
#define WINDOW_MEASURE_MS	200
/* The part of the way down that one slower measurement takes the limit. */
#define WINDOW_SLOW		8

void
window_init(struct window *w)
{
	*w = (struct window){
		.filling = true,
		.limit = WINDOW_OCTETS,
		.rtt_ms = -1,
		.mark_ms = -1,
	};
}

bool
window_open(struct window *w, uint64_t size)
{
	if (w->commands == 0) {
		w->filling = true;
		return true;
	}
	if (w->commands >= WINDOW_COMMANDS || w->octets >= w->limit ||
	    size > w->limit - w->octets)
		w->filling = false;
	else if (!w->filling)
		w->filling = w->commands <= WINDOW_COMMANDS / 2 &&
		    w->octets <= w->limit / 2;
	return w->filling;
}

void
window_sent(struct window *w, uint64_t size)
{
	w->octets += size;
	w->commands++;
}

void
window_done(struct window *w, uint64_t size)
{
	w->octets -= size < w->octets ? size : w->octets;
	if (w->commands > 0)
		w->commands--;
	/* An idle line says nothing about its speed. */
	if (w->commands == 0)
		w->mark_ms = -1;
}

void
window_rtt(struct window *w, int64_t ms)
{
	if (ms >= 0 && (w->rtt_ms < 0 || ms < w->rtt_ms))
		w->rtt_ms = ms;
}

void
window_arrived(struct window *w, uint64_t octets, int64_t now_ms)
{
	uint64_t elapsed, want;

	if (w->mark_ms < 0 || now_ms < w->mark_ms) {
		w->mark_ms = now_ms;
		w->mark_octets = 0;
		return;
	}
	w->mark_octets += octets;
	if (w->rtt_ms < 0 || now_ms - w->mark_ms < WINDOW_MEASURE_MS ||
	    now_ms - w->mark_ms < w->rtt_ms)
		return;
	elapsed = (uint64_t)(now_ms - w->mark_ms);
	want = w->mark_octets / elapsed * (uint64_t)w->rtt_ms * WINDOW_DELAYS;
	if (want > WINDOW_OCTETS_MAX)
		want = WINDOW_OCTETS_MAX;
	if (want < WINDOW_OCTETS)
		want = WINDOW_OCTETS;
	if (want >= w->limit)
		w->limit = want;
	else
		w->limit -= (w->limit - want) / WINDOW_SLOW;
	w->mark_ms = now_ms;
	w->mark_octets = 0;
}
