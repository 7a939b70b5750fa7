/*
 * Plays a server's octets to the session machine and writes down all that
 * happens; for the fuzzer and the unit test.
 *
 * A play is two strings.  The first says what the driver does: letters for the
 * session, a blank, and what to ask for once the listing is there:
 *
 *	d TLS from the start, s STLS, n none; c: no CAPA; p: no pipelining;
 *	w: every body has to wait once
 *
 *	"dw R1 R2|D1 D2|Q": RETR 1 and 2, then DELE 1 and 2, then QUIT;
 *	T is TOP, N is NOOP, S is RSET
 *
 * The second is what the server says.  An octet 1 in it is where the server
 * waits: the driver sends what it has, logs in, asks for the next group.
 *
 * What must hold in every play is checked here and ends the program.
 */
#ifndef PLAY_H
#define PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "pop3/client.h"

#define PLAY_WAIT	1
#define PLAY_USER	"joe"
#define PLAY_PASS	"open sesame"
#define PLAY_MAX	((size_t)1 << 26)	/* octets of a log */

#define PLAY_CHECK(what)						\
	do {								\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
			    __LINE__, #what);				\
			abort();					\
		}							\
	} while (0)

/* How each of the server's speeches is cut: a first piece, then pieces of
 * chunk octets, or of sizes that follow from seed, or the rest. */
struct cut {
	size_t		first;
	size_t		chunk;
	uint32_t	seed;
};

struct play {
	struct pop3_conf conf;
	bool		 wait;		/* every body has to wait once */
	const char	*asks;		/* the next groups */
	size_t		 nasks;
	struct cut	 cut;

	struct pop3	*p;
	struct buf	 log;
	struct buf	 sent;
	bool		 greeted;
	bool		 secured;
	bool		 starttls;	/* the machine said so */
	bool		 handshake;	/* done */
	bool		 waited;
	size_t		 held;		/* octets pop3_input did not want */
	size_t		 asked;		/* commands */
	size_t		 flushed;	/* of these, sent */
};

/* Nothing happens after an error. */
static struct play *
play_event(void *arg)
{
	struct play *pl = arg;

	PLAY_CHECK(pop3_error(pl->p) == NULL);
	return pl;
}

static void
play_note(struct play *pl, const void *data, size_t len)
{
	PLAY_CHECK(buf_append(&pl->log, data, len));
}

static void
play_starttls(void *arg)
{
	struct play *pl = play_event(arg);

	PLAY_CHECK(pl->conf.tls == POP3_TLS_STLS && !pl->handshake);
	pl->starttls = true;
}

static void
play_secured(void *arg, const struct capa *capa)
{
	struct play *pl = play_event(arg);

	PLAY_CHECK(pl->conf.tls != POP3_TLS_STLS || pl->handshake);
	pl->secured = true;
	buf_printf(&pl->log, "secured%s%s%s\n", capa->known ? " known" : "",
	    capa->pipelining ? " pipelining" : "", capa->uidl ? " uidl" : "");
}

static void
play_stat(void *arg, uint32_t count, uint64_t octets)
{
	struct play *pl = play_event(arg);

	buf_printf(&pl->log, "stat %lu %llu\n", (unsigned long)count,
	    (unsigned long long)octets);
}

static void
play_uid(void *arg, uint32_t num, const uint8_t *uid, size_t len)
{
	struct play *pl = play_event(arg);

	PLAY_CHECK(num > 0 && len <= LIST_UID_MAX);
	buf_printf(&pl->log, "uid %lu ", (unsigned long)num);
	play_note(pl, uid, len);
	play_note(pl, "\n", 1);
}

static void
play_size(void *arg, uint32_t num, uint64_t size)
{
	struct play *pl = play_event(arg);

	PLAY_CHECK(num > 0 && size <= INT64_MAX);
	buf_printf(&pl->log, "size %lu %llu\n", (unsigned long)num,
	    (unsigned long long)size);
}

static void
play_listed(void *arg, const struct capa *capa, bool has_uidl)
{
	struct play *pl = play_event(arg);

	PLAY_CHECK(pop3_phase(pl->p) == POP3_READY);
	PLAY_CHECK(capa == pop3_capa(pl->p));
	buf_printf(&pl->log, "listed%s\n", has_uidl ? " uidl" : "");
}

static bool
play_begin(void *arg, enum cmd cmd, uint32_t num)
{
	struct play *pl = play_event(arg);

	if (pl->wait && !pl->waited) {
		pl->waited = true;
		return false;
	}
	pl->waited = false;
	buf_printf(&pl->log, "begin %s %lu\n", cmd_name(cmd),
	    (unsigned long)num);
	return true;
}

static void
play_body(void *arg, const uint8_t *data, size_t len)
{
	PLAY_CHECK(len > 0);
	play_note(play_event(arg), data, len);
}

static void
play_done(void *arg, const struct pop3_done *done)
{
	struct play *pl = play_event(arg);

	buf_printf(&pl->log, "done %s %lu %s %llu ", cmd_name(done->cmd),
	    (unsigned long)done->num, done->reply.ok ? "ok" : "err",
	    (unsigned long long)done->octets);
	play_note(pl, done->reply.text, done->reply.len);
	play_note(pl, "\n", 1);
}

