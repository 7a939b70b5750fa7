/*
 * auth: USER and PASS.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "pop3/auth.h"
#include "pop3/reply.h"

static struct buf out;
static struct err err;
static struct auth auth;

static int
setup(void **state)
{
	(void)state;
	buf_init(&out, 1000);
	err_clear(&err);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	auth_end(&auth);
	buf_free(&out);
	return 0;
}

/* What was sent since the last time. */
static void
sent(const char *want)
{
	assert_int_equal(buf_len(&out), strlen(want));
	assert_memory_equal(buf_data(&out), want, strlen(want));
	buf_consume(&out, buf_len(&out));
}

static enum auth_result
step(const char *line)
{
	struct reply r;

	assert_true(reply_parse(&r, (const uint8_t *)line, strlen(line)));
	return auth_step(&auth, &r, &out, &err);
}

/* R26 */
static void
pass_waits_for_the_answer_to_user(void **state)
{
	(void)state;
	assert_int_equal(auth_start(&auth, "joe", "se same", false, false,
	    &out, &err), AUTH_MORE);
	sent("USER joe\r\n");
	assert_int_equal(step("+OK"), AUTH_MORE);
	sent("PASS se same\r\n");
	assert_int_equal(step("+OK welcome"), AUTH_OK);
	assert_null(auth.pass);
	sent("");
}

/* R26 */
static void
a_refused_user_gets_no_pass(void **state)
{
	(void)state;
	auth_start(&auth, "joe", "sesame", false, false, &out, &err);
	sent("USER joe\r\n");
	assert_int_equal(step("-ERR never heard"), AUTH_FAILED);
	sent("");
	assert_null(auth.pass);
	assert_int_equal(err.kind, ERR_AUTH);
	assert_non_null(strstr(err.msg, "USER: never heard"));
}

/* R26, RFC 2449 section 6.6 */
static void
together_both_go_out_at_once(void **state)
{
	(void)state;
	assert_int_equal(auth_start(&auth, "joe", "sesame", true, false, &out,
	    &err), AUTH_MORE);
	sent("USER joe\r\nPASS sesame\r\n");
	assert_int_equal(step("+OK"), AUTH_MORE);
	assert_int_equal(step("+OK"), AUTH_OK);
	assert_null(auth.pass);
	sent("");
}

static void
together_either_may_be_refused(void **state)
{
	(void)state;
	auth_start(&auth, "joe", "sesame", true, false, &out, &err);
	assert_int_equal(step("-ERR no"), AUTH_FAILED);
	assert_non_null(strstr(err.msg, "USER: no"));
	err_clear(&err);
	auth_start(&auth, "joe", "sesame", true, false, &out, &err);
	assert_int_equal(step("+OK"), AUTH_MORE);
	assert_int_equal(step("-ERR no"), AUTH_FAILED);
	assert_non_null(strstr(err.msg, "PASS: no"));
	assert_int_equal(err.kind, ERR_AUTH);
	assert_true(err.hint[0] != '\0');
}

/* R16, R36, R64, Q17, Q18 */
static void
a_refusal_is_about_the_password_unless_it_says_otherwise(void **state)
{
	static const struct {
		const char	*line;
		enum err_kind	 kind;
	} t[] = {
		{ "-ERR", ERR_AUTH },
		{ "-ERR [AUTH] invalid", ERR_AUTH },
		{ "-ERR [AUTH] please wait, locked", ERR_AUTH },
		{ "-ERR [IN-USE] another session", ERR_TEMP },
		{ "-ERR [LOGIN-DELAY] too soon", ERR_TEMP },
		{ "-ERR [SYS/TEMP] disk", ERR_TEMP },
		{ "-ERR [SYS/PERM] disabled, wait", ERR_UNAVAILABLE },
		{ "-ERR Mailbox LOCKED by pid 1", ERR_TEMP },
		{ "-ERR maildrop is busy", ERR_TEMP },
		{ "-ERR wait a while", ERR_TEMP },
		{ "-ERR mailbox in use", ERR_TEMP },
		{ "-ERR (temporary failure)", ERR_TEMP },
		{ "-ERR [X-NEW] locked", ERR_TEMP },
		{ "-ERR your account is blocked", ERR_AUTH },
		{ "-ERR awaiting nothing, buzy", ERR_AUTH },
		{ "-ERR loc", ERR_AUTH },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		err_clear(&err);
		auth_start(&auth, "joe", "sesame", true, false, &out, &err);
		step("+OK");
		assert_int_equal(step(t[i].line), AUTH_FAILED);
		assert_int_equal(err.kind, t[i].kind);
		assert_non_null(strstr(err.msg, t[i].line + strlen("-ERR")));
		assert_null(strstr(err.msg, "sesame"));
	}
}

