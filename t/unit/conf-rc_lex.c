/*
 * The tokens of a run-control file: fetchmail's rules, one test each.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/rc_lex.h"

/* Words behind which the tests ask for a name, as the parser does. */
static bool
wants_name(const struct rc_token *t)
{
	static const char *const words[] = {
		"user", "username", "pass", "password", "is", "to",
	};
	size_t i;

	if (t->kind == RC_EQUALS)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (t->kind == RC_WORD && !t->name &&
		    strcmp(t->text, words[i]) == 0)
			return true;
	return false;
}

/*
 * Tokens as text: "S(string) W(word) N(number) = B(why)", with a small letter
 * for a word that is never a keyword.
 */
static void
tokens(char *out, size_t size, const char *src, size_t len)
{
	struct arena *arena = arena_new();
	struct rc_token t = { 0 };
	struct rc_lex lx;
	char one[512];
	bool name = false;

	out[0] = '\0';
	rc_lex_init(&lx, src, len, arena);
	for (;;) {
		rc_lex_next(&lx, name, &t);
		if (t.kind == RC_EOF)
			break;
		assert_true(t.start < t.end && t.end <= len);
		if (t.kind == RC_EQUALS)
			snprintf(one, sizeof(one), "=");
		else {
			assert_int_equal(strlen(t.text), t.len);
			snprintf(one, sizeof(one), "%c(%s)",
			    t.kind == RC_STRING ? 'S' :
			    t.kind == RC_NUMBER ? 'N' :
			    t.kind == RC_BAD ? 'B' : t.name ? 'w' : 'W',
			    t.text);
		}
		if (out[0] != '\0')
			strlcat(out, " ", size);
		strlcat(out, one, size);
		name = wants_name(&t);
	}
	arena_free(arena);
}

static void
check(const char *src, const char *expected)
{
	size_t n = strlen(src);
	char out[1024], *copy;

	/* A copy without a NUL, so that a reader past the end is noticed. */
	copy = malloc(n + (n == 0));
	assert_non_null(copy);
	memcpy(copy, src, n);
	tokens(out, sizeof(out), copy, n);
	free(copy);
	assert_string_equal(out, expected);
}

static void
there_are_five_kinds(void **state)
{
	(void)state;
	check("\"a\" 12 bare poll =", "S(a) N(12) W(bare) W(poll) =");
	check("", "");
	check(" \t\r\n", "");
}

static void
either_quote_ends_at_the_next_same_one(void **state)
{
	(void)state;
	check("\"a'b\" 'c\"d'", "S(a'b) S(c\"d)");
	check("\"\" ''", "S() S()");
	check("\"a b\"c", "S(a b) W(c)");
}

static void
a_quote_cannot_be_escaped(void **state)
{
	(void)state;
	check("\"a\\\"b\"", "w(\"a\"b\")");
	check("\"a\\x22b\"", "S(a\"b)");
}

static void
a_string_may_span_lines(void **state)
{
	(void)state;
	check("\"a\nb\" x", "S(a\nb) W(x)");
	check("\"a\\\nb\" x", "S(ab) W(x)");
	check("\"a\\\r\nb\"", "S(ab)");
}

static void
a_missing_end_quote_is_told(void **state)
{
	(void)state;
	check("\"a", "B(missing end quote)");
	check("\"a b\nc", "B(missing end quote) W(b) W(c)");
	check("x \"", "W(x) B(missing end quote)");
	check("'a\\'b", "B(missing end quote)");
	/* The quote found is where the next string begins. */
	check("user \"joe\npass \"x\"",
	    "W(user) B(missing end quote) W(pass) S(x)");
}

static void
text_behind_an_end_quote_is_told(void **state)
{
	(void)state;
	check("\"abc\"\"", "B(a doubled end quote)");
	check("'abc'\"", "B(text directly behind an end quote)");
	check("\"abc\"d", "B(text directly behind an end quote)");
	check("'a'b'", "B(text directly behind an end quote)");
}

