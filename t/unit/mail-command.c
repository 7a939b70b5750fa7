/*
 * %T and %F: quoted, whatever is in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/command.h"

static const char *const joe[] = { "joe" };
static const char *const two[] = { "joe", "o'hara" };

static void
builds(const char *command, const char *const *rcpt, size_t n,
    const char *sender, const char *want)
{
	struct err err = { .kind = ERR_NONE };
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(command_build(&b, command, rcpt, n, sender, &err), 0);
	assert_string_equal((char *)buf_data(&b), want);
	buf_free(&b);
}

static void
places_are_filled_in_and_quoted(void **state)
{
	(void)state;
	builds("procmail -d %T", joe, 1, "", "procmail -d 'joe'");
	builds("x %s -f %F", joe, 1, "a@b", "x 'joe' -f 'a@b'");
	builds("x %T", two, 2, "", "x 'joe' 'o'\\''hara'");
	builds("x %F", joe, 1, "a'; rm -rf ~; '@b",
	    "x 'a'\\''; rm -rf ~; '\\''@b'");
	builds("x %F", joe, 1, "", "x ''");
}

static void
other_percents_stay(void **state)
{
	(void)state;
	builds("date +%Y%m %% 100%", joe, 1, "", "date +%Y%m %% 100%");
	builds("%T%F", joe, 1, "s", "'joe''s'");
}

static void
sender_is_never_an_option(void **state)
{
	(void)state;
	builds("x -f %F", joe, 1, "-oQ/tmp", "x -f ''");
}

static void
quotes_around_a_place_are_refused(void **state)
{
	static const char *const bad[] = { "x '%T'", "x \"%F\"", "x %T'",
		"x \"%s" };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		err_clear(&err);
		assert_int_equal(command_check(bad[i], &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
	}
	err_clear(&err);
	assert_int_equal(command_check("x %T '%Y' %F", &err), 0);
}

static void
too_long_a_command_is_an_error(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(command_build(&b, "12345 %T", joe, 1, "", &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_filled_in_and_quoted),
		cmocka_unit_test(other_percents_stay),
		cmocka_unit_test(sender_is_never_an_option),
		cmocka_unit_test(quotes_around_a_place_are_refused),
		cmocka_unit_test(too_long_a_command_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