static void
play_trace(void *arg, bool sent, const uint8_t *line, size_t len)
{
	struct play *pl = play_event(arg);

	if (sent)
		pl->asked++;
	else
		pl->greeted = true;
	PLAY_CHECK(len <= REPLY_LINE_MAX + 1);
	if (sent)
		PLAY_CHECK(len < 4 || memcmp(line, "PASS", 4) != 0 ||
		    (len == 9 && memcmp(line, "PASS ****", 9) == 0));
	play_note(pl, sent ? "C: " : "S: ", 3);
	play_note(pl, line, len);
	play_note(pl, "\n", 1);
}

static const struct pop3_events play_events = {
	.starttls = play_starttls,
	.secured = play_secured,
	.stat = play_stat,
	.uid = play_uid,
	.size = play_size,
	.listed = play_listed,
	.begin = play_begin,
	.body = play_body,
	.done = play_done,
	.trace = play_trace,
};

/* One line that goes out; len without its CRLF. */
static void
play_line(const struct play *pl, const uint8_t *line, size_t len, bool first)
{
	PLAY_CHECK(len + 2 <= CMD_LINE_MAX);
	PLAY_CHECK(pl->greeted);
	if (pl->conf.tls == POP3_TLS_STLS && !pl->handshake)
		PLAY_CHECK(len == 4 && (memcmp(line, "CAPA", 4) == 0 ||
		    memcmp(line, "STLS", 4) == 0));
	if (len > 4 && (memcmp(line, "USER", 4) == 0 ||
	    memcmp(line, "PASS", 4) == 0))
		PLAY_CHECK(pl->secured);
	PLAY_CHECK(first || (pop3_capa(pl->p)->pipelining &&
	    !pl->conf.no_pipelining));
}

/* Sends what there is, in two parts. */
static void
play_flush(struct play *pl)
{
	const uint8_t *out, *line, *lf;
	size_t len, half;

	if ((out = pop3_output(pl->p, &len)) == NULL) {
		PLAY_CHECK(len == 0);
		return;
	}
	PLAY_CHECK(pop3_error(pl->p) == NULL);
	PLAY_CHECK(pop3_outstanding(pl->p) > 0);
	PLAY_CHECK(out[len - 1] == '\n');
	for (line = out; line < out + len; line = lf + 1) {
		lf = memchr(line, '\n', (size_t)(out + len - line));
		PLAY_CHECK(lf > line && lf[-1] == '\r');
		play_line(pl, line, (size_t)(lf - line) - 1, line == out);
	}
	PLAY_CHECK(buf_append(&pl->sent, out, len));
	pl->flushed = pl->asked;
	half = len / 2;
	pop3_sent(pl->p, half);
	out = pop3_output(pl->p, &len);
	PLAY_CHECK(out != NULL);
	pop3_sent(pl->p, len);
	PLAY_CHECK(pop3_output(pl->p, &len) == NULL);
}

/* Asks for the next group. */
static void
play_ask(struct play *pl)
{
	unsigned long num;
	size_t room;
	char *end, c;
	int rc;

	while (pl->nasks > 0 && *pl->asks != '|' &&
	    pop3_phase(pl->p) == POP3_READY) {
		c = *pl->asks++;
		pl->nasks--;
		num = 0;
		if (pl->nasks > 0 && *pl->asks >= '0' && *pl->asks <= '9') {
			num = strtoul(pl->asks, &end, 10) & UINT32_MAX;
			pl->nasks -= (size_t)(end - pl->asks);
			pl->asks = end;
		}
		if (strchr("RTDNSQ", c) == NULL || c == '\0')
			continue;
		room = pop3_room(pl->p);
		PLAY_CHECK(room + pop3_outstanding(pl->p) <= POP3_FIFO_MAX);
		rc = c == 'R' ? pop3_retr(pl->p, (uint32_t)num) :
		    c == 'T' ? pop3_top(pl->p, (uint32_t)num, 0) :
		    c == 'D' ? pop3_dele(pl->p, (uint32_t)num) :
		    c == 'N' ? pop3_noop(pl->p) :
		    c == 'S' ? pop3_rset(pl->p) : pop3_quit(pl->p);
		PLAY_CHECK(rc == -1 || room > 0);
	}
	if (pl->nasks > 0 && *pl->asks == '|') {
		pl->asks++;
		pl->nasks--;
	}
}

/* The server waits: the driver's turn. */
static void
play_turn(struct play *pl)
{
	play_flush(pl);
	switch (pop3_phase(pl->p)) {
	case POP3_HANDSHAKE:
		PLAY_CHECK(pl->starttls);
		buf_printf(&pl->log, "handshake\n");
		pl->handshake = true;
		pop3_secured(pl->p);
		break;
	case POP3_LOGIN:
		pop3_login(pl->p, PLAY_USER, PLAY_PASS);
		break;
	case POP3_READY:
		play_ask(pl);
		break;
	default:
		break;
	}
	play_flush(pl);
}

