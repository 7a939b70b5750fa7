/*
 * Numbers with units.
 */
#include "conf/unit.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

/* How many octets a suffix stands for, or 0. */
static uint64_t
size_unit(const char *suffix)
{
	static const char units[] = "bkmgt";
	const char *u;

	if (*suffix == '\0')
		return 1;
	u = strchr(units, tolower((unsigned char)*suffix));
	if (u == NULL || suffix[1] != '\0')
		return 0;
	return (uint64_t)1 << (10 * (u - units));
}

enum unit_result
unit_size(const char *s, uint64_t max, uint64_t *octets)
{
	const size_t n = strspn(s, "0123456789");
	const uint64_t unit = size_unit(s + n);

	if (n == 0 || unit == 0)
		return UNIT_NONE;
	if (!text_number(s, n, 20, max / unit, octets))
		return UNIT_RANGE;
	*octets *= unit;
	return UNIT_GOOD;
}

/* How many seconds an age's letter stands for, or 0. */
static uint64_t
age_unit(char letter)
{
	switch (letter) {
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 7 * 86400;
	default:
		return 0;
	}
}

enum unit_result
unit_age(const char *s, uint64_t max, uint64_t *seconds)
{
	uint64_t unit, value;
	size_t n;

	*seconds = 0;
	do {
		n = strspn(s, "0123456789");
		if (n == 0 || (unit = age_unit(s[n])) == 0)
			return UNIT_NONE;
		if (!text_number(s, n, 20, (max - *seconds) / unit, &value))
			return UNIT_RANGE;
		*seconds += value * unit;
		s += n + 1;
	} while (*s != '\0');
	return UNIT_GOOD;
}
