/*
 * client_open: greeting, CAPA, STLS, login and listing.
 */
#include "pop3-session.h"

/* R1: play.h ends the program if anything goes out before. */
static void
nothing_is_sent_before_the_greeting(void **state)
{
	(void)state;
	play("d", W W "+OK hel" W);
	sent("");
	play("d", W W "+OK hel" W "lo\r\n" W);
	sent("CAPA\r\n");
}

/* R2 */
static void
a_refusing_greeting_ends_the_session(void **state)
{
	static const struct {
		const char	*line;
		enum err_kind	 kind;
	} t[] = {
		{ "-ERR busy\r\n", ERR_TEMP },
		{ "-ERR [SYS/TEMP] busy\r\n", ERR_TEMP },
		{ "-ERR [IN-USE] busy\r\n", ERR_TEMP },
		{ "-ERR [SYS/PERM] busy\r\n", ERR_UNAVAILABLE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		play("d", t[i].line);
		failed(t[i].kind, "busy");
		sent("");
	}
}

/* R5: and an answer of many lines is bounded. */
static void
a_capa_answer_has_at_most_512_lines(void **state)
{
	char text[16384];
	size_t n, i, max;

	(void)state;
	for (max = POP3_CAPA_MAX; max <= POP3_CAPA_MAX + 1; max++) {
		n = (size_t)snprintf(text, sizeof(text), HELLO "+OK\r\n");
		for (i = 0; i < max; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "X-%zu\r\n", i);
		snprintf(text + n, sizeof(text) - n, ".\r\n");
		play("d", text);
		if (max == POP3_CAPA_MAX)
			logged("secured known");
		else
			failed(ERR_PROTOCOL, "CAPA: too many lines");
	}
}

/* R7 */
static void
bad_credentials_are_not_sent(void **state)
{
	static const uint8_t hello[] = "+OK\r\n";
	uint8_t in[sizeof(hello)];
	struct play pl;
	size_t len;

	(void)state;
	play_init(&pl, "dc", 2);
	pl.p = pop3_new(&pl.conf, &play_events, &pl);
	memcpy(in, hello, sizeof(hello));
	pop3_input(pl.p, in, sizeof(hello) - 1);
	assert_int_equal(pop3_phase(pl.p), POP3_LOGIN);
	assert_int_equal(pop3_login(pl.p, "joe", "a\r\nDELE 1"), -1);
	assert_int_equal(pop3_error(pl.p)->kind, ERR_CONFIG);
	assert_null(pop3_output(pl.p, &len));
	play_free(&pl);
}

/* R14 */
static void
numbers_that_cannot_be_end_the_session(void **state)
{
	static const char *const bad[] = {
		"-1 5", "0 5", "99999999999999999999 5", "1e3 5", "0x10 5",
		"1 -5", "1 9223372036854775808", "one", ""
	};
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), HELLO PCAPA PLOGIN
		    STAT UIDL "+OK\r\n%s\r\n.\r\n", bad[i]);
		play("d", text);
		failed(ERR_PROTOCOL, "LIST: a line that cannot be");
		not_logged("size");
	}
	play("d", HELLO PCAPA PLOGIN "+OK -1 5\r\n");
	failed(ERR_PROTOCOL, "STAT: not two numbers: \"-1 5\"");
	play("d", HELLO PCAPA PLOGIN STAT "+OK\r\nx 5\r\n.\r\n");
	failed(ERR_PROTOCOL, "UIDL: a line that cannot be: \"x 5\"");
}

/* R18, Q8: gaps, disorder, doubles and disagreement are the driver's. */
static void
a_listing_is_told_as_it_is(void **state)
{
	(void)state;
	play("d", HELLO PCAPA PLOGIN "+OK 1 1\r\n"
	    "+OK\r\n9 z\r\n1 a b\r\n1 a b\r\n+OK 4\r\n.\r\n"
	    "+OK\r\n7 70 x\r\n2 20\r\n2 20\r\n.\r\n" W);
	logged("uid 9 z\n");
	logged("uid 1 a b\nS: 1 a b\nuid 1 a b\n");
	logged("uid 4 \n");
	logged("size 7 70\nS: 2 20\nsize 2 20\nS: 2 20\nsize 2 20\n");
	logged("listed uidl\n");
}

