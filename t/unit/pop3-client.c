/*
 * client: framing, the FIFO of commands, bodies, the end of a session.
 */
#include "pop3-session.h"

/* R8, R17, R18, R19 */
static void
a_whole_session(void **state)
{
	(void)state;
	play("d R1 R2|D1 D2|Q", POPEN
	    "+OK 99999 octets\r\nHi\r\n..\r\n.\r\n+OK\r\n.\r\n" W
	    "+OK gone\r\n+OK\r\n" W "+OK bye\r\n" W);
	assert_int_equal(pop3_phase(played.p), POP3_CLOSED);
	assert_null(pop3_error(played.p));
	sent("CAPA\r\nUSER joe\r\nPASS open sesame\r\nSTAT\r\nUIDL\r\nLIST\r\n"
	    "RETR 1\r\nRETR 2\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n");
	assert_string_equal(text_of(&played.log),
	    "S: +OK hello\nC: CAPA\n"
	    "S: +OK\nS: TOP\nS: UIDL\nS: PIPELINING\nS: .\n"
	    "secured known pipelining uidl\nC: USER joe\nC: PASS ****\n"
	    "S: +OK\nS: +OK\nC: STAT\nC: UIDL\nC: LIST\n"
	    "S: +OK 2 30\nstat 2 30\n"
	    "S: +OK\nS: 1 aa\nuid 1 aa\nS: 2 bb\nuid 2 bb\nS: .\n"
	    "S: +OK\nS: 1 10\nsize 1 10\nS: 2 20\nsize 2 20\nS: .\n"
	    "listed uidl\nC: RETR 1\nC: RETR 2\n"
	    "S: +OK 99999 octets\nbegin RETR 1\nHi\n.\ndone RETR 1 ok 7 \n"
	    "S: +OK\nbegin RETR 2\ndone RETR 2 ok 0 \n"
	    "C: DELE 1\nC: DELE 2\n"
	    "S: +OK gone\ndone DELE 1 ok 0 gone\nS: +OK\ndone DELE 2 ok 0 \n"
	    "C: QUIT\nS: +OK bye\ndone QUIT 0 ok 0 bye\n");
}

/* R3 */
static void
a_status_is_ok_or_err_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		"+ok\r\n", "+OKAY\r\n", "OK\r\n", "+ERR\r\n", "\r\n", ".\r\n",
		"220 mail ESMTP\r\n"
	};
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		play("d", bad[i]);
		failed(ERR_PROTOCOL, "the greeting is neither");
		sent("");
		snprintf(text, sizeof(text), OPEN "%s", bad[i]);
		play("d R1", text);
		failed(ERR_PROTOCOL, "RETR 1: neither +OK nor -ERR");
		not_logged("begin");
	}
	play("d", "220 mail\033 ESMTP\r\n");
	failed(ERR_PROTOCOL, "\"220 mail\\033 ESMTP\"");
}

/* Plays one line of len octets as the greeting. */
static void
play_greeting(size_t len)
{
	char *text = malloc(len + 3);

	memset(text, 'x', len);
	memcpy(text, "+OK ", 4);
	memcpy(text + len, "\r\n", 3);
	play("d", text);
	free(text);
}

/* R4 */
static void
long_lines_are_tolerated_and_traced_cut(void **state)
{
	const char *lf;

	(void)state;
	play_greeting(REPLY_LINE_MAX - 2);
	lf = strchr(text_of(&played.log), '\n');
	assert_int_equal(lf - text_of(&played.log), 3 + REPLY_LINE_MAX - 2);
	not_logged("...");
	play_greeting(REPLY_LINE_MAX - 1);
	lf = strchr(text_of(&played.log), '\n');
	assert_int_equal(lf - text_of(&played.log), 3 + REPLY_LINE_MAX + 1);
	logged("x...\nC: CAPA\n");
	play_greeting(REPLY_LINE_HARD);
	logged("x...\nC: CAPA\n");
	play_greeting(REPLY_LINE_HARD + 1);
	failed(ERR_PROTOCOL, "phase greeting: a line of more than 8192");
	not_logged("S:");
}

