/*
 * What the tests of the plan share: a journal, a listing, and the plan made of
 * them.
 */
#ifndef T_PLAN_LIB_H
#define T_PLAN_LIB_H

#include <stdint.h>

#include "journal-lib.h"
#include "mail/plan.h"

#define NOW	1800000000	/* of keep and nokeep: long after all samples */
#define DAY	86400

extern const struct plan_conf keep, nokeep;
extern struct journal *j;
extern struct listing *l;
extern struct plan p;

int	begin(void **state);
int	end(void **state);

/* A line of UIDL, one of LIST, or both; and a listing without any. */
void	uid(uint32_t num, const char *s);
void	size(uint32_t num, uint64_t octets);
void	both(uint32_t num, const char *s, uint64_t octets);
void	list_anew(void);

/* An entry, FAILED so many times, with the size of that sample. */
uint32_t refuse(const char *s, unsigned seed, unsigned times);

/* An entry, DELIVERED and vanished at NOW - age. */
uint32_t vanish(const char *s, unsigned seed, int64_t age);

void	make(const struct plan_conf *conf);

/* Item i of the plan is message num. */
#define ITEM(i, number, what) do {					\
	assert_true((i) < p.n);						\
	assert_int_equal(p.items[i].num, number);			\
	assert_int_equal(p.items[i].action, what);			\
} while (0)

#define T(name)	cmocka_unit_test_setup_teardown(name, begin, end)

#endif
