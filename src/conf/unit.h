/*
 * Numbers with units, as people write them: sizes like 20M, ages like 30d12h.
 */
#ifndef CONF_UNIT_H
#define CONF_UNIT_H

#include <stdint.h>

enum unit_result {
	UNIT_GOOD = 0,
	UNIT_NONE,		/* it is not one */
	UNIT_RANGE,		/* it is more than max */
};

/* Octets: a number, behind which b, k, M, G or T may stand, in either case and
 * with 1024 for each step. */
enum unit_result unit_size(const char *s, uint64_t max, uint64_t *octets);

/* Seconds: one or more numbers, each with m, h, d or w behind it, added up. */
enum unit_result unit_age(const char *s, uint64_t max, uint64_t *seconds);

#endif
