/* The fetcher process: its start, its loop, its clock and its end. */
#include "net/fetcher.h"

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/body.h"
#include "net/conn.h"
#include "net/events.h"
#include "net/failure.h"
#include "net/sandbox.h"
#include "net/tls.h"

/* Octets from the server that may lie unconsumed: what one turn reads. */
#define RECEIVE_MAX	(256u << 10)
/* What an octet of an unfinished answer adds to the time it may take: a server
 * that drips, or never ends its line, is not alive (Q29). */
#define OCTET_MS	1000
/* Descriptors besides the staged files: standard ones, both sockets, and
 * what looking up a certificate opens. */
#define OTHER_FILES	16

/* --- opening */

static int
dial_port(struct fetcher *f, struct dialed *d, const char *port)
{
	int seconds = f->conf->timeout < FETCHER_CONNECT_MAX ?
	    f->conf->timeout : FETCHER_CONNECT_MAX;

	dial_where(f->where, sizeof(f->where), f->conf->host, port);
	return dial(d, f->conf->host, port, clock_mono_ms() +
	    (int64_t)seconds * 1000, &f->err);
}

/* Connects, and decides what FETCHER_TLS_AUTO means. */
static int
connect_server(struct fetcher *f, struct dialed *d)
{
	const char *port = f->conf->port;
	const bool dials = f->conf->socket == -1;
	bool fall_back = dials && f->tls == FETCHER_TLS_AUTO && port == NULL;

	if (f->tls == FETCHER_TLS_AUTO)
		f->tls = FETCHER_TLS_IMPLICIT;
	if (port == NULL)
		port = f->tls == FETCHER_TLS_IMPLICIT ? FETCHER_PORT_TLS :
		    FETCHER_PORT_PLAIN;
	if (!dials) {
		dial_where(f->where, sizeof(f->where), f->conf->host, port);
		dial_plugged(d, f->conf->socket);
		return 0;
	}
	if (dial_port(f, d, port) == 0)
		return 0;
	if (!fall_back || f->err.sys != ECONNREFUSED)
		return -1;
	err_clear(&f->err);
	events_info(f, "%s refuses; trying STLS on port " FETCHER_PORT_PLAIN,
	    f->where);
	f->tls = FETCHER_TLS_STLS;
	if (dial_port(f, d, FETCHER_PORT_PLAIN) == 0)
		return 0;
	return err_wrap(&f->err, "neither port " FETCHER_PORT_TLS " nor port "
	    FETCHER_PORT_PLAIN " answers");
}

/* Cleartext leaves this machine only if the account itself wants it (R40). */
static int
check_clear(struct fetcher *f, const struct dialed *d)
{
	if (f->tls != FETCHER_TLS_OFF || d->loopback || f->conf->clear_anywhere)
		return 0;
	err_set(&f->err, ERR_CONFIG, "%s: 'tls off' would send the password in "
	    "cleartext to a host that is not this machine", f->where);
	return err_hint(&f->err, "if that is what you want, put 'tls off' into "
	    "the account itself");
}

/* The handshake, all of it within the time of one answer (R53). */
static int
handshake(struct fetcher *f)
{
	const int64_t deadline = clock_mono_ms() +
	    (int64_t)f->conf->timeout * 1000;
	struct pollfd pfd[2] = {
		{ .fd = f->conn->fd }, { .fd = ipc_fd(f->ipc) },
	};
	int64_t left;
	int r;

	while ((r = f->conn->ops->handshake(f->conn, &f->err)) != 0) {
		if (r != CONN_WANT_READ && r != CONN_WANT_WRITE)
			return err_wrap(&f->err, "%s", f->where);
		if ((left = deadline - clock_mono_ms()) <= 0)
			return failure_silence(f, f->conf->timeout,
			    "the TLS handshake");
		pfd[0].events = r == CONN_WANT_READ ? POLLIN : POLLOUT;
		(void)poll(pfd, 2, (int)left);
		if ((pfd[1].revents & POLLHUP) != 0) {
			f->hung_up = true;
			return -1;
		}
	}
	return 0;
}

static void
put_fact(void *arg, const char *name, const char *value)
{
	events_fact(arg, name, value, strlen(value));
}

static int
start_tls(struct fetcher *f, int fd)
{
	int ret;

	if (tls_client(&f->conn, fd, f->conf->tls_name, f->conf->pins,
	    f->conf->roots, &f->err) == -1)
		return -1;
	ret = handshake(f);
	if (f->conf->probe)
		tls_certificate(f->conn, put_fact, f);
	if (ret == -1)
		return -1;
	tls_describe(f->conn, f->channel, sizeof(f->channel));
	f->channel_safe = true;
	events_fact(f, "tls", f->channel, strlen(f->channel));
	return 0;
}