/* R12, Q28 */
static void
octets_nobody_asked_for_end_the_session(void **state)
{
	(void)state;
	play("d", HELLO CAPA "x");		/* phase LOGIN, asked USER */
	failed(ERR_TEMP, "USER, in the middle of a line");
	play("d", HELLO "+OK\r\n.\r\n+");	/* phase LOGIN */
	failed(ERR_PROTOCOL, "octets nobody asked for (phase login)");
	sent("CAPA\r\n");
	play("d", POPEN "+");
	failed(ERR_PROTOCOL, "octets nobody asked for (phase ready)");
	play("d R1", POPEN "+OK\r\na\r\n.\r\n.\r\n");
	failed(ERR_PROTOCOL, "octets nobody asked for (phase ready)");
	logged("begin RETR 1\na\ndone RETR 1 ok 3 \nerror");
	play("d D1", POPEN "+OK\r\n+OK\r\n");
	failed(ERR_PROTOCOL, "octets nobody asked for (phase ready)");
}

/* R12: an answer cannot come before the question. */
static void
an_answer_to_what_is_not_sent_yet_is_not_taken(void **state)
{
	(void)state;
	play("d", "+OK\r\n+OK\r\n.\r\n");
	failed(ERR_PROTOCOL, "octets nobody asked for (phase CAPA)");
	play("d", HELLO CAPA "+OK\r\n+OK\r\n");
	failed(ERR_PROTOCOL, "octets nobody asked for (phase authent");
	sent("CAPA\r\nUSER joe\r\n");
	play("d", HELLO PCAPA "+OK\r\n+OK\r\n" STAT UIDL LIST);
	failed(ERR_PROTOCOL, "octets nobody asked for (phase listing)");
}

/* R9, R13 */
static void
a_body_with_nul_and_bare_line_ends_is_kept(void **state)
{
	static const uint8_t say[] = "+OK\r\na\0b\n.\nc\r.\rd\r\n.\r\n";
	static const char want[] = "a\0b\n.\nc\r.\rd\ndone";
	struct cut cut = { 0, 0, 0 };
	struct play pl;
	char server[400];
	size_t n = strlen(POPEN), i;

	(void)state;
	memcpy(server, POPEN, n);
	memcpy(server + n, say, sizeof(say) - 1);
	n += sizeof(say) - 1;
	for (i = 0; i < 4; i++) {
		cut.chunk = i;
		play_run(&pl, "d R1|", 5, (const uint8_t *)server, n, cut);
		play_eof(&pl);
		assert_non_null(memmem(buf_data(&pl.log), buf_len(&pl.log),
		    want, sizeof(want) - 1));
		play_free(&pl);
	}
}

/* R20 */
static void
quit_may_be_refused(void **state)
{
	(void)state;
	play("d D1|Q", POPEN "+OK\r\n" W "-ERR some not removed\r\n");
	logged("done QUIT 0 err 0 some not removed\n");
	assert_int_equal(pop3_phase(played.p), POP3_CLOSED);
	assert_null(pop3_error(played.p));
}

/* R21, and where it happened */
static void
a_closed_connection_is_an_error_that_says_where(void **state)
{
	static const struct {
		const char	*server;
		const char	*where;
	} t[] = {
		{ "", "phase greeting" },
		{ "+OK", "phase greeting, in the middle of a line" },
		{ HELLO, "CAPA" },
		{ HELLO CAPA, "USER" },
		{ HELLO CAPA "+OK\r\n" W, "PASS" },
		{ HELLO PCAPA PLOGIN STAT, "UIDL" },
		{ HELLO PCAPA PLOGIN STAT UIDL "+OK\r\n1", "LIST, in the" },
		{ POPEN "+OK\r\nHalf a mess", "RETR 4" },
		{ POPEN "+OK\r\nHalf a mess\r\n.\r", "RETR 4" },
		{ POPEN "+OK\r\n.\r\n-ERR\r\n" W, "phase ready" },
	};
	char want[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		play("d R4 R5", t[i].server);
		snprintf(want, sizeof(want),
		    "the server closed the connection during %s", t[i].where);
		failed(ERR_TEMP, want);
	}
	play("d R4", POPEN "+OK\r\nHalf");
	not_logged("done");
}

/* R20, R21: whether QUIT was heard is not known. */
static void
a_connection_closed_at_quit_is_temporary(void **state)
{
	(void)state;
	play("d Q", POPEN);
	failed(ERR_TEMP, "during QUIT");
	play("d Q", POPEN "+OK\r\n");
	assert_null(pop3_error(played.p));
	play("d Q", POPEN "+OK\r\nwhatever comes now");
	assert_null(pop3_error(played.p));
}

