/*
 * What the tests of the plan share.
 */
#include "plan-lib.h"

#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

const struct plan_conf keep = { .has_uidl = true, .now = NOW };
const struct plan_conf nokeep = { .has_uidl = true, .delete = true,
	.now = NOW };

struct journal *j;
struct listing *l;
struct plan p;

int
begin(void **state)
{
	if (setup(state) == -1 || (j = try_journal()) == NULL)
		return -1;
	l = listing_new();
	memset(&p, 0, sizeof(p));
	return 0;
}

int
end(void **state)
{
	plan_free(&p);
	listing_free(l);
	journal_close(j);
	return teardown(state);
}

void
uid(uint32_t num, const char *s)
{
	assert_int_equal(listing_uid(l, num, s, strlen(s), &err), 0);
}

void
size(uint32_t num, uint64_t octets)
{
	assert_int_equal(listing_size(l, num, octets, &err), 0);
}

void
both(uint32_t num, const char *s, uint64_t octets)
{
	uid(num, s);
	size(num, octets);
}

void
list_anew(void)
{
	listing_free(l);
	l = listing_new();
}

uint32_t
refuse(const char *s, unsigned seed, unsigned times)
{
	struct journal_entry e = sample(seed);
	uint32_t n = JOURNAL_NONE;

	e.failures = 1;
	while (times-- > 0)
		n = journal_failed(j, n, s, strlen(s), &e);
	return n;
}

uint32_t
vanish(const char *s, unsigned seed, int64_t age)
{
	uint32_t n = deliver(j, s, seed);

	journal_vanished(j, n, NOW - age);
	return n;
}

void
make(const struct plan_conf *conf)
{
	plan_free(&p);
	if (plan_make(&p, l, j, conf, &err) == -1)
		fail_msg("%s", err.msg);
}
