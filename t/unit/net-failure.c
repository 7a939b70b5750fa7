/*
 * failure: what the end of a session says about another one.
 */
#include "pop3-session.h"

#include "net/events.h"
#include "net/failure.h"
#include "net/fetcher.h"

#define REFUSED	IPC_E_REFUSED
#define DOUBT	IPC_E_DOUBT
#define PIPE	IPC_E_PIPELINE
#define CODED	"+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nAUTH-RESP-CODE\r\n.\r\n" W
#define BODY	"+OK\r\nHi\r\n.\r\n"

static struct fetcher_conf conf = { .socket = -1 };
static struct fetcher fetcher;

/* Plays a session, and lets it end so; kind is its error's, if it has one. */
static void
end(const char *driver, const char *server, enum failure_how how,
    enum err_kind kind)
{
	play(driver, server);
	memset(&fetcher, 0, sizeof(fetcher));
	fetcher.conf = &conf;
	fetcher.pop3 = played.p;
	fetcher.err = *pop3_error(played.p);
	assert_int_equal(fetcher.err.kind, kind);
	failure_judge(&fetcher, how);
}

struct ending {
	const char	*server;
	enum failure_how how;
	enum err_kind	 kind;
	uint32_t	 what;
	uint32_t	 suspect;
};

static void
check(const char *driver, const struct ending *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		end(driver, t[i].server, t[i].how, t[i].kind);
		if (fetcher.what != t[i].what ||
		    fetcher.suspect != t[i].suspect)
			fail_msg("%zu: flags %#x, not %#x; message %u, not %u",
			    i, fetcher.what, t[i].what, fetcher.suspect,
			    t[i].suspect);
	}
}

#define CHECK(driver, t)	check(driver, t, sizeof(t) / sizeof((t)[0]))

/* R30, Q16; before STLS there is no second way */
static void
without_capa_another_one_may_do(void **state)
{
	static const struct ending t[] = {
		{ HELLO, FAILURE_CLOSED, ERR_TEMP, IPC_E_CAPA, 0 },
		{ HELLO, FAILURE_SILENCE, ERR_TEMP, IPC_E_CAPA, 0 },
		{ HELLO "+OK\r\nTOP\r\n", FAILURE_CLOSED, ERR_TEMP,
		    IPC_E_CAPA, 0 },
		{ HELLO "what?\r\n", FAILURE_ANSWER, ERR_PROTOCOL, 0, 0 },
		{ "+OK", FAILURE_CLOSED, ERR_TEMP, 0, 0 },
	};
	static const struct ending stls[] = {
		{ HELLO, FAILURE_CLOSED, ERR_TEMP, 0, 0 },
		{ HELLO STLSCAPA, FAILURE_CLOSED, ERR_TEMP, 0, 0 },
		{ HELLO STLSCAPA "+OK\r\n" W W, FAILURE_CLOSED, ERR_TEMP,
		    IPC_E_CAPA, 0 },
	};

	(void)state;
	CHECK("d", t);
	CHECK("s", stls);
	logged("handshake\n");
}

