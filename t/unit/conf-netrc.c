/*
 * The words and entries of a ~/.netrc.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "conf/netrc.h"

/* What is found for joe at the account "work" on pop.example.org. */
static void
finds(const char *text, const char *want)
{
	const size_t len = strlen(text);
	char *copy = malloc(len + 1);
	const char *got;

	assert_non_null(copy);
	memcpy(copy, text, len + 1);
	got = netrc_find(copy, len, "work", "pop.example.org", "joe");
	if (want == NULL)
		assert_null(got);
	else {
		assert_non_null(got);
		assert_string_equal(got, want);
	}
	free(copy);
}

static void
an_entry_is_found_by_poll_name_or_host(void **state)
{
	(void)state;
	finds("machine work login joe password one", "one");
	finds("machine pop.example.org login joe password two\n", "two");
	finds("machine POP.Example.org login joe password two\n", "two");
	finds("machine example.org login joe password no\n", NULL);
	finds("machine\n work\n user\n joe\n passwd\n three", "three");
	finds("machine work password first login joe", "first");
}

static void
the_poll_name_beats_the_host(void **state)
{
	(void)state;
	finds("machine pop.example.org login joe password host\n"
	    "machine work login joe password name\n", "name");
	finds("machine pop.example.org login joe password host\n"
	    "machine work login ann password name\n", "host");
}

static void
the_first_entry_counts(void **state)
{
	(void)state;
	finds("machine work login joe password one\n"
	    "machine work login joe password two\n", "one");
	finds("machine pop.example.org login joe password one\n"
	    "machine pop.example.org login joe password two\n", "one");
}

static void
the_login_must_be_the_same(void **state)
{
	(void)state;
	finds("machine work login ann password a\n"
	    "machine work login joe password j\n", "j");
	finds("machine work login JOE password a\n", NULL);
	finds("machine work password any\n", "any");
}

static void
the_default_entry_is_for_nobody(void **state)
{
	(void)state;
	finds("default login joe password no\n", NULL);
	finds("default password no\nmachine work login joe password y\n", "y");
	finds("machine work login joe default password no\n", NULL);
}

static void
an_entry_without_password_is_none(void **state)
{
	(void)state;
	finds("", NULL);
	finds("machine", NULL);
	finds("machine work login joe", NULL);
	finds("machine work login joe password", NULL);
	finds("machine work login joe\nmachine work login joe password y\n",
	    "y");
	finds("login joe password no", NULL);
}

static void
quotes_and_backslashes_are_undone(void **state)
{
	(void)state;
	finds("machine work login joe password \"a b\"\n", "a b");
	finds("machine work login joe password 'a \"b'\n", "a \"b");
	finds("machine work login joe password \"a\\\"b\\\\\"\n", "a\"b\\");
	finds("machine work login joe password a\\ b\n", "a b");
	finds("machine work login \"joe\" password \"\"\n", "");
	finds("machine work login joe password \"open\n", "open");
	finds("machine work login joe password \"open", "open");
	finds("machine work login joe password end\\", "end\\");
}

static void
comments_are_skipped(void **state)
{
	(void)state;
	finds("# machine work login joe password no\n", NULL);
	finds("machine work # mine\n login joe password y # z\n", "y");
	finds("machine work login joe password a#b\n", "a#b");
	finds("machine work login joe password \"#b\"\n", "#b");
}

static void
macros_and_accounts_are_skipped(void **state)
{
	(void)state;
	finds("machine x macdef init\nmachine work login joe password no\n\n"
	    "machine work login joe password y\n", "y");
	finds("macdef init\nmachine work login joe password no\n", NULL);
	finds("macdef init\n\nmachine work login joe password y\n", "y");
	finds("macdef", NULL);
	finds("machine work account password login joe password y\n", "y");
	finds("machine work frob login joe password y\n", "y");
	finds("machine work\r\nlogin joe\r\npassword y\r\n", "y");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_found_by_poll_name_or_host),
		cmocka_unit_test(the_poll_name_beats_the_host),
		cmocka_unit_test(the_first_entry_counts),
		cmocka_unit_test(the_login_must_be_the_same),
		cmocka_unit_test(the_default_entry_is_for_nobody),
		cmocka_unit_test(an_entry_without_password_is_none),
		cmocka_unit_test(quotes_and_backslashes_are_undone),
		cmocka_unit_test(comments_are_skipped),
		cmocka_unit_test(macros_and_accounts_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
