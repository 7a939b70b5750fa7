/*
 * The system's clocks, or the ones that a test sets.
 */
#include "base/clock.h"

#include <time.h>

#include "base/fault.h"

#define DAY_US	(INT64_C(86400) * 1000000)

static int64_t fake_wall_us = -1;
static int64_t fake_mono_ms = -1;

int64_t
clock_wall_us(void)
{
	struct timespec ts;

	if (fake_wall_us >= 0)
		return fake_wall_us;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 +
	    FAULT("clock-days") * DAY_US;
}

int64_t
clock_mono_ms(void)
{
	struct timespec ts;

	if (fake_mono_ms >= 0)
		return fake_mono_ms;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
clock_fake(int64_t wall_us, int64_t mono_ms)
{
	fake_wall_us = wall_us;
	fake_mono_ms = mono_ms;
}
