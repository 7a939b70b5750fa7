/*
 * What a crash leaves of a journal's end when later octets reach the disk before
 * earlier ones; and failures that count nothing.
 */
#include "mail/journal.h"

#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "journal-lib.h"

/* Puts zeros over octets from..to of the file. */
static void
make_hole(size_t from, size_t to)
{
	static char text[TEXT_MAX];
	size_t len = get_file(text, sizeof(text));

	assert_true(from < to && to <= len);
	memset(text + from, 0, to - from);
	set_file(text, len);
}

/* Where line number n begins. */
static size_t
line_at(unsigned n)
{
	static char text[TEXT_MAX];
	char *p = text;

	(void)get_file(text, sizeof(text));
	while (--n > 0)
		p = strchr(p, '\n') + 1;
	return (size_t)(p - text);
}

/* A crash may leave zeros where what came later has reached the disk. */
static void
a_hole_in_what_was_not_synced_ends_the_file(void **state)
{
	struct journal *j = open_journal();
	uint32_t n[6];
	unsigned i;
	size_t from, to;

	(void)state;
	journal_batch(j, &here);
	for (i = 0; i < 6; i++)
		n[i] = intend(j, "u", i);
	for (i = 0; i < 6; i++)
		journal_delivered(j, n[i]);
	journal_close(reopen(j));
	/* Lines: 1 head, 2 B, 3-8 I, 9-14 D.  From within 10 to within 12. */
	from = line_at(10) + 4;
	to = line_at(12) + 3;
	make_hole(from, to);
	j = open_journal();
	assert_int_equal(journal_get(j, n[0])->state, JOURNAL_DELIVERED);
	for (i = 1; i < 6; i++)
		assert_int_equal(journal_get(j, n[i])->state, JOURNAL_INTENT);
	journal_delivered(j, n[3]);
	j = reopen(j);
	assert_int_equal(journal_get(j, n[3])->state, JOURNAL_DELIVERED);
	journal_close(j);
}

static void
a_hole_in_what_was_synced_is_damage(void **state)
{
	struct journal *j = open_journal();
	uint32_t n[6];
	unsigned i;

	(void)state;
	journal_batch(j, &here);
	for (i = 0; i < 6; i++)
		n[i] = intend(j, "u", i);
	for (i = 0; i < 6; i++)
		journal_delivered(j, n[i]);
	journal_close(reopen(j));
	make_hole(line_at(5) + 4, line_at(6) + 3);
	assert_null(try_journal());
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "line 5:"));
}

static void
what_failed_through_no_fault_of_its_own_counts_nothing(void **state)
{
	struct journal *j = open_journal();
	struct journal_entry e = sample(1);
	uint32_t n;

	(void)state;
	e.failures = 0;
	n = journal_failed(j, JOURNAL_NONE, "a", 1, &e);
	j = reopen(j);
	assert_int_equal(journal_get(j, n)->state, JOURNAL_FAILED);
	assert_int_equal(journal_get(j, n)->failures, 0);
	journal_failed(j, n, "a", 1, &e);
	assert_int_equal(journal_get(j, n)->failures, 1);
	journal_close(j);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_hole_in_what_was_not_synced_ends_the_file),
		T(a_hole_in_what_was_synced_is_damage),
		T(what_failed_through_no_fault_of_its_own_counts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