/* R10 */
static void
lines_of_a_listing_are_unstuffed_too(void **state)
{
	(void)state;
	play("d", HELLO "+OK\r\n.TOP\r\n..\r\n..UIDL\r\n.\r\n");
	assert_true(pop3_capa(played.p)->top);
	assert_false(pop3_capa(played.p)->uidl);
	logged("S: ..\n");
	logged("secured");
}

/* R26 */
static void
pass_comes_after_the_answer_to_user(void **state)
{
	(void)state;
	play("d", HELLO CAPA W W);
	sent("CAPA\r\nUSER joe\r\n");
	play("d", HELLO CAPA "-ERR who?\r\n" W);
	sent("CAPA\r\nUSER joe\r\n");
	failed(ERR_AUTH, "USER: who?");
	play("dp", HELLO PCAPA W);
	sent("CAPA\r\nUSER joe\r\n");
	play("d", HELLO CAPA "+OK\r\n" W "-ERR [IN-USE] no\r\n");
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\n");
	failed(ERR_TEMP, "PASS: [IN-USE] no");
}

/* No secret in a log, whoever says it. */
static void
a_password_that_a_server_repeats_is_not_shown(void **state)
{
	static const char *const answers[] = {
		"-ERR unknown command: PASS " PLAY_PASS "\r\n",
		"+OK" PLAY_PASS "\r\n", PLAY_PASS "\r\n",
		"-ERR [AUTH] " PLAY_PASS PLAY_PASS "\r\n",
	};
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		snprintf(text, sizeof(text), HELLO CAPA "+OK\r\n" W "%s",
		    answers[i]);
		play("d", text);
		not_logged(PLAY_PASS);
		snprintf(text, sizeof(text), HELLO PCAPA "%s", answers[i]);
		play("d", text);
		not_logged(PLAY_PASS);
		logged("***********");
	}
}

/* R30 */
static void
a_server_without_capa_is_served(void **state)
{
	(void)state;
	play("d R1", HELLO "-ERR what?\r\n" W LOGIN "-ERR what?\r\n" W
	    LISTING);
	logged("secured\n");
	logged("listed uidl\nC: RETR 1\n");
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\nCAPA\r\nSTAT\r\n"
	    "UIDL\r\nLIST\r\nRETR 1\r\n");
	play("dc", HELLO LOGIN LISTING);
	sent("USER joe\r\nPASS open sesame\r\nSTAT\r\nUIDL\r\nLIST\r\n");
	logged("listed uidl\n");
	play("sc", HELLO "+OK\r\n" W W LOGIN);
	sent("STLS\r\nUSER joe\r\nPASS open sesame\r\nSTAT\r\n");
	logged("handshake\nsecured\n");
}

/* R32, Q15 */
static void
capa_is_asked_again_if_something_was_missing(void **state)
{
	(void)state;
	/* All is there: not again. */
	play("d", POPEN);
	logged("S: +OK\nC: STAT\nC: UIDL\nC: LIST\n");
	/* One of them is missing. */
	play("d", HELLO "+OK\r\nUIDL\r\nPIPELINING\r\n.\r\n" W PLOGIN W);
	logged("S: +OK\nC: CAPA\nC: STAT\nC: UIDL\nC: LIST\n");
	play("d", HELLO "+OK\r\nTOP\r\nPIPELINING\r\n.\r\n" W PLOGIN W);
	logged("S: +OK\nC: CAPA\nC: STAT\nC: UIDL\nC: LIST\n");
	/* Only PIPELINING is there: all in one flight. */
	play("d", HELLO "+OK\r\nPIPELINING\r\n.\r\n" W PLOGIN W);
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\n"
	    "CAPA\r\nSTAT\r\nUIDL\r\nLIST\r\n");
	/* It turns up after the login: what is left goes in one flight. */
	play("d", HELLO CAPA LOGIN PCAPA);
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\n"
	    "CAPA\r\nSTAT\r\nUIDL\r\nLIST\r\n");
	/* A value that differs by user. */
	play("d", HELLO "+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\n"
	    "EXPIRE 30 USER\r\n.\r\n" W PLOGIN
	    "+OK\r\nEXPIRE 0\r\n.\r\n" PLISTING);
	logged("C: CAPA\nC: STAT\n");
	assert_true(pop3_capa(played.p)->expire_set);
	assert_int_equal(pop3_capa(played.p)->expire, 0);
	assert_false(pop3_capa(played.p)->top);
	/* The second answer is refused: the first one stands. */
	play("d", HELLO "+OK\r\nTOP\r\n.\r\n" W LOGIN "-ERR\r\n" W LISTING);
	assert_true(pop3_capa(played.p)->top);
	/* Where pipelining is not wanted, its absence does not matter. */
	play("dp", HELLO CAPA LOGIN);
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\nSTAT\r\n");
}

