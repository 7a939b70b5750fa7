/*
 * The listing: lines in any order come out by number, and what no mailbox can
 * be is refused.
 */
#include "mail/listing.h"

#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/err.h"

static struct listing *l;
static struct err err;
static struct listing_walk walk;
static struct listing_line line;

static int
begin(void **state)
{
	(void)state;
	l = listing_new();
	err_clear(&err);
	memset(&walk, 0, sizeof(walk));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	listing_free(l);
	return 0;
}

static void
uid(uint32_t num, const char *s)
{
	assert_int_equal(listing_uid(l, num, s, strlen(s), &err), 0);
}

static void
size(uint32_t num, uint64_t octets)
{
	assert_int_equal(listing_size(l, num, octets, &err), 0);
}

static void
next_uid(uint32_t num, const char *s, bool whole, uint64_t octets)
{
	assert_true(listing_next_uid(l, &walk, &line));
	assert_int_equal(line.num, num);
	assert_int_equal(line.uidlen, strlen(s));
	assert_memory_equal(line.uid, s, line.uidlen);
	assert_int_equal(line.whole, whole);
	assert_int_equal(line.size, octets);
}

static void
next_size(uint32_t num, uint64_t octets)
{
	assert_true(listing_next_size(l, &walk, &line));
	assert_int_equal(line.num, num);
	assert_int_equal(line.uidlen, 0);
	assert_true(line.whole);
	assert_int_equal(line.size, octets);
}

static void
lines_come_by_number(void **state)
{
	(void)state;
	size(7, 70);
	uid(9, "i");
	size(2, 20);
	uid(2, "b");
	uid(7, "g");
	size(9, 90);
	assert_int_equal(listing_uids(l), 3);
	assert_int_equal(listing_sizes(l), 3);
	assert_int_equal(listing_sort(l, &err), 0);
	next_uid(2, "b", true, 20);
	next_uid(7, "g", true, 70);
	next_uid(9, "i", true, 90);
	assert_false(listing_next_uid(l, &walk, &line));
	memset(&walk, 0, sizeof(walk));
	next_size(2, 20);
	next_size(7, 70);
	next_size(9, 90);
	assert_false(listing_next_size(l, &walk, &line));
}

static void
a_line_is_whole_with_a_number_in_both_lists(void **state)
{
	(void)state;
	uid(1, "a");
	size(2, 2);
	uid(3, "c");
	size(3, 3);
	uid(UINT32_MAX, "z");
	size(UINT32_MAX - 1, 1);
	assert_int_equal(listing_sort(l, &err), 0);
	next_uid(1, "a", false, 0);
	next_uid(3, "c", true, 3);
	next_uid(UINT32_MAX, "z", false, 0);
	assert_false(listing_next_uid(l, &walk, &line));
}

static void
only_the_first_line_of_a_number_is_whole(void **state)
{
	(void)state;
	uid(2, "b");
	uid(1, "first");
	uid(1, "second");
	size(1, 10);
	size(2, 20);
	size(2, 21);
	size(1, 11);
	assert_int_equal(listing_sort(l, &err), 0);
	next_uid(1, "first", true, 10);
	next_uid(1, "second", false, 0);
	next_uid(2, "b", true, 20);
	memset(&walk, 0, sizeof(walk));
	next_size(1, 10);
	next_size(2, 20);
	assert_false(listing_next_size(l, &walk, &line));
}

static void
a_uid_is_any_octets_or_none(void **state)
{
	static const char octets[] = "\0\xff x";

	(void)state;
	assert_int_equal(listing_uid(l, 1, octets, sizeof(octets), &err), 0);
	assert_int_equal(listing_uid(l, 2, NULL, 0, &err), 0);
	size(1, 10);
	size(2, 20);
	assert_int_equal(listing_sort(l, &err), 0);
	assert_true(listing_next_uid(l, &walk, &line));
	assert_int_equal(line.uidlen, sizeof(octets));
	assert_memory_equal(line.uid, octets, sizeof(octets));
	next_uid(2, "", true, 20);
}

static void
an_empty_listing_has_no_lines(void **state)
{
	(void)state;
	assert_int_equal(listing_sort(l, &err), 0);
	assert_false(listing_next_uid(l, &walk, &line));
	assert_false(listing_next_size(l, &walk, &line));
	size(1, 10);
	assert_false(listing_next_uid(l, &walk, &line));
	listing_free(NULL);
}

static void
a_hostile_listing_is_refused(void **state)
{
	static char longest[LISTING_UID_MAX + 1];
	uint32_t i;

	(void)state;
	assert_int_equal(listing_uid(l, 0, "a", 1, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	err_clear(&err);
	assert_int_equal(listing_size(l, 0, 1, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	assert_int_equal(listing_uid(l, 1, longest, sizeof(longest), &err), -1);
	assert_int_equal(listing_uid(l, 1, longest, LISTING_UID_MAX, &err), 0);

	err_clear(&err);
	for (i = 0; i < LISTING_MAX; i++)
		assert_int_equal(listing_size(l, 1, i, &err), 0);
	assert_int_equal(listing_size(l, 1, i, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);

	err_clear(&err);
	for (i = 1; i < LISTING_OCTETS_MAX / LISTING_UID_MAX; i++)
		assert_int_equal(listing_uid(l, i, longest, LISTING_UID_MAX,
		    &err), 0);
	assert_int_equal(listing_uid(l, i, longest, LISTING_UID_MAX, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_come_by_number),
		T(a_line_is_whole_with_a_number_in_both_lists),
		T(only_the_first_line_of_a_number_is_whole),
		T(a_uid_is_any_octets_or_none),
		T(an_empty_listing_has_no_lines),
		T(a_hostile_listing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