/* R24, Q12 */
static void
a_refused_message_has_no_body_and_the_session_goes_on(void **state)
{
	(void)state;
	play("d T1 R2 T3|Q", POPEN "-ERR no TOP here\r\n-ERR gone\r\n"
	    "+OK\r\nA: 1\r\n\r\n.\r\n" W "+OK\r\n");
	logged("done TOP 1 err 0 no TOP here\n");
	logged("done RETR 2 err 0 gone\n");
	logged("begin TOP 3\nA: 1\n\ndone TOP 3 ok 8 \n");
	logged("C: TOP 1 0\n");
	assert_int_equal(pop3_phase(played.p), POP3_CLOSED);
}

/* R33 */
static void
answers_are_matched_in_order(void **state)
{
	(void)state;
	play("d R1 D2 T3 N S R4|Q", POPEN
	    "+OK\r\n.\r\n-ERR no\r\n+OK\r\nx\r\n.\r\n+OK n\r\n+OK s\r\n"
	    "-ERR gone\r\n" W "+OK\r\n");
	logged("done RETR 1 ok 0 \n");
	logged("done DELE 2 err 0 no\n");
	logged("x\ndone TOP 3 ok 3 \n");
	logged("done NOOP 0 ok 0 n\n");
	logged("done RSET 0 ok 0 s\n");
	logged("done RETR 4 err 0 gone\n");
	assert_int_equal(pop3_phase(played.p), POP3_CLOSED);
}

/* Q14, R33 */
static void
without_pipelining_one_command_is_outstanding(void **state)
{
	(void)state;
	play("d R1 R2|R3", OPEN "+OK\r\n.\r\n" W);
	assert_int_equal(strncmp(strstr(text_of(&played.sent), "LIST"),
	    "LIST\r\nRETR 1\r\nRETR 3\r\n", 22), 0);
	play("dp R1 R2|R3", HELLO PCAPA LOGIN LISTING "+OK\r\n.\r\n" W);
	assert_int_equal(strncmp(strstr(text_of(&played.sent), "LIST"),
	    "LIST\r\nRETR 1\r\nRETR 3\r\n", 22), 0);
	assert_int_equal(pop3_room(played.p), 0);
}

static void
a_body_waits_until_the_driver_is_ready(void **state)
{
	uint8_t in[] = "+OK\r\nab\r\n.\r\n";
	struct cut cut = { 0, 0, 0 };
	const char *open = POPEN;
	struct play pl;

	(void)state;
	play("dw R1 R2|Q", POPEN "+OK\r\na\r\n.\r\n+OK\r\nb\r\n.\r\n" W
	    "+OK\r\n");
	logged("begin RETR 1\na\ndone RETR 1 ok 3 \n");
	logged("begin RETR 2\nb\ndone RETR 2 ok 3 \n");

	play_run(&pl, "dw R1|", 6, (const uint8_t *)open, strlen(open), cut);
	assert_int_equal(pop3_input(pl.p, in, sizeof(in) - 1), 5);
	assert_true(pop3_paused(pl.p));
	pl.waited = false;
	assert_int_equal(pop3_input(pl.p, in + 5, sizeof(in) - 6), 0);
	assert_true(pop3_paused(pl.p));
	assert_int_equal(pop3_input(pl.p, in + 5, sizeof(in) - 6), 7);
	assert_false(pop3_paused(pl.p));
	assert_int_equal(pop3_outstanding(pl.p), 0);
	play_free(&pl);
}

static void
the_fifo_is_bounded(void **state)
{
	struct cut cut = { 0, 0, 0 };
	const char *open = POPEN;
	uint8_t in[] = "-ERR\r\n";
	struct play pl;
	uint32_t i;
	size_t len;

	(void)state;
	play_run(&pl, "d", 1, (const uint8_t *)open, strlen(open), cut);
	assert_int_equal(pop3_room(pl.p), POP3_FIFO_MAX);
	for (i = 0; i < POP3_FIFO_MAX; i++)
		assert_int_equal(pop3_top(pl.p, UINT32_MAX - i, UINT32_MAX),
		    0);
	assert_int_equal(pop3_room(pl.p), 0);
	assert_int_equal(pop3_retr(pl.p, 1), -1);
	assert_int_equal(pop3_quit(pl.p), -1);
	assert_null(pop3_error(pl.p));
	assert_int_equal(pop3_outstanding(pl.p), POP3_FIFO_MAX);
	pop3_output(pl.p, &len);
	pop3_sent(pl.p, len);
	for (i = 0; i < POP3_FIFO_MAX; i++) {
		memcpy(in, "-ERR\r\n", 6);
		assert_int_equal(pop3_input(pl.p, in, 6), 6);
		assert_int_equal(pop3_room(pl.p), i + 1);
	}
	assert_int_equal(pop3_outstanding(pl.p), 0);
	assert_null(pop3_error(pl.p));
	play_free(&pl);
}