/* R39, Q1 */
static void
uidl_is_tried_once_even_if_not_announced(void **state)
{
	(void)state;
	play("d", HELLO "+OK\r\nTOP\r\nPIPELINING\r\n.\r\n" W PLOGIN
	    "+OK\r\nTOP\r\nPIPELINING\r\n.\r\n" STAT "-ERR what?\r\n" LIST W);
	logged("listed\n");
	play("d", HELLO PCAPA PLOGIN STAT "-ERR not now\r\n");
	failed(ERR_TEMP, "UIDL is announced, but refused: not now");
	not_logged("listed");
}

/* Q9 */
static void
stat_only_advises(void **state)
{
	(void)state;
	play("d", HELLO PCAPA PLOGIN "-ERR no\r\n" UIDL LIST W);
	logged("listed uidl\n");
	not_logged("stat");
	play("d", HELLO PCAPA PLOGIN STAT UIDL "-ERR no\r\n");
	failed(ERR_PROTOCOL, "LIST is refused: no");
}

/* R41, R44: play.h checks what goes out before the handshake. */
static void
after_stls_all_is_asked_again(void **state)
{
	(void)state;
	play("s", HELLO STLSCAPA "+OK go\r\n" W
	    "+OK\r\nTOP\r\n.\r\n" W W);
	sent("CAPA\r\nSTLS\r\nCAPA\r\nUSER joe\r\n");
	logged("S: +OK go\nhandshake\nC: CAPA\n");
	logged("secured known\n");
	assert_false(pop3_capa(played.p)->pipelining);
	assert_false(pop3_capa(played.p)->stls);
	play("s", HELLO STLSCAPA "+OK\r\n" W "-ERR\r\n" W);
	logged("secured\n");
	assert_false(pop3_capa(played.p)->known);
}

/* R42 */
static void
without_stls_there_is_no_session(void **state)
{
	static const char hint[] = "use 'ssl', or pops:// in a URL, if the "
	    "server has a TLS port";

	(void)state;
	play("s", HELLO PCAPA W);
	failed(ERR_PROTOCOL, "the server does not offer STLS");
	assert_string_equal(pop3_error(played.p)->hint, hint);
	sent("CAPA\r\n");
	play("s", HELLO "-ERR what?\r\n" W);
	failed(ERR_PROTOCOL, "CAPA is refused, so there is no STLS");
	assert_string_equal(pop3_error(played.p)->hint, hint);
	sent("CAPA\r\n");
	play("s", HELLO STLSCAPA "-ERR not today\r\n" W);
	failed(ERR_PROTOCOL, "the server refuses STLS: not today");
	assert_string_equal(pop3_error(played.p)->hint, hint);
	sent("CAPA\r\nSTLS\r\n");
	play("s", HELLO STLSCAPA "-ERR [SYS/TEMP] not now\r\n" W);
	failed(ERR_TEMP, "the server refuses STLS: [SYS/TEMP] not now");
	assert_string_equal(pop3_error(played.p)->hint, "");
	play("s", HELLO STLSCAPA "go ahead\r\n" W);
	failed(ERR_PROTOCOL, "STLS: neither +OK nor -ERR");
	play("s", HELLO STLSCAPA);
	failed(ERR_TEMP, "during STLS");
}