static void
a_string_is_never_a_keyword_or_number(void **state)
{
	(void)state;
	check("\"pop3\" \"300\" \"with\"", "S(pop3) S(300) S(with)");
}

static void
a_number_is_the_whole_token(void **state)
{
	(void)state;
	check("300 -5 0 99999999999", "N(300) N(-5) N(0) N(99999999999)");
	check("3x - 20M 1.2", "W(3x) W(-) W(20M) W(1.2)");
}

static void
a_word_ends_at_blank_and_punctuation(void **state)
{
	(void)state;
	check("a,b;c:d=e", "W(a) W(b) W(c) W(d) = w(e)");
	check("a\tb\rc\nd", "W(a) W(b) W(c) W(d)");
	check("~/Mail/%a /usr/bin/x -d%T",
	    "W(~/Mail/%a) W(/usr/bin/x) W(-d%T)");
}

static void
a_word_may_hold_hash_and_quotes(void **state)
{
	(void)state;
	check("y#z a\"b c'd", "W(y#z) W(a\"b) W(c'd)");
	check("pass y#z", "W(pass) w(y#z)");
}

static void
case_is_kept(void **state)
{
	(void)state;
	check("Poll POP3 With", "W(Poll) W(POP3) W(With)");
}

static void
a_name_is_never_a_keyword_or_number(void **state)
{
	(void)state;
	check("user here pass there", "W(user) w(here) W(pass) w(there)");
	check("user 123 pass 456", "W(user) w(123) W(pass) w(456)");
	check("user is pass pass", "W(user) w(is) W(pass) w(pass)");
	check("is with to and", "W(is) w(with) W(to) w(and)");
	check("daemon = 300", "W(daemon) = w(300)");
	check("user\n\n with", "W(user) w(with)");
	check("user , joe", "W(user) w(joe)");
	/* The one behind it is an ordinary word again. */
	check("user joe 12 with", "W(user) w(joe) N(12)");
}

static void
a_comment_goes_to_the_end_of_the_line(void **state)
{
	(void)state;
	check("a # b c\nd", "W(a) W(d)");
	check("# \"x\na", "W(a)");
	check("a#b #c", "W(a#b)");
	check("a;#c\nb", "W(a) W(b)");
	check("pass #secret\nx", "W(pass) w(x)");
}

static void
a_last_line_needs_no_newline(void **state)
{
	(void)state;
	check("a # end", "W(a)");
	check("a", "W(a)");
	check("a\\", "w(a)");
	check("\\", "w()");
}

static void
a_backslash_joins_lines(void **state)
{
	(void)state;
	check("a \\\n b", "W(a) W(b)");
	check("\\\na", "W(a)");
	check("a\\\nb", "W(a) W(b)");
	check("a\\\\\nb", "w(a\\) W(b)");
	check("a \\\r\n b", "W(a) W(b)");
}

static void
crlf_files_are_text(void **state)
{
	(void)state;
	check("a b\r\n# c\r\nd\r\n", "W(a) W(b) W(d)");
}

static void
a_byte_order_mark_is_passed_over(void **state)
{
	struct arena *arena = arena_new();
	struct rc_token t;
	struct rc_lex lx;

	(void)state;
	check("\xef\xbb\xbf" "a", "W(a)");
	check("a\xef\xbb\xbf", "W(a\xef\xbb\xbf)");
	rc_lex_init(&lx, "\xef\xbb\xbf" "a", 4, arena);
	rc_lex_next(&lx, false, &t);
	assert_int_equal(t.column, 1);
	arena_free(arena);
}

static void
punctuation_and_noise_are_skipped(void **state)
{
	(void)state;
	check("a;,:b", "W(a) W(b)");
	check("a and with has wants options b", "W(a) W(b)");
	check("a AND b", "W(a) W(AND) W(b)");
	check("w\\ith", "w(with)");
}