/* R64, RFC 3206 section 5 */
static void
where_auth_is_said_by_code_nothing_else_is_about_the_password(void **state)
{
	static const struct {
		const char	*line;
		enum err_kind	 kind;
	} t[] = {
		{ "-ERR", ERR_TEMP },
		{ "-ERR no such user, wrong password", ERR_TEMP },
		{ "-ERR [X-NEW] no", ERR_TEMP },
		{ "-ERR no [AUTH]", ERR_TEMP },
		{ "-ERR [IN-USE]", ERR_TEMP },
		{ "-ERR [SYS/PERM] closed", ERR_UNAVAILABLE },
		{ "-ERR [AUTH] no", ERR_AUTH },
		{ "-ERR [auth/x] locked", ERR_AUTH },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		err_clear(&err);
		auth_start(&auth, "joe", "sesame", true, true, &out, &err);
		step("+OK");
		assert_int_equal(step(t[i].line), AUTH_FAILED);
		assert_int_equal(err.kind, t[i].kind);
		assert_int_equal(err.hint[0] != '\0', t[i].kind == ERR_AUTH);
		err_clear(&err);
		auth_start(&auth, "joe", "sesame", false, true, &out, &err);
		assert_int_equal(step(t[i].line), AUTH_FAILED);
		assert_int_equal(err.kind, t[i].kind);
	}
}

/* R7 */
static void
credentials_with_line_ends_are_not_sent(void **state)
{
	(void)state;
	assert_int_equal(auth_start(&auth, "joe\r\nDELE 1", "sesame", false, false,
	    &out, &err), AUTH_FAILED);
	assert_int_equal(err.kind, ERR_CONFIG);
	sent("");
	err_clear(&err);
	assert_int_equal(auth_start(&auth, "joe", "ses\nDELE 1", false, false,
	    &out, &err), AUTH_FAILED);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_null(strstr(err.msg, "DELE"));
	sent("");
}

static void
a_repeated_password_is_overwritten(void **state)
{
	char line[] = "sesame unknown: PASS sesamesesame sesam";

	(void)state;
	auth_start(&auth, "joe", "sesame", false, false, &out, &err);
	auth_mask(&auth, (uint8_t *)line, strlen(line));
	assert_string_equal(line, "****** unknown: PASS ************ sesam");
	auth_end(&auth);
	auth_mask(&auth, (uint8_t *)line, strlen(line));
	auth_start(&auth, "joe", "", false, false, &out, &err);
	auth_mask(&auth, (uint8_t *)line, strlen(line));
	assert_string_equal(line, "****** unknown: PASS ************ sesam");
}

static void
nothing_comes_after_the_login(void **state)
{
	(void)state;
	auth_start(&auth, "joe", "sesame", true, false, &out, &err);
	step("+OK");
	step("+OK");
	assert_int_equal(step("+OK"), AUTH_FAILED);
	assert_int_equal(err.kind, ERR_SOFTWARE);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pass_waits_for_the_answer_to_user),
		TEST(a_refused_user_gets_no_pass),
		TEST(together_both_go_out_at_once),
		TEST(together_either_may_be_refused),
		TEST(a_refusal_is_about_the_password_unless_it_says_otherwise),
		TEST(where_auth_is_said_by_code_nothing_else_is_about_the_password),
		TEST(credentials_with_line_ends_are_not_sent),
		TEST(a_repeated_password_is_overwritten),
		TEST(nothing_comes_after_the_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