/* R43, CVE-2021-22947: in one piece and in two. */
static void
octets_behind_the_answer_to_stls_are_an_error(void **state)
{
	uint8_t in[] = "+OK\r\n+OK\r\n", more[] = "+OK\r\n";
	struct cut cut = { 0, 0, 0 };
	const char *open = HELLO STLSCAPA;
	struct play pl;

	(void)state;
	play_run(&pl, "s", 1, (const uint8_t *)open, strlen(open), cut);
	assert_int_equal(pop3_phase(pl.p), POP3_STLS);
	assert_int_equal(pop3_input(pl.p, in, sizeof(in) - 1), 5);
	assert_int_equal(pop3_phase(pl.p), POP3_DEAD);
	assert_non_null(strstr(pop3_error(pl.p)->msg, "cleartext behind"));
	assert_false(pl.starttls);
	pop3_secured(pl.p);
	assert_int_equal(pop3_phase(pl.p), POP3_DEAD);
	play_free(&pl);

	play_run(&pl, "s", 1, (const uint8_t *)open, strlen(open), cut);
	assert_int_equal(pop3_input(pl.p, in, 5), 5);
	assert_int_equal(pop3_phase(pl.p), POP3_HANDSHAKE);
	assert_true(pl.starttls);
	assert_int_equal(pop3_input(pl.p, more, sizeof(more) - 1), 0);
	assert_int_equal(pop3_error(pl.p)->kind, ERR_PROTOCOL);
	assert_non_null(strstr(pop3_error(pl.p)->msg, "cleartext behind"));
	play_free(&pl);
}

/* R40 is the driver's; this is its part here. */
static void
cleartext_is_served_only_where_it_is_asked_for(void **state)
{
	(void)state;
	play("n", HELLO STLSCAPA);
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\n");
	play("s", HELLO STLSCAPA);
	sent("CAPA\r\nSTLS\r\n");
}

/* Q20 */
static void
a_greeting_that_ends_in_a_bare_lf_is_an_error(void **state)
{
	(void)state;
	play("d", "+OK hello\n");
	failed(ERR_PROTOCOL, "LF instead of CRLF");
	play("d", "+OK hello\nmore\r\n");
	failed(ERR_PROTOCOL, "LF instead of CRLF");
	play("d", "\n");
	failed(ERR_PROTOCOL, "LF instead of CRLF");
}

static void
the_password_is_overwritten_once_sent(void **state)
{
	struct cut cut = { 0, 0, 0 };
	const char *open = HELLO "+OK\r\nPIPELINING\r\n.\r\n";
	const uint8_t *out;
	struct play pl;
	size_t len, i;

	(void)state;
	play_run(&pl, "d", 1, (const uint8_t *)open, strlen(open), cut);
	assert_int_equal(pop3_login(pl.p, PLAY_USER, PLAY_PASS), 0);
	out = pop3_output(pl.p, &len);
	assert_memory_equal(out + 15, PLAY_PASS, strlen(PLAY_PASS));
	pop3_sent(pl.p, len);
	for (i = 0; i < len; i++)
		assert_int_equal(out[i], 0);
	play_free(&pl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_sent_before_the_greeting),
		cmocka_unit_test(a_refusing_greeting_ends_the_session),
		cmocka_unit_test(a_capa_answer_has_at_most_512_lines),
		cmocka_unit_test(bad_credentials_are_not_sent),
		cmocka_unit_test(numbers_that_cannot_be_end_the_session),
		cmocka_unit_test(a_listing_is_told_as_it_is),
		cmocka_unit_test(lines_of_a_listing_are_unstuffed_too),
		cmocka_unit_test(pass_comes_after_the_answer_to_user),
		cmocka_unit_test(a_password_that_a_server_repeats_is_not_shown),
		cmocka_unit_test(a_server_without_capa_is_served),
		cmocka_unit_test(capa_is_asked_again_if_something_was_missing),
		cmocka_unit_test(uidl_is_tried_once_even_if_not_announced),
		cmocka_unit_test(stat_only_advises),
		cmocka_unit_test(after_stls_all_is_asked_again),
		cmocka_unit_test(without_stls_there_is_no_session),
		cmocka_unit_test(octets_behind_the_answer_to_stls_are_an_error),
		cmocka_unit_test(
		    cleartext_is_served_only_where_it_is_asked_for),
		cmocka_unit_test(a_greeting_that_ends_in_a_bare_lf_is_an_error),
		cmocka_unit_test(the_password_is_overwritten_once_sent),
	};
	int rc;

	rc = cmocka_run_group_tests(tests, NULL, NULL);
	play_free(&played);
	return rc;
}