static void
escapes_are_undone_in_strings_and_words(void **state)
{
	(void)state;
	check("\"\\n\\t\\b\\r\\\\\"", "S(\n\t\b\r\\)");
	check("\\n\\t\\b\\r\\\\", "w(\n\t\b\r\\)");
	check("\"\\x41\\X42\\x43\"", "S(ABC)");
	check("\"\\xag\\x9\"", "S(\ng\t)");
	check("\"\\x411\"", "S(A1)");
	check("\"\\d\\q\\\"", "S(dq)");
	check("\"\\x\"", "B(\\x without hexadecimal digits)");
}

static void
octal_counts_its_zero_as_a_digit(void **state)
{
	(void)state;
	check("\"\\0101\"", "S(\b" "1)");
	check("\"\\012\"", "S(\n)");
	check("\"\\018\"", "S(\001" "8)");
}

static void
other_digits_are_decimal(void **state)
{
	(void)state;
	check("\"\\101\"", "S(e)");
	check("\"\\1011\"", "S(e1)");
	check("\"\\65\\66\"", "S(AB)");
	check("\"\\321\"", "S(A)");	/* modulo 256 */
	check("\"\\9x\"", "S(\tx)");
}

static void
a_nul_ends_the_value(void **state)
{
	(void)state;
	check("\"ab\\0cd\" x", "S(ab) W(x)");
	check("ab\\x00cd x", "w(ab) W(x)");
	check("\"ab\\256cd\" x", "S(ab) W(x)");
}

static void
an_escape_stays_inside_its_token(void **state)
{
	(void)state;
	check("\"\\x4\"1", "B(text directly behind an end quote)");
	check("\"\\x4\" 1", "S(\004) N(1)");
	check("\\1\n01", "w(\001) N(01)");
}

static void
lines_and_columns_count_every_line(void **state)
{
	static const char src[] = "a\n  \"b\nc\" d\n\te # x\n f";
	static const unsigned places[][2] = {
		{ 1, 1 }, { 2, 3 }, { 3, 4 }, { 4, 2 }, { 5, 2 },
	};
	struct arena *arena = arena_new();
	struct rc_token t;
	struct rc_lex lx;
	unsigned line, column;
	size_t i;

	(void)state;
	rc_lex_init(&lx, src, strlen(src), arena);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		rc_lex_next(&lx, false, &t);
		assert_int_equal(t.line, places[i][0]);
		assert_int_equal(t.column, places[i][1]);
		rc_lex_where(&lx, t.start, &line, &column);
		assert_int_equal(line, t.line);
		assert_int_equal(column, t.column);
	}
	arena_free(arena);
}

/* The excerpt for the first occurrence of a word in the source. */
static void
excerpt(const char *src, const char *word, const char *expected)
{
	struct arena *arena = arena_new();
	struct rc_span at, none = { 0, 0 };
	struct rc_lex lx;
	const char *text;
	unsigned line, column;

	rc_lex_init(&lx, src, strlen(src), arena);
	at.start = (size_t)(strstr(src, word) - src);
	at.end = at.start + strlen(word);
	rc_lex_where(&lx, at.start, &line, &column);
	text = rc_lex_excerpt(&lx, line, at, none);
	if (expected == NULL)
		assert_null(text);
	else
		assert_string_equal(text, expected);
	arena_free(arena);
}

static void
the_excerpt_has_carets_below_the_token(void **state)
{
	(void)state;
	excerpt("poll a\n  user joe sssl\nx", "sssl",
	    "    2 |   user joe sssl\n"
	    "      |            ^~~~\n");
	excerpt("x", "x", "    1 | x\n      | ^\n");
	excerpt("\xef\xbb\xbf" "ab c\r\n", "c",
	    "    1 | ab c\n      |    ^\n");
}

static void
the_excerpt_is_printable(void **state)
{
	(void)state;
	excerpt("\ta\tbad", "bad", "    1 |  a bad\n      |    ^~~\n");
	excerpt("\x1b[31m\xc3\xbc bad", "bad",
	    "    1 | ?[31m? bad\n      |        ^~~\n");
}

