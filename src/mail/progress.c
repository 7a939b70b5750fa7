/*
 * How far the work is, in words.
 */
#include "mail/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define TEXT_MAX	256

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };

#define NUNITS		(sizeof(units) / sizeof(units[0]))

void
progress_add(struct progress *sum, const struct progress *p)
{
	sum->done += p->done;
	sum->total += p->total;
	sum->octets += p->octets;
	sum->all += p->all;
}

/* The unit in which a number has at most three digits, more or less. */
static unsigned
unit_of(uint64_t octets)
{
	unsigned unit = 0;

	for (; octets >= 1000 && unit + 1 < NUNITS; octets /= 1024)
		unit++;
	return unit;
}

/* Two digits at least of what is not exact, no point where it says nothing. */
static void
put_size(char *dst, size_t size, uint64_t octets, unsigned unit)
{
	const double value = (double)octets / (double)(UINT64_C(1) << 10 * unit);

	const bool whole = octets % (UINT64_C(1) << 10 * unit) == 0;

	snprintf(dst, size, "%.*f", value < 9.95 && !whole ? 1 : 0, value);
}

char *
progress_size(char *dst, uint64_t octets)
{
	const unsigned unit = unit_of(octets);
	char number[12];

	put_size(number, sizeof(number), octets, unit);
	snprintf(dst, PROGRESS_SIZE, "%s %s", number, units[unit]);
	return dst;
}

static void
put_left(char *dst, size_t size, uint64_t seconds)
{
	if (seconds >= 3600)
		snprintf(dst, size, "%llu:%02llu:%02llu",
		    (unsigned long long)(seconds / 3600),
		    (unsigned long long)(seconds / 60 % 60),
		    (unsigned long long)(seconds % 60));
	else
		snprintf(dst, size, "%llu:%02llu",
		    (unsigned long long)(seconds / 60),
		    (unsigned long long)(seconds % 60));
}

void
progress_text(char *dst, size_t size, const char *who, const struct progress *p,
    int64_t ms)
{
	char name[TEXT_MAX], got[32], all[32], rate[32], left[32] = "-:--";
	/* LIST may have said less than came. */
	const uint64_t end = p->all > p->octets ? p->all : p->octets;
	const unsigned unit = unit_of(end);
	const uint64_t speed = ms > 0 ?
	    (uint64_t)((double)p->octets * 1000 / (double)ms) : 0;

	put_size(got, sizeof(got), p->octets, unit);
	put_size(all, sizeof(all), end, unit);
	put_size(rate, sizeof(rate), speed, unit_of(speed));
	if (speed > 0)
		put_left(left, sizeof(left), (end - p->octets + speed - 1) /
		    speed);
	snprintf(dst, size, "%s %u/%u  %s/%s %s  %s %s/s  %s",
	    text_vis(name, sizeof(name), who, strlen(who)), p->done, p->total,
	    got, all, units[unit], rate, units[unit_of(speed)], left);
}
