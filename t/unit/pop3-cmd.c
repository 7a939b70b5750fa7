/*
 * cmd: command lines, and what is refused to be one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "pop3/cmd.h"

static void
holds(const struct buf *b, const char *want)
{
	assert_int_equal(buf_len(b), strlen(want));
	assert_memory_equal(buf_data(b), want, strlen(want));
}

/* R8 */
static void
commands_end_in_crlf(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(cmd_put(&b, CMD_CAPA, &err), 0);
	assert_int_equal(cmd_put(&b, CMD_QUIT, &err), 0);
	assert_int_equal(cmd_put_num(&b, CMD_RETR, 1, &err), 0);
	assert_int_equal(cmd_put_num(&b, CMD_DELE, 4294967295u, &err), 0);
	assert_int_equal(cmd_put_top(&b, 12, 0, &err), 0);
	assert_int_equal(cmd_put_text(&b, CMD_USER, "joe", 3, &err), 0);
	holds(&b, "CAPA\r\nQUIT\r\nRETR 1\r\nDELE 4294967295\r\n"
	    "TOP 12 0\r\nUSER joe\r\n");
	assert_false(err_isset(&err));
	buf_free(&b);
}

static void
every_command_has_a_name(void **state)
{
	static const char *const names[] = {
		"CAPA", "STLS", "USER", "PASS", "STAT", "UIDL", "LIST",
		"RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT"
	};
	int cmd;

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), CMD_END);
	for (cmd = 0; cmd < CMD_END; cmd++)
		assert_string_equal(cmd_name((enum cmd)cmd), names[cmd]);
}

/* R7 */
static void
a_password_with_blanks_is_sent_verbatim(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(cmd_put_text(&b, CMD_PASS, " a  b\xff ", 7, &err), 0);
	holds(&b, "PASS  a  b\xff \r\n");
	buf_free(&b);
}

/* R7 */
static void
cr_lf_and_nul_are_refused(void **state)
{
	static const char *const bad[] = {
		"a\rb", "a\nb", "a\0b", "\r\n\0", "ab\n", "\rab"
	};
	struct err err;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&err);
		assert_int_equal(cmd_put_text(&b, CMD_PASS, bad[i], 3, &err),
		    -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_int_equal(buf_len(&b), 0);
		assert_int_equal(cmd_check_text(CMD_USER, bad[i], 3, &err),
		    -1);
	}
	buf_free(&b);
}

/* R6: 255 octets with CRLF are 248 of a user name. */
static void
a_line_over_255_octets_is_refused(void **state)
{
	struct err err = { 0 };
	char text[300];
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	memset(text, 'u', sizeof(text));
	assert_int_equal(cmd_check_text(CMD_USER, text, 248, &err), 0);
	assert_int_equal(cmd_put_text(&b, CMD_USER, text, 248, &err), 0);
	assert_int_equal(buf_len(&b), CMD_LINE_MAX);
	assert_int_equal(cmd_put_text(&b, CMD_USER, text, 249, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(buf_len(&b), CMD_LINE_MAX);
	err_clear(&err);
	assert_int_equal(cmd_check_text(CMD_PASS, text, 300, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	buf_free(&b);
}

/* R7: a message names the command and never the secret. */
static void
a_refusal_does_not_show_the_text(void **state)
{
	struct err err = { 0 };

	(void)state;
	cmd_check_text(CMD_PASS, "sesame\n", 7, &err);
	assert_non_null(strstr(err.msg, "PASS"));
	assert_null(strstr(err.msg, "sesame"));
}

static void
a_full_buffer_is_an_error(void **state)
{
	struct err err;
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	err_clear(&err);
	assert_int_equal(cmd_put(&b, CMD_CAPA, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	err_clear(&err);
	assert_int_equal(cmd_put_num(&b, CMD_RETR, 1, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	err_clear(&err);
	assert_int_equal(cmd_put_top(&b, 1, 0, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	err_clear(&err);
	assert_int_equal(cmd_put_text(&b, CMD_USER, "joe", 3, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	assert_int_equal(buf_len(&b), 0);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_end_in_crlf),
		cmocka_unit_test(every_command_has_a_name),
		cmocka_unit_test(a_password_with_blanks_is_sent_verbatim),
		cmocka_unit_test(cr_lf_and_nul_are_refused),
		cmocka_unit_test(a_line_over_255_octets_is_refused),
		cmocka_unit_test(a_refusal_does_not_show_the_text),
		cmocka_unit_test(a_full_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