static void
the_excerpt_of_a_long_line_is_cut_around_the_token(void **state)
{
	char line[400], *cut;
	struct arena *arena = arena_new();
	struct rc_lex lx;
	const char *text;

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line + 200, " bad ", 5);
	rc_lex_init(&lx, line, sizeof(line), arena);
	text = rc_lex_excerpt(&lx, 1, (struct rc_span){ 201, 204 },
	    (struct rc_span){ 0, 0 });
	cut = strchr(text, '\n');
	assert_true(cut - text <= 80);
	assert_memory_equal(text, "    1 | ...aaa", 14);
	assert_memory_equal(cut - 4, "a...", 4);
	/* What stands above the carets is the token. */
	assert_memory_equal(text + (strchr(cut, '^') - cut) - 1, "bad", 3);
	assert_non_null(strstr(cut, "^~~\n"));
	arena_free(arena);
}

static void
the_excerpt_never_shows_a_password(void **state)
{
	(void)state;
	excerpt("sssl user joe pass hunter2 keep", "sssl",
	    "    1 | sssl user joe pass **** keep\n      | ^~~~\n");
	excerpt("pass \"a b c\" sssl", "sssl",
	    "    1 | pass **** sssl\n      |           ^~~~\n");
	excerpt("pass 'a b sssl", "sssl",
	    "    1 | pass ****\n      |      ^~~~\n");
	excerpt("sssl password = \"x\"", "sssl",
	    "    1 | sssl password = ****\n      | ^~~~\n");
	excerpt("sssl Pasword hunter2", "sssl",
	    "    1 | sssl Pasword ****\n      | ^~~~\n");
	excerpt("sssl user pass pass secret", "sssl",
	    "    1 | sssl user pass **** ****\n      | ^~~~\n");
	excerpt("sssl pass #x y", "sssl",
	    "    1 | sssl pass ****\n      | ^~~~\n");
	excerpt("sssl pass a,b", "sssl",
	    "    1 | sssl pass ****\n      | ^~~~\n");
}

static void
the_excerpt_of_a_huge_line_is_left_out(void **state)
{
	char *src = malloc(100001);

	(void)state;
	assert_non_null(src);
	memset(src, 'a', 100000);
	memcpy(src + 50000, " bad ", 5);
	src[100000] = '\0';
	excerpt(src, "bad", NULL);
	free(src);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_five_kinds),
		cmocka_unit_test(either_quote_ends_at_the_next_same_one),
		cmocka_unit_test(a_quote_cannot_be_escaped),
		cmocka_unit_test(a_string_may_span_lines),
		cmocka_unit_test(a_missing_end_quote_is_told),
		cmocka_unit_test(text_behind_an_end_quote_is_told),
		cmocka_unit_test(a_string_is_never_a_keyword_or_number),
		cmocka_unit_test(a_number_is_the_whole_token),
		cmocka_unit_test(a_word_ends_at_blank_and_punctuation),
		cmocka_unit_test(a_word_may_hold_hash_and_quotes),
		cmocka_unit_test(case_is_kept),
		cmocka_unit_test(a_name_is_never_a_keyword_or_number),
		cmocka_unit_test(a_comment_goes_to_the_end_of_the_line),
		cmocka_unit_test(a_last_line_needs_no_newline),
		cmocka_unit_test(a_backslash_joins_lines),
		cmocka_unit_test(crlf_files_are_text),
		cmocka_unit_test(a_byte_order_mark_is_passed_over),
		cmocka_unit_test(punctuation_and_noise_are_skipped),
		cmocka_unit_test(escapes_are_undone_in_strings_and_words),
		cmocka_unit_test(octal_counts_its_zero_as_a_digit),
		cmocka_unit_test(other_digits_are_decimal),
		cmocka_unit_test(a_nul_ends_the_value),
		cmocka_unit_test(an_escape_stays_inside_its_token),
		cmocka_unit_test(lines_and_columns_count_every_line),
		cmocka_unit_test(the_excerpt_has_carets_below_the_token),
		cmocka_unit_test(the_excerpt_is_printable),
		cmocka_unit_test(
		    the_excerpt_of_a_long_line_is_cut_around_the_token),
		cmocka_unit_test(the_excerpt_never_shows_a_password),
		cmocka_unit_test(the_excerpt_of_a_huge_line_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
