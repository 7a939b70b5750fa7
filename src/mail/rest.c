/*
 * When an account is left alone, and for how long.
 */
#include "mail/rest.h"

/* The rest after so many refusals in a row. */
static int64_t
refused(uint32_t rests)
{
	int64_t seconds = REST_REFUSED_FIRST;

	while (rests-- > 1 && seconds < REST_REFUSED_MOST)
		seconds *= 2;
	return seconds < REST_REFUSED_MOST ? seconds : REST_REFUSED_MOST;
}

struct rest
rest_after(const struct journal_account *a, enum journal_why why,
    uint64_t delay, int64_t now)
{
	struct rest r = { .why = why, .rests = 1 };

	if (a->why == why)
		r.rests = a->rests + (a->rests < UINT32_MAX);
	switch (why) {
	case JOURNAL_REST_NONE:
		r.rests = 0;
		break;
	case JOURNAL_REST_REFUSED:
		r.until = now + refused(r.rests);
		break;
	case JOURNAL_REST_BUSY:
		r.until = now + REST_BUSY;
		break;
	case JOURNAL_REST_DELAY:
		if (delay == 0)
			delay = REST_DELAY;
		r.until = now + (delay < REST_DELAY_MOST ? (int64_t)delay :
		    REST_DELAY_MOST);
		break;
	}
	return r;
}

struct rest
rest_after_silence(const struct journal_account *a, int64_t now)
{
	struct rest once = {
		.why = JOURNAL_REST_REFUSED, .until = now, .rests = 1,
	};

	return a->why == JOURNAL_REST_REFUSED ?
	    rest_after(a, JOURNAL_REST_REFUSED, 0, now) : once;
}

int64_t
rest_left(const struct journal_account *a, int64_t changed, int64_t now)
{
	int64_t most = 0;

	switch (a->why) {
	case JOURNAL_REST_NONE:
		break;
	case JOURNAL_REST_REFUSED:
		most = refused(a->rests);
		if (changed > a->rest - most)
			return 0;
		break;
	case JOURNAL_REST_BUSY:
		most = REST_BUSY;
		break;
	case JOURNAL_REST_DELAY:
		most = REST_DELAY_MOST;
		break;
	}
	return a->rest > now && a->rest - now <= most ? a->rest - now : 0;
}
