/*
 * Plays of sessions for the unit tests: each is played whole, octet by octet
 * and with every speech of the server cut at every place, and all have to be
 * the same.
 */
#ifndef POP3_SESSION_H
#define POP3_SESSION_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../fuzz/play.h"

/* What a server says: W is where it waits for the client. */
#define W	"\1"
#define HELLO	"+OK hello\r\n" W
#define STLSCAPA "+OK\r\nSTLS\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n" W
#define CAPA	"+OK\r\nTOP\r\nUIDL\r\n.\r\n" W
#define PCAPA	"+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n" W
#define LOGIN	"+OK\r\n" W "+OK\r\n" W			/* USER, PASS */
#define PLOGIN	"+OK\r\n+OK\r\n" W
#define STAT	"+OK 2 30\r\n"
#define UIDL	"+OK\r\n1 aa\r\n2 bb\r\n.\r\n"
#define LIST	"+OK\r\n1 10\r\n2 20\r\n.\r\n"
#define LISTING	STAT W UIDL W LIST W
#define PLISTING STAT UIDL LIST W
#define OPEN	HELLO CAPA LOGIN CAPA LISTING
#define POPEN	HELLO PCAPA PLOGIN PLISTING

static struct play played;

static void
play(const char *driver, const char *server)
{
	const size_t len = strlen(server), dlen = strlen(driver);
	struct cut cut = { 0, 0, 0 };
	struct play other;
	size_t i, longest;

	play_free(&played);
	play_run(&played, driver, dlen, (const uint8_t *)server, len, cut);
	play_eof(&played);
	longest = len < 400 ? len : 400;
	for (i = 0; i <= longest; i++) {
		cut.first = i;
		cut.chunk = i == 0 ? 1 : 0;
		play_run(&other, driver, dlen, (const uint8_t *)server, len,
		    cut);
		play_eof(&other);
		assert_true(play_same(&played, &other));
		play_free(&other);
	}
}

static const char *
text_of(const struct buf *b)
{
	return (const char *)buf_data(b);
}

static void
logged(const char *words)
{
	if (strstr(text_of(&played.log), words) == NULL)
		fail_msg("not in the log: %s\n%s", words,
		    text_of(&played.log));
}

static void
not_logged(const char *words)
{
	if (strstr(text_of(&played.log), words) != NULL)
		fail_msg("in the log: %s\n%s", words, text_of(&played.log));
}

static void
sent(const char *want)
{
	assert_int_equal(buf_len(&played.sent), strlen(want));
	assert_memory_equal(buf_data(&played.sent), want, strlen(want));
}

/* The play ended with that error, whose message has those words. */
static void
failed(enum err_kind kind, const char *words)
{
	const struct err *err = pop3_error(played.p);

	assert_non_null(err);
	assert_int_equal(err->kind, kind);
	if (strstr(err->msg, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, err->msg);
}

#endif