static size_t
play_piece(struct play *pl, bool first, size_t left)
{
	size_t n = left;

	if (first && pl->cut.first > 0) {
		n = pl->cut.first;
	} else if (pl->cut.chunk > 0) {
		n = pl->cut.chunk;
	} else if (pl->cut.seed > 0) {
		pl->cut.seed = pl->cut.seed * 1664525u + 1013904223u;
		n = 1 + (pl->cut.seed >> 24) % 19;
	}
	return n < left ? n : left;
}

/*
 * The server says something: it is fed in pieces, and what the machine does not
 * want yet is offered again with more behind it.  hold has room for all.
 */
static void
play_speech(struct play *pl, uint8_t *hold, const uint8_t *data, size_t len)
{
	size_t i, n, used;
	uint8_t *exact;

	for (i = 0; i < len; i += n) {
		n = play_piece(pl, i == 0, len - i);
		memcpy(hold + pl->held, data + i, n);
		pl->held += n;
		do {
			/* Of the exact size: sanitizers see its ends. */
			exact = malloc(pl->held + (pl->held == 0));
			memcpy(exact, hold, pl->held);
			used = pop3_input(pl->p, exact, pl->held);
			PLAY_CHECK(used <= pl->held);
			/* What is answered was sent before. */
			PLAY_CHECK(pl->asked - pop3_outstanding(pl->p) <=
			    pl->flushed);
			free(exact);
			memmove(hold, hold + used, pl->held - used);
			pl->held -= used;
		} while (pop3_paused(pl->p) && pl->waited);
		if (pop3_error(pl->p) != NULL)
			return;
		PLAY_CHECK(pl->held < REPLY_LINE_HARD + 2);
	}
}

static void
play_init(struct play *pl, const char *driver, size_t len)
{
	size_t i;

	memset(pl, 0, sizeof(*pl));
	buf_init(&pl->log, PLAY_MAX);
	buf_init(&pl->sent, PLAY_MAX);
	pl->conf.tls = POP3_TLS_DONE;
	for (i = 0; i < len && driver[i] != ' '; i++) {
		if (driver[i] == 's')
			pl->conf.tls = POP3_TLS_STLS;
		else if (driver[i] == 'n')
			pl->conf.tls = POP3_TLS_NONE;
		else if (driver[i] == 'c')
			pl->conf.no_capa = true;
		else if (driver[i] == 'p')
			pl->conf.no_pipelining = true;
		else if (driver[i] == 'w')
			pl->wait = true;
	}
	if (i < len)
		i++;
	pl->asks = driver + i;
	pl->nasks = len - i;
}

/* Plays all of it.  driver has to be followed by an octet that is no digit. */
static void
play_run(struct play *pl, const char *driver, size_t driverlen,
    const uint8_t *server, size_t len, struct cut cut)
{
	const uint8_t *wait;
	uint8_t *hold = malloc(len + 1);
	size_t n;

	play_init(pl, driver, driverlen);
	pl->cut = cut;
	pl->p = pop3_new(&pl->conf, &play_events, pl);
	play_turn(pl);
	while (len > 0) {
		wait = memchr(server, PLAY_WAIT, len);
		n = wait != NULL ? (size_t)(wait - server) : len;
		play_speech(pl, hold, server, n);
		if (wait != NULL) {
			play_turn(pl);
			n++;
		}
		server += n;
		len -= n;
	}
	free(hold);
}

/* Closes the connection; what it came to goes to the end of the log. */
static void
play_eof(struct play *pl)
{
	const struct err *err;
	struct pop3_end end;
	uint8_t more[] = "+OK\r\n";
	size_t len;
	int rc = pop3_eof(pl->p, pl->held);

	pop3_end(pl->p, &end);
	PLAY_CHECK(end.phase != POP3_DEAD);
	PLAY_CHECK(!end.crowded || !pl->conf.no_pipelining);

	PLAY_CHECK((rc == 0) == (pop3_phase(pl->p) == POP3_CLOSED));
	if ((err = pop3_error(pl->p)) != NULL) {
		PLAY_CHECK(pop3_phase(pl->p) == POP3_DEAD);
		PLAY_CHECK(pop3_input(pl->p, more, sizeof(more) - 1) == 0);
		PLAY_CHECK(pop3_output(pl->p, &len) == NULL && len == 0);
		PLAY_CHECK(pop3_room(pl->p) == 0);
		buf_printf(&pl->log, "error %d %s\n", (int)err->kind,
		    err->msg);
	}
	play_note(pl, "", 1);
}

static void
play_free(struct play *pl)
{
	pop3_free(pl->p);
	buf_free(&pl->log);
	buf_free(&pl->sent);
}

/* Whether two plays of the same words came to the same. */
static bool
play_same(const struct play *a, const struct play *b)
{
	return buf_len(&a->log) == buf_len(&b->log) &&
	    memcmp(buf_data(&a->log), buf_data(&b->log),
	    buf_len(&a->log)) == 0 &&
	    buf_len(&a->sent) == buf_len(&b->sent) &&
	    memcmp(buf_data(&a->sent), buf_data(&b->sent),
	    buf_len(&a->sent)) == 0;
}

#endif