/* R36, R64, R65, Q17 */
static void
a_refused_login_tells_why(void **state)
{
	static const struct ending t[] = {
		{ HELLO PCAPA "+OK\r\n-ERR\r\n", FAILURE_ANSWER, ERR_AUTH,
		    REFUSED, 0 },
		{ HELLO PCAPA "+OK\r\n-ERR [AUTH] lock\r\n", FAILURE_ANSWER,
		    ERR_AUTH, REFUSED, 0 },
		{ HELLO PCAPA "-ERR who?\r\n", FAILURE_ANSWER, ERR_AUTH,
		    REFUSED, 0 },
		{ HELLO PCAPA "-ERR [SYS/TEMP]\r\n", FAILURE_ANSWER, ERR_TEMP,
		    0, 0 },
		{ HELLO PCAPA "+OK\r\n-ERR [SYS/PERM]\r\n", FAILURE_ANSWER,
		    ERR_UNAVAILABLE, 0, 0 },
		{ HELLO PCAPA "+OK\r\n-ERR [IN-USE]\r\n", FAILURE_ANSWER,
		    ERR_TEMP, IPC_E_BUSY, 0 },
		{ HELLO PCAPA "+OK\r\n-ERR mailbox locked\r\n",
		    FAILURE_ANSWER, ERR_TEMP, IPC_E_BUSY, 0 },
		{ HELLO PCAPA "+OK\r\n-ERR [LOGIN-DELAY] locked\r\n",
		    FAILURE_ANSWER, ERR_TEMP, IPC_E_DELAY, 0 },
		{ "-ERR [IN-USE]\r\n", FAILURE_ANSWER, ERR_TEMP, IPC_E_BUSY,
		    0 },
		{ "-ERR [LOGIN-DELAY]\r\n", FAILURE_ANSWER, ERR_TEMP,
		    IPC_E_DELAY, 0 },
		{ "-ERR busy\r\n", FAILURE_ANSWER, ERR_TEMP, 0, 0 },
		{ "-ERR [AUTH]\r\n", FAILURE_ANSWER, ERR_AUTH, 0, 0 },
		{ HELLO CODED "+OK\r\n-ERR wrong\r\n", FAILURE_ANSWER,
		    ERR_TEMP, 0, 0 },
		{ HELLO CODED "+OK\r\n-ERR locked\r\n", FAILURE_ANSWER,
		    ERR_TEMP, IPC_E_BUSY, 0 },
		{ HELLO CODED "+OK\r\n-ERR [AUTH]\r\n", FAILURE_ANSWER,
		    ERR_AUTH, REFUSED, 0 },
	};

	(void)state;
	CHECK("d", t);
}

/* Q16: and a login is never tried twice, so no other flag (R65). */
static void
a_pass_without_an_answer_counts_as_refused(void **state)
{
	static const struct ending t[] = {
		{ HELLO PCAPA, FAILURE_CLOSED, ERR_TEMP, DOUBT, 0 },
		{ HELLO PCAPA "+OK\r\n", FAILURE_CLOSED, ERR_TEMP, DOUBT,
		    0 },
		{ HELLO PCAPA "+OK\r\n", FAILURE_SILENCE, ERR_TEMP, DOUBT,
		    0 },
		{ HELLO PCAPA "+OK\r\nwhat?\r\n", FAILURE_ANSWER,
		    ERR_PROTOCOL, DOUBT, 0 },
		{ HELLO CAPA "+OK\r\n" W, FAILURE_CLOSED, ERR_TEMP, DOUBT,
		    0 },
		{ HELLO CAPA, FAILURE_CLOSED, ERR_TEMP, 0, 0 },
		{ HELLO CAPA "+OK\r\n+OK\r\n", FAILURE_ANSWER, ERR_PROTOCOL,
		    0, 0 },
		{ HELLO CAPA, FAILURE_SILENCE, ERR_TEMP, 0, 0 },
	};

	(void)state;
	CHECK("d", t);
	sent("CAPA\r\nUSER joe\r\n");
}

