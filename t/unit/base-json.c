/*
 * JSON strings.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static void
writes(const char *s, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	json_string(f, s);
	fclose(f);
	assert_string_equal(text, expected);
	free(text);
}

static void
controls_quotes_and_backslashes_are_escaped(void **state)
{
	(void)state;
	writes("", "\"\"");
	writes("a \"b\" \\ /", "\"a \\\"b\\\" \\\\ /\"");
	writes("\n\t\x01\x1f\x7f", "\"\\n\\u0009\\u0001\\u001f\\u007f\"");
}

static void
utf8_stays_and_the_rest_is_replaced(void **state)
{
	(void)state;
	writes("\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xac",
	    "\"\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xac\"");
	writes("\xfc", "\"\\ufffd\"");
	/* Too long, a surrogate, beyond Unicode, cut short. */
	writes("\xc0\x80", "\"\\ufffd\\ufffd\"");
	writes("\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	writes("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	writes("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	writes("\xe2\x82", "\"\\ufffd\\ufffd\"");
	writes("\xe2\x82z", "\"\\ufffd\\ufffdz\"");
	writes("\xc3\"", "\"\\ufffd\\\"\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_quotes_and_backslashes_are_escaped),
		cmocka_unit_test(utf8_stays_and_the_rest_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