/*
 * After the answer to STLS.  The machine has seen that nothing came with it;
 * nothing may have come since, either, as the server waits for us (R43).
 */
static int
upgrade(struct fetcher *f)
{
	char octet;
	int fd;

	f->starttls = false;
	if (buf_len(&f->in) > 0 ||
	    recv(f->conn->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
		err_set(&f->err, ERR_PROTOCOL, "%s: octets in cleartext behind "
		    "the answer to STLS", f->where);
		return err_hint(&f->err, "somebody on the way may be trying to "
		    "take over the session");
	}
	fd = conn_release(f->conn);
	f->conn = NULL;
	if (start_tls(f, fd) == -1)
		return -1;
	f->readable = true;
	f->want_out = false;
	f->now = f->quiet = clock_mono_ms();
	pop3_secured(f->pop3);
	return 0;
}

static int
open_session(struct fetcher *f, struct sandbox_conf *sandbox)
{
	const char *readable[TLS_PATHS_MAX];
	char report[128];
	struct dialed d;
	struct pop3_conf conf = {
		.no_capa = f->conf->no_capa,
		.no_pipelining = f->conf->no_pipelining,
	};

	f->body = body_new(f->conf->max_octets);
	if (connect_server(f, &d) == -1)
		return -1;
	f->conn = conn_plain(d.fd);
	events_info(f, "connected to %s, %s", f->where, d.addr);
	events_fact(f, "server", f->where, strlen(f->where));
	events_fact(f, "address", d.addr, strlen(d.addr));
	if (check_clear(f, &d) == -1)
		return -1;
	if (f->tls != FETCHER_TLS_OFF) {
		sandbox->readable = readable;
		sandbox->nreadable = tls_roots_paths(f->conf->roots, readable,
		    TLS_PATHS_MAX);
	}
	sandbox_late(sandbox, report, sizeof(report));
	events_info(f, "sandbox: %s", report);

	strlcpy(f->channel, "cleartext", sizeof(f->channel));
	conf.tls = f->tls == FETCHER_TLS_STLS ? POP3_TLS_STLS :
	    f->tls == FETCHER_TLS_OFF ? POP3_TLS_NONE : POP3_TLS_DONE;
	f->pop3 = pop3_new(&conf, &events_table, f);
	if (f->tls != FETCHER_TLS_IMPLICIT)
		return 0;
	d.fd = conn_release(f->conn);
	f->conn = NULL;
	return start_tls(f, d.fd);
}

/* --- the loop */

/* What the server is at, for messages: "RETR 12" or "greeting". */
static void
doing(const struct fetcher *f, char *dst, size_t size)
{
	static const enum cmd cmds[] = {
		[WORK_RETR] = CMD_RETR, [WORK_TOP] = CMD_TOP,
		[WORK_VERIFY] = CMD_RETR, [WORK_DELE] = CMD_DELE,
		[WORK_NOOP] = CMD_NOOP, [WORK_QUIT] = CMD_QUIT,
	};
	const struct work_item *item = work_oldest(&f->work);

	if (item == NULL)
		strlcpy(dst, pop3_phase_name(pop3_phase(f->pop3)), size);
	else if (item->num == 0)
		strlcpy(dst, cmd_name(cmds[item->kind]), size);
	else
		snprintf(dst, size, "%s %u", cmd_name(cmds[item->kind]),
		    item->num);
}

/* Nothing is to be read now: there is no file for the next message, or the
 * courier has enough to read itself. */
static bool
blocked(const struct fetcher *f)
{
	return ipc_queued(f->ipc) > 0 ||
	    (pop3_paused(f->pop3) && !body_ready(f->body));
}

static bool
over(struct fetcher *f)
{
	const struct err *e = pop3_error(f->pop3);

	if (e != NULL && !err_isset(&f->err)) {
		f->err = *e;
		err_wrap(&f->err, "%s", f->where);
		failure_judge(f, FAILURE_ANSWER);
	}
	return f->hung_up || f->bye || err_isset(&f->err);
}

/* Sends what the server takes.  That it takes nothing more is told by reading,
 * which finds its last words first. */
static void
transmit(struct fetcher *f)
{
	struct err why = { .kind = ERR_NONE };
	const uint8_t *data;
	size_t len;
	ssize_t n;

	while (!f->deaf && (data = pop3_output(f->pop3, &len)) != NULL) {
		n = f->conn->ops->write(f->conn, data, len, &why);
		if (n > 0) {
			pop3_sent(f->pop3, (size_t)n);
			continue;
		}
		if (n == CONN_WANT_WRITE)
			f->want_out = true;
		else if (n != CONN_WANT_READ) {
			f->deaf = f->readable = true;
			/* Reading would tell nothing of a fault of this side. */
			if (why.sys != 0 && why.sys != EPIPE &&
			    why.sys != ECONNRESET) {
				f->end = why;
				f->ended = (int)n;
			}
		}
		return;
	}
}

/* Reads until the transport is empty or the buffer full; returns how much. */
static size_t
receive(struct fetcher *f)
{
	size_t room, total = 0;
	ssize_t n;

	while (f->readable &&
	    (room = RECEIVE_MAX - buf_len(&f->in)) > 0) {
		n = f->conn->ops->read(f->conn, buf_reserve(&f->in, room),
		    room, &f->end);
		if (n > 0) {
			buf_commit(&f->in, (size_t)n);
			total += (size_t)n;
			continue;
		}
		f->readable = false;
		if (n == CONN_WANT_WRITE)
			f->want_out = true;
		else if (n != CONN_WANT_READ)
			f->ended = (int)n;
	}
	return total;
}

/* The server has closed, or the line is gone, and all that came is consumed. */
static void
server_gone(struct fetcher *f)
{
	char what[32];

	if (f->ended == CONN_EOF) {
		if (pop3_eof(f->pop3, buf_len(&f->in)) == 0)
			return;
		f->err = *pop3_error(f->pop3);
		err_wrap(&f->err, "%s", f->where);
	} else {
		doing(f, what, sizeof(what));
		f->err = f->end;
		err_wrap(&f->err, "%s: during %s", f->where, what);
	}
	failure_judge(f, FAILURE_CLOSED);
}

/* Lets the machine consume.  True: an answer was complete with it. */
static bool
consume(struct fetcher *f, size_t *used)
{
	const size_t outstanding = pop3_outstanding(f->pop3);
	const enum pop3_phase phase = pop3_phase(f->pop3);

	*used = 0;
	if (buf_len(&f->in) > 0 || pop3_paused(f->pop3))
		*used = pop3_input(f->pop3, buf_data(&f->in), buf_len(&f->in));
	buf_consume(&f->in, *used);
	return pop3_outstanding(f->pop3) != outstanding ||
	    pop3_phase(f->pop3) != phase;
}

/* Reads, lets the machine consume, and moves the deadline by what that is
 * worth. */
static void
take_input(struct fetcher *f)
{
	size_t n, used;
	int64_t now;
	bool answered;

	if (blocked(f))
		return;
	n = receive(f);
	answered = consume(f, &used);
	if (n > 0) {
		window_arrived(&f->work.window, n, f->now);
		now = clock_mono_ms();
		/* A slow disk is not the server's silence. */
		f->quiet += now - f->now + (int64_t)used * OCTET_MS;
		if (answered || f->quiet > now)
			f->quiet = now;
		f->now = now;
	}
	if (f->ended != 0 && !pop3_paused(f->pop3) && !over(f))
		server_gone(f);
}

static bool
answer_due(const struct fetcher *f)
{
	switch (pop3_phase(f->pop3)) {
	case POP3_HANDSHAKE:
	case POP3_LOGIN:
	case POP3_CLOSED:
	case POP3_DEAD:
		return false;
	case POP3_READY:
		return pop3_outstanding(f->pop3) > 0;
	default:
		return true;
	}
}

/* When something has to happen if nothing does; INT64_MAX: never. */
static int64_t
deadline(struct fetcher *f)
{
	const bool due = answer_due(f);
	int seconds = f->conf->timeout;

	if (blocked(f) || (due && !f->expecting))
		f->quiet = f->now;
	f->expecting = due;
	if (blocked(f) || (!due && pop3_phase(f->pop3) != POP3_READY))
		return INT64_MAX;
	if (!due)
		seconds = FETCHER_NOOP_AFTER;
	else if (pop3_phase(f->pop3) == POP3_QUIT &&
	    seconds > FETCHER_QUIT_MAX)
		seconds = FETCHER_QUIT_MAX;
	return f->quiet + (int64_t)seconds * 1000;
}

/* It did not. */
static void
time_out(struct fetcher *f)
{
	char what[32];

	if (!f->expecting) {
		work_noop(&f->work, f->pop3, f->now);
		return;
	}
	doing(f, what, sizeof(what));
	(void)failure_silence(f, (f->now - f->quiet) / 1000, what);
	failure_judge(f, FAILURE_SILENCE);
}

/* Waits for the server, the courier or the deadline. */
static void
wait_turn(struct fetcher *f)
{
	struct pollfd net = { .fd = f->conn->fd }, pfd[2];
	const int64_t until = deadline(f);
	int64_t ms = -1;

	if (f->ended == 0 && !blocked(f))
		net.events |= POLLIN;
	if (f->want_out)
		net.events |= POLLOUT;
	if (net.events == 0)
		net.fd = -1;
	pfd[0] = net;
	pfd[1] = (struct pollfd){ .fd = ipc_fd(f->ipc), .events = POLLIN };
	if (ipc_queued(f->ipc) > 0)
		pfd[1].events |= POLLOUT;
	if (f->readable && !blocked(f))
		ms = 0;
	else if (until != INT64_MAX)
		ms = until > f->now ? until - f->now : 0;

	(void)poll(pfd, 2, ms > INT_MAX ? INT_MAX : (int)ms);
	f->now = clock_mono_ms();
	if (pfd[0].revents != 0) {
		f->readable = f->ended == 0;
		f->want_out = false;
	}
	if ((pfd[1].revents & POLLOUT) != 0 &&
	    ipc_flush(f->ipc, &f->err) == -1)
		f->hung_up = true;
	if (pfd[1].revents != 0)
		events_frames(f);
}

static void
converse(struct fetcher *f)
{
	f->now = f->quiet = clock_mono_ms();
	f->readable = true;
	while (!over(f)) {
		transmit(f);
		wait_turn(f);
		take_input(f);
		if (over(f))
			break;
		if (f->starttls && upgrade(f) == -1)
			break;
		work_send(&f->work, f->pop3, f->now);
		/* Something has to follow a message that may be cut. */
		if (f->held.type != 0 && pop3_outstanding(f->pop3) == 0)
			work_noop(&f->work, f->pop3, f->now);
		if (f->now >= deadline(f))
			time_out(f);
	}
}

/* --- the end */

/* Says how it ended, waits until the courier has it, returns the status. */
static int
finish(struct fetcher *f)
{
	struct pollfd pfd = { .fd = ipc_fd(f->ipc), .events = POLLOUT };
	struct err ignored = { .kind = ERR_NONE };
	int status = 0;

	if (f->hung_up && !err_isset(&f->err))
		return 0;
	f->hung_up = false;
	if (!f->bye && f->work.quit_sent)
		/* Whether anything was deleted is not known (Q25). */
		events_text(f, IPC_BYE, 0, f->err.msg);
	else if (!f->bye) {
		status = (int)f->err.kind;
		ipc_put_err(&f->out, &f->err);
		f->out.flags = f->what;
		f->out.num = f->suspect;
		f->out.id = events_login_delay(f);
		(void)ipc_send(f->ipc, &f->out, -1, &ignored);
	}
	while (ipc_queued(f->ipc) > 0 && ipc_flush(f->ipc, &ignored) == 0)
		(void)poll(&pfd, 1, -1);
	return status;
}

static void
ignore_signals(void)
{
	/* The courier decides when it is over; a file too large and a line
	 * gone are errors, not deaths. */
	static const int all[] = {
		SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGXFSZ
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		(void)signal(all[i], SIG_IGN);
}

int
fetcher_main(const struct fetcher_conf *conf, int ipcfd)
{
	struct sandbox_conf sandbox = {
		.keep = ipcfd,
		.also = conf->socket,
		.max_file = conf->max_octets,
		.max_fds = BODY_FILES_MAX + OTHER_FILES,
	};
	struct err err = { .kind = ERR_NONE };
	struct fetcher *f;
	int status;

	ignore_signals();
	/* What has no memory behind this is told by the courier alone. */
	(void)sandbox_early(&sandbox, &err);
	f = mem_alloc(sizeof(*f));
	f->err = err;
	f->conf = conf;
	f->tls = conf->tls;
	f->ipc = ipc_new(ipcfd);
	work_init(&f->work);
	buf_init(&f->in, RECEIVE_MAX);
	if (!err_isset(&err) && open_session(f, &sandbox) == 0)
		converse(f);
	status = finish(f);
	if (f->conn != NULL)
		f->conn->ops->close(f->conn);
	pop3_free(f->pop3);
	work_free(&f->work);
	body_free(f->body);
	buf_free(&f->in);
	ipc_free(f->ipc);
	free(f);
	return status;
}