/* Q14 */
static void
a_broken_flight_may_do_one_by_one(void **state)
{
	static const struct ending t[] = {
		{ HELLO PCAPA PLOGIN, FAILURE_CLOSED, ERR_TEMP, PIPE, 0 },
		{ HELLO PCAPA PLOGIN STAT, FAILURE_SILENCE, ERR_TEMP, PIPE, 0 },
		{ HELLO PCAPA PLOGIN STAT UIDL, FAILURE_SILENCE, ERR_TEMP,
		    PIPE, 0 },
		{ HELLO PCAPA PLOGIN STAT UIDL, FAILURE_CLOSED, ERR_TEMP, PIPE,
		    0 },
		{ HELLO PCAPA PLOGIN STAT "+OK\r\n1 aa\r\n", FAILURE_CLOSED,
		    ERR_TEMP, 0, 0 },
		{ HELLO PCAPA PLOGIN STAT "+OK\r\n1 aa\r\n", FAILURE_SILENCE,
		    ERR_TEMP, 0, 0 },
		{ HELLO PCAPA PLOGIN STAT "what?\r\n", FAILURE_ANSWER,
		    ERR_PROTOCOL, PIPE, 0 },
		{ HELLO PCAPA PLOGIN STAT "-ERR unknown\r\n", FAILURE_ANSWER,
		    ERR_TEMP, PIPE, 0 },
		{ HELLO PCAPA PLOGIN STAT "-ERR [SYS/TEMP]\r\n",
		    FAILURE_ANSWER, ERR_TEMP, 0, 0 },
		{ POPEN "?\r\n", FAILURE_ANSWER, ERR_PROTOCOL, PIPE, 1 },
		{ POPEN BODY, FAILURE_SILENCE, ERR_TEMP, PIPE, 0 },
		{ POPEN BODY "+OK\r\n", FAILURE_SILENCE, ERR_TEMP, 0, 0 },
		{ POPEN BODY, FAILURE_CLOSED, ERR_TEMP, 0, 0 },
		{ POPEN BODY BODY W, FAILURE_SILENCE, ERR_TEMP, 0, 0 },
		{ POPEN BODY BODY W, FAILURE_CLOSED, ERR_TEMP, 0, 0 },
		{ POPEN BODY BODY W "-OK\r\n", FAILURE_ANSWER, ERR_PROTOCOL,
		    0, 2 },
		{ POPEN BODY BODY "?", FAILURE_ANSWER, ERR_PROTOCOL, PIPE, 2 },
	};
	static const struct ending one[] = {
		{ HELLO CAPA LOGIN CAPA STAT W, FAILURE_SILENCE, ERR_TEMP, 0,
		    0 },
		{ HELLO CAPA LOGIN CAPA STAT W "?\r\n", FAILURE_ANSWER,
		    ERR_PROTOCOL, 0, 0 },
		{ OPEN "?\r\n", FAILURE_ANSWER, ERR_PROTOCOL, 0, 1 },
	};

	(void)state;
	CHECK("d R1 R2|D1", t);
	CHECK("d R1|D1", one);
	not_logged("DELE");
	failed(ERR_PROTOCOL, "RETR 1");
}

static void
one_by_one_is_not_tried_twice(void **state)
{
	static const struct ending t[] = {
		{ HELLO PCAPA LOGIN STAT W, FAILURE_SILENCE, ERR_TEMP, 0, 0 },
		{ HELLO PCAPA LOGIN LISTING BODY "?\r\n", FAILURE_ANSWER,
		    ERR_PROTOCOL, 0, 1 },
	};

	(void)state;
	CHECK("dp R1|D1", t);
}

/* A body that ends too early leaves its rest where a status should be. */
static void
what_follows_a_body_tells_on_it(void **state)
{
	static const struct ending t[] = {
		{ OPEN BODY "rest\r\n", FAILURE_ANSWER, ERR_PROTOCOL, 0, 1 },
		{ OPEN BODY W "rest\r\n", FAILURE_ANSWER, ERR_PROTOCOL, 0, 1 },
		{ OPEN BODY W "+OK\r\nrest\r\n", FAILURE_ANSWER, ERR_PROTOCOL,
		    0, 0 },
		{ OPEN "-ERR\r\n" W "rest\r\n", FAILURE_ANSWER, ERR_PROTOCOL,
		    0, 0 },
	};
	static const struct ending top[] = {
		{ OPEN BODY W "rest\r\n", FAILURE_ANSWER, ERR_PROTOCOL, 0, 0 },
	};

	(void)state;
	CHECK("d R1|D1", t);
	CHECK("d T1|D1", top);
}