static void
quit_is_answered_last(void **state)
{
	(void)state;
	play("d R1 D2 Q R3", POPEN "+OK\r\na\r\n.\r\n+OK\r\n+OK bye\r\n");
	logged("done RETR 1 ok 3 \nS: +OK\ndone DELE 2 ok 0 \n"
	    "S: +OK bye\ndone QUIT 0 ok 0 bye\n");
	not_logged("RETR 3");
}

static void
misuse_is_a_sticky_error(void **state)
{
	struct cut cut = { 0, 0, 0 };
	const char *open = POPEN;
	struct play pl;

	(void)state;
	play_run(&pl, "d", 1, (const uint8_t *)HELLO, strlen(HELLO), cut);
	assert_int_equal(pop3_retr(pl.p, 1), -1);
	assert_int_equal(pop3_error(pl.p)->kind, ERR_SOFTWARE);
	assert_string_equal(pop3_error(pl.p)->msg, "RETR in phase CAPA");
	assert_int_equal(pop3_login(pl.p, "a", "b"), -1);
	assert_string_equal(pop3_error(pl.p)->msg, "RETR in phase CAPA");
	play_free(&pl);

	play_run(&pl, "d", 1, (const uint8_t *)open, strlen(open), cut);
	assert_int_equal(pop3_dele(pl.p, 0), -1);
	assert_int_equal(pop3_error(pl.p)->kind, ERR_SOFTWARE);
	play_free(&pl);

	play_run(&pl, "d", 1, (const uint8_t *)open, strlen(open), cut);
	pop3_secured(pl.p);
	assert_int_equal(pop3_error(pl.p)->kind, ERR_SOFTWARE);
	play_free(&pl);
}

static void
phases_and_states_have_names(void **state)
{
	int phase;

	(void)state;
	for (phase = POP3_GREETING; phase <= POP3_DEAD; phase++)
		assert_true(*pop3_phase_name((enum pop3_phase)phase) != '\0');
	assert_string_equal(pop3_state_name(POP3_GREETING), "AUTHORIZATION");
	assert_string_equal(pop3_state_name(POP3_AUTH), "AUTHORIZATION");
	assert_string_equal(pop3_state_name(POP3_LISTING), "TRANSACTION");
	assert_string_equal(pop3_state_name(POP3_READY), "TRANSACTION");
	assert_string_equal(pop3_state_name(POP3_QUIT), "UPDATE");
	assert_string_equal(pop3_state_name(POP3_CLOSED), "");
	assert_string_equal(pop3_state_name(POP3_DEAD), "");
	pop3_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_session),
		cmocka_unit_test(a_status_is_ok_or_err_and_nothing_else),
		cmocka_unit_test(long_lines_are_tolerated_and_traced_cut),
		cmocka_unit_test(octets_nobody_asked_for_end_the_session),
		cmocka_unit_test(
		    an_answer_to_what_is_not_sent_yet_is_not_taken),
		cmocka_unit_test(a_body_with_nul_and_bare_line_ends_is_kept),
		cmocka_unit_test(quit_may_be_refused),
		cmocka_unit_test(
		    a_closed_connection_is_an_error_that_says_where),
		cmocka_unit_test(a_connection_closed_at_quit_is_temporary),
		cmocka_unit_test(
		    a_refused_message_has_no_body_and_the_session_goes_on),
		cmocka_unit_test(answers_are_matched_in_order),
		cmocka_unit_test(without_pipelining_one_command_is_outstanding),
		cmocka_unit_test(a_body_waits_until_the_driver_is_ready),
		cmocka_unit_test(the_fifo_is_bounded),
		cmocka_unit_test(quit_is_answered_last),
		cmocka_unit_test(misuse_is_a_sticky_error),
		cmocka_unit_test(phases_and_states_have_names),
	};
	int rc;

	rc = cmocka_run_group_tests(tests, NULL, NULL);
	play_free(&played);
	return rc;
}
