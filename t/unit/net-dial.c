/*
 * The command line of a plugin.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "net/dial.h"

/* The words of a command line, for joe.example and 995, in brackets. */
static void
splits(const char *command, const char *want)
{
	struct arena *arena = arena_new();
	char got[256] = "", **argv, **a;

	argv = dial_plugin(arena, command, "joe.example", "995");
	for (a = argv; a != NULL && *a != NULL; a++) {
		strlcat(got, "[", sizeof(got));
		strlcat(got, *a, sizeof(got));
		strlcat(got, "]", sizeof(got));
	}
	assert_string_equal(got, want);
	if (*want == '\0')
		assert_null(argv);
	arena_free(arena);
}

static void
words_are_split_at_white_space_only(void **state)
{
	(void)state;
	splits("nc", "[nc]");
	splits(" a\tb \n c ", "[a][b][c]");
	splits("a b c d e", "[a][b][c][d][e]");
	splits("sh -c 'a b' \"c\" \\ d;$e", "[sh][-c]['a][b'][\"c\"][\\][d;$e]");
}

static void
host_and_port_are_filled_in(void **state)
{
	(void)state;
	splits("nc %h %p", "[nc][joe.example][995]");
	splits("%h%h:%p", "[joe.examplejoe.example:995]");
	splits("%p", "[995]");
	splits("% %% %x %%h %", "[%][%%][%x][%joe.example][%]");
	splits("a% h", "[a%][h]");
}

static void
no_word_is_no_command(void **state)
{
	(void)state;
	splits("", "");
	splits(" \t\n", "");
}

static void
a_host_is_one_word(void **state)
{
	struct arena *arena = arena_new();
	char **argv = dial_plugin(arena, "nc %h", "a b", "1");

	(void)state;
	assert_string_equal(argv[1], "a b");
	assert_null(argv[2]);
	arena_free(arena);
}

static void
where_a_plugin_leads_is_not_this_machine(void **state)
{
	struct dialed d = { .loopback = true };

	(void)state;
	dial_plugged(&d, 7);
	assert_int_equal(d.fd, 7);
	assert_false(d.loopback);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_split_at_white_space_only),
		cmocka_unit_test(host_and_port_are_filled_in),
		cmocka_unit_test(no_word_is_no_command),
		cmocka_unit_test(a_host_is_one_word),
		cmocka_unit_test(where_a_plugin_leads_is_not_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