/* Q11 */
static void
a_body_that_ends_in_a_dot_and_not_is_the_messages_fault(void **state)
{
	(void)state;
	end("d R1 R2", POPEN "+OK\r\nHi.\r\n", FAILURE_SILENCE, ERR_TEMP);
	assert_int_equal(fetcher.suspect, 0);
	fetcher.err.kind = ERR_NONE;
	memcpy(fetcher.tail, ".\n", 2);
	assert_int_equal(failure_silence(&fetcher, 5, "RETR 1"), -1);
	failure_judge(&fetcher, FAILURE_SILENCE);
	assert_int_equal(fetcher.err.kind, ERR_TEMP);
	assert_non_null(strstr(fetcher.err.hint, "dot"));
	assert_int_equal(fetcher.what, 0);
	assert_int_equal(fetcher.suspect, 1);
	fetcher.suspect = 0;
	failure_judge(&fetcher, FAILURE_CLOSED);
	assert_int_equal(fetcher.suspect, 0);
	end("d R1 R2", POPEN BODY "+OK\r\nHi.\r\n", FAILURE_CLOSED, ERR_TEMP);
	memcpy(fetcher.tail, ".\n", 2);
	failure_judge(&fetcher, FAILURE_SILENCE);
	assert_int_equal(fetcher.suspect, 2);
}

static void
a_line_that_breaks_off_is_no_broken_flight(void **state)
{
	uint8_t octet = '+';

	(void)state;
	end("d", HELLO PCAPA PLOGIN STAT, FAILURE_CLOSED, ERR_TEMP);
	assert_int_equal(fetcher.what, PIPE);
	buf_init(&fetcher.in, 1);
	buf_append(&fetcher.in, &octet, 1);
	failure_judge(&fetcher, FAILURE_CLOSED);
	assert_int_equal(fetcher.what, 0);
	buf_free(&fetcher.in);
}

/* What TLS cannot make sense of is no answer of the server's. */
static void
a_broken_line_is_nobodys_fault(void **state)
{
	(void)state;
	end("d R1 R2", POPEN BODY, FAILURE_CLOSED, ERR_TEMP);
	fetcher.err.kind = ERR_PROTOCOL;
	failure_judge(&fetcher, FAILURE_CLOSED);
	assert_int_equal(fetcher.what, 0);
	assert_int_equal(fetcher.suspect, 0);
}

struct advice {
	const char	*server;
	enum failure_how how;
	enum err_kind	 kind;
	const char	*hint;
};

static void
check_advice(const struct advice *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		end("d R1 R2", t[i].server, t[i].how, t[i].kind);
		assert_string_equal(fetcher.err.hint, t[i].hint);
	}
}

#define TURNED_AWAY	"the server may be too busy, or take nobody from this " \
			"address: try again in some minutes"
#define IN_USE		"another mail program may have the mailbox open; a " \
			"timer's runs try again after 10 minutes, '--force' " \
			"at once"
#define TOO_SOON	"wait some minutes, as a timer's runs do by themselves"
#define PASSES		"the server has a fault that should pass: the next " \
			"run tries again"
#define LASTS		"it will not pass by itself: ask the server's operator"

static void
each_refusal_has_its_next_step(void **state)
{
	static const struct advice t[] = {
		{ HELLO PCAPA "+OK\r\n-ERR [IN-USE]\r\n", FAILURE_ANSWER,
		    ERR_TEMP, IN_USE },
		{ HELLO PCAPA "+OK\r\n-ERR mailbox locked\r\n",
		    FAILURE_ANSWER, ERR_TEMP, IN_USE },
		{ "-ERR [IN-USE]\r\n", FAILURE_ANSWER, ERR_TEMP, IN_USE },
		{ HELLO PCAPA "+OK\r\n-ERR [LOGIN-DELAY]\r\n",
		    FAILURE_ANSWER, ERR_TEMP, TOO_SOON },
		{ HELLO PCAPA "+OK\r\n-ERR [SYS/TEMP]\r\n", FAILURE_ANSWER,
		    ERR_TEMP, PASSES },
		{ "-ERR [SYS/TEMP]\r\n", FAILURE_ANSWER, ERR_TEMP, PASSES },
		{ HELLO PCAPA "+OK\r\n-ERR [SYS/PERM]\r\n", FAILURE_ANSWER,
		    ERR_UNAVAILABLE, LASTS },
		{ "-ERR [SYS/PERM]\r\n", FAILURE_ANSWER, ERR_UNAVAILABLE,
		    LASTS },
		{ "-ERR busy\r\n", FAILURE_ANSWER, ERR_TEMP, TURNED_AWAY },
		{ HELLO CODED "+OK\r\n-ERR no\r\n", FAILURE_ANSWER, ERR_TEMP,
		    "the next run tries again; if it lasts, ask the server's "
		    "operator" },
		{ HELLO PCAPA "+OK\r\n-ERR no\r\n", FAILURE_ANSWER, ERR_AUTH,
		    "check the user name and the password" },
		{ POPEN "?\r\n", FAILURE_ANSWER, ERR_PROTOCOL, "" },
	};

	(void)state;
	check_advice(t, sizeof(t) / sizeof(t[0]));
}

static void
each_lost_line_has_its_next_step(void **state)
{
	static const struct advice t[] = {
		{ "+OK", FAILURE_CLOSED, ERR_TEMP, TURNED_AWAY },
		{ HELLO, FAILURE_CLOSED, ERR_TEMP, "the next run tries again" },
		{ HELLO CAPA, FAILURE_CLOSED, ERR_TEMP,
		    "the next run tries again" },
		{ HELLO PCAPA "+OK\r\n", FAILURE_CLOSED, ERR_TEMP, "if it "
		    "happens again, check the user name and the password: some "
		    "servers refuse them so" },
		{ HELLO PCAPA PLOGIN STAT, FAILURE_CLOSED, ERR_TEMP,
		    "nothing is lost: the next run goes on" },
		{ POPEN BODY "+OK\r\nHalf", FAILURE_CLOSED, ERR_TEMP,
		    "nothing is lost: the next run goes on" },
	};

	(void)state;
	check_advice(t, sizeof(t) / sizeof(t[0]));
	end("d", HELLO, FAILURE_CLOSED, ERR_TEMP);
	fetcher.err.kind = ERR_PROTOCOL;
	fetcher.err.hint[0] = '\0';
	failure_judge(&fetcher, FAILURE_CLOSED);
	assert_string_equal(fetcher.err.hint, "");
	/* Which the courier knows. */
	conf.socket = 7;
	end("d", "", FAILURE_CLOSED, ERR_TEMP);
	conf.socket = -1;
	assert_string_equal(fetcher.err.hint, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_capa_another_one_may_do),
		cmocka_unit_test(a_refused_login_tells_why),
		cmocka_unit_test(a_pass_without_an_answer_counts_as_refused),
		cmocka_unit_test(a_broken_flight_may_do_one_by_one),
		cmocka_unit_test(one_by_one_is_not_tried_twice),
		cmocka_unit_test(what_follows_a_body_tells_on_it),
		cmocka_unit_test(
		    a_body_that_ends_in_a_dot_and_not_is_the_messages_fault),
		cmocka_unit_test(a_line_that_breaks_off_is_no_broken_flight),
		cmocka_unit_test(a_broken_line_is_nobodys_fault),
		cmocka_unit_test(each_refusal_has_its_next_step),
		cmocka_unit_test(each_lost_line_has_its_next_step),
	};
	const int bad = cmocka_run_group_tests(tests, NULL, NULL);

	play_free(&played);
	return bad;
}
