/*
 * The session machine: the FIFO of commands, the reading of answers, and what
 * a driver may ask for.  How a session opens is in client_open.c.
 */
#include "pop3/client_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The longest line of the driver's: "TOP", two numbers of ten digits. */
#define ASK_MAX		32

enum shape {
	ONE_LINE,
	LINES,
	BODY,
};

/* What the answer to a command looks like and who takes it. */
struct answer {
	enum shape	 shape;
	uint32_t	 max;		/* lines */
	bool		(*line)(struct pop3 *, const uint8_t *, size_t);
	void		(*end)(struct pop3 *, const struct slot *,
			    const struct reply *);
};

static void	client_done(struct pop3 *, const struct slot *,
		    const struct reply *);

static const struct answer answers[CMD_END] = {
	[CMD_CAPA] = { LINES, POP3_CAPA_MAX, client_capa_line,
	    client_capa_end },
	[CMD_STLS] = { ONE_LINE, 0, NULL, client_stls_end },
	[CMD_USER] = { ONE_LINE, 0, NULL, client_auth_end },
	[CMD_PASS] = { ONE_LINE, 0, NULL, client_auth_end },
	[CMD_STAT] = { ONE_LINE, 0, NULL, client_stat_end },
	[CMD_UIDL] = { LINES, POP3_LIST_MAX, client_uidl_line,
	    client_uidl_end },
	[CMD_LIST] = { LINES, POP3_LIST_MAX, client_list_line,
	    client_list_end },
	[CMD_RETR] = { BODY, 0, NULL, client_done },
	[CMD_TOP] = { BODY, 0, NULL, client_done },
	[CMD_DELE] = { ONE_LINE, 0, NULL, client_done },
	[CMD_NOOP] = { ONE_LINE, 0, NULL, client_done },
	[CMD_RSET] = { ONE_LINE, 0, NULL, client_done },
	[CMD_QUIT] = { ONE_LINE, 0, NULL, client_done },
};

static const struct {
	const char	*name;
	const char	*state;
} phases[] = {
	[POP3_GREETING] = { "greeting", "AUTHORIZATION" },
	[POP3_CAPA] = { "CAPA", "AUTHORIZATION" },
	[POP3_STLS] = { "STLS", "AUTHORIZATION" },
	[POP3_HANDSHAKE] = { "handshake", "AUTHORIZATION" },
	[POP3_LOGIN] = { "login", "AUTHORIZATION" },
	[POP3_AUTH] = { "authentication", "AUTHORIZATION" },
	[POP3_LISTING] = { "listing", "TRANSACTION" },
	[POP3_READY] = { "ready", "TRANSACTION" },
	[POP3_QUIT] = { "QUIT", "UPDATE" },
	[POP3_CLOSED] = { "closed", "" },
	[POP3_DEAD] = { "dead", "" },
};

const char *
pop3_phase_name(enum pop3_phase phase)
{
	return phases[phase].name;
}

const char *
pop3_state_name(enum pop3_phase phase)
{
	return phases[phase].state;
}

struct pop3 *
pop3_new(const struct pop3_conf *conf, const struct pop3_events *events,
    void *arg)
{
	struct pop3 *p = mem_alloc(sizeof(*p));

	p->conf = *conf;
	p->ev = events;
	p->arg = arg;
	p->phase = POP3_GREETING;
	p->asked = 1;			/* the greeting */
	p->safe = conf->tls != POP3_TLS_STLS;
	buf_init(&p->out, POP3_FIFO_MAX * ASK_MAX);
	return p;
}

void
pop3_free(struct pop3 *p)
{
	if (p == NULL)
		return;
	buf_free_secret(&p->out);
	auth_end(&p->auth);
	free(p);
}

int
client_dead(struct pop3 *p)
{
	if (p->phase != POP3_DEAD)
		p->died = p->phase;
	p->phase = POP3_DEAD;
	buf_free_secret(&p->out);
	auth_end(&p->auth);
	return -1;
}

int
client_fail(struct pop3 *p, enum err_kind kind, const char *fmt, ...)
{
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	err_set(&p->err, kind, "%s", msg);
	return client_dead(p);
}

bool
client_pipelined(const struct pop3 *p)
{
	return p->capa.pipelining && !p->conf.no_pipelining;
}

/* What the server was at: "RETR 4", or the phase if nothing was asked. */
static const char *
client_where(const struct pop3 *p, char *dst, size_t size)
{
	const struct slot *s = &p->fifo[p->first];

	if (p->count == 0)
		snprintf(dst, size, "phase %s", pop3_phase_name(p->phase));
	else if (s->num == 0)
		snprintf(dst, size, "%s", cmd_name(s->cmd));
	else
		snprintf(dst, size, "%s %lu", cmd_name(s->cmd),
		    (unsigned long)s->num);
	return dst;
}

/* The octets from the server make no sense here. */
static void
client_nonsense(struct pop3 *p, const char *why, const uint8_t *line,
    size_t len)
{
	char where[64];

	client_fail(p, ERR_PROTOCOL, "%s: %s: \"%.*s\"",
	    client_where(p, where, sizeof(where)), why, CLIENT_SHOWN(len),
	    (const char *)line);
}

size_t
client_asked(struct pop3 *p, enum cmd cmd, uint32_t num, size_t at)
{
	static const char masked[] = "PASS ****";
	const uint8_t *line = buf_data(&p->out) + at;
	size_t len = 0;
	struct slot *s;

	p->crowded = p->count > 0;
	s = &p->fifo[(p->first + p->count++) % POP3_FIFO_MAX];
	s->cmd = cmd;
	s->num = num;
	while (line[len] != '\r')
		len++;
	if (cmd == CMD_PASS)
		p->ev->trace(p->arg, true, (const uint8_t *)masked,
		    strlen(masked));
	else
		p->ev->trace(p->arg, true, line, len);
	return at + len + 2;
}

void
client_send(struct pop3 *p, enum cmd cmd)
{
	size_t at = buf_len(&p->out);

	if (cmd == CMD_CAPA)
		memset(&p->fresh, 0, sizeof(p->fresh));
	if (cmd_put(&p->out, cmd, &p->err) == -1)
		client_dead(p);
	else
		client_asked(p, cmd, 0, at);
}

static void
client_done(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	struct pop3_done done = { .cmd = s->cmd, .num = s->num, .reply = *r };

	if (answers[s->cmd].shape == BODY && r->ok)
		done.octets = p->dot.octets;
	if (s->cmd == CMD_QUIT)
		p->phase = POP3_CLOSED;
	p->ev->done(p->arg, &done);
}

/* The oldest command is answered.  It is off the FIFO before the event, so
 * that the driver may ask for the next one in it. */
static void
answer_end(struct pop3 *p, const struct reply *r)
{
	struct slot s = p->fifo[p->first];

	p->first = (p->first + 1) % POP3_FIFO_MAX;
	p->count--;
	p->asked--;
	p->whole = s.cmd == CMD_RETR && r->ok ? s.num : 0;
	p->reading = READ_STATUS;
	answers[s.cmd].end(p, &s, r);
}

/* +OK of an answer whose status line is gone. */
static void
answer_end_ok(struct pop3 *p)
{
	static const struct reply ok = {
		.ok = true, .text = (const uint8_t *)""
	};

	answer_end(p, &ok);
}

static void
answer_status(struct pop3 *p, const uint8_t *line, size_t len)
{
	const struct answer *a = &answers[p->fifo[p->first].cmd];
	struct reply r;

	if (!reply_parse(&r, line, len)) {
		client_nonsense(p, "neither +OK nor -ERR", line, len);
	} else if (!r.ok || a->shape == ONE_LINE) {
		answer_end(p, &r);
	} else if (a->shape == LINES) {
		p->lines = 0;
		p->reading = READ_LINES;
	} else {
		dot_init(&p->dot);
		p->whole = 0;
		p->reading = READ_PAUSED;
	}
}

static void
answer_line(struct pop3 *p, const uint8_t *line, size_t len)
{
	const struct answer *a = &answers[p->fifo[p->first].cmd];

	if (len == 1 && line[0] == '.') {
		answer_end_ok(p);
		return;
	}
	if (len > 0 && line[0] == '.') {
		line++;
		len--;
	}
	if (p->lines++ == a->max)
		client_nonsense(p, "too many lines", line, len);
	else if (!a->line(p, line, len))
		client_nonsense(p, "a line that cannot be", line, len);
}

/* A longer line than a server may send is shown cut (R4). */
static void
input_trace(struct pop3 *p, const uint8_t *line, size_t len)
{
	static const char dots[] = "...";
	uint8_t cut[REPLY_LINE_MAX + sizeof(dots)];

	if (len > REPLY_LINE_MAX - 2) {
		memcpy(cut, line, REPLY_LINE_MAX - 2);
		memcpy(cut + REPLY_LINE_MAX - 2, dots, strlen(dots));
		line = cut;
		len = REPLY_LINE_MAX - 2 + strlen(dots);
	}
	p->ev->trace(p->arg, false, line, len);
}

/*
 * A greeting that ends in a bare LF would be waited for in vain, as would be
 * all that follows it (Q20).
 */
static bool
input_bare_lf(const uint8_t *data, size_t len)
{
	const uint8_t *lf = memchr(data, '\n', len);

	return lf != NULL && (lf == data || lf[-1] != '\r');
}

/* A password that comes back is not shown; the status is left alone. */
static void
input_mask(struct pop3 *p, uint8_t *line, size_t len)
{
	struct reply r;
	size_t skip = 0;

	if (reply_parse(&r, line, len))
		skip = len - r.len;
	auth_mask(&p->auth, line + skip, len - skip);
}

/* Octets that answer nothing (R12, R43). */
static void
input_unasked(struct pop3 *p)
{
	if (p->phase == POP3_HANDSHAKE)
		client_fail(p, ERR_PROTOCOL,
		    "octets in cleartext behind the answer to STLS");
	else
		client_fail(p, ERR_PROTOCOL,
		    "the server sent octets nobody asked for (phase %s)",
		    pop3_phase_name(p->phase));
}

/* Takes one line; 0 if there is none, or an error is set instead. */
static size_t
input_line(struct pop3 *p, uint8_t *data, size_t len)
{
	char where[64];
	size_t n, used;

	if (p->asked == 0) {
		input_unasked(p);
		return 0;
	}
	if (p->phase == POP3_GREETING && input_bare_lf(data, len)) {
		client_fail(p, ERR_PROTOCOL,
		    "the server ends its lines with LF instead of CRLF");
		return 0;
	}
	switch (reply_line(data, len, &n, &used)) {
	case REPLY_MORE:
		return 0;
	case REPLY_TOO_LONG:
		client_fail(p, ERR_PROTOCOL,
		    "%s: a line of more than %d octets",
		    client_where(p, where, sizeof(where)), REPLY_LINE_HARD);
		return 0;
	case REPLY_LINE:
		break;
	}
	p->behind = len - used;
	if (p->phase == POP3_AUTH)
		input_mask(p, data, n);
	input_trace(p, data, n);
	if (p->phase == POP3_GREETING)
		client_greeting(p, data, n);
	else if (p->reading == READ_LINES)
		answer_line(p, data, n);
	else
		answer_status(p, data, n);
	return used;
}

static size_t
input_body(struct pop3 *p, uint8_t *data, size_t len)
{
	struct dot_out out;

	dot_feed(&p->dot, data, len, &out);
	if (out.nhead > 0)
		p->ev->body(p->arg, &out.head, 1);
	if (out.len > 0)
		p->ev->body(p->arg, data, out.len);
	if (out.end && p->phase != POP3_DEAD)
		answer_end_ok(p);
	return out.used;
}

size_t
pop3_input(struct pop3 *p, uint8_t *data, size_t len)
{
	const struct slot *s;
	size_t n, used = 0;

	while (p->phase != POP3_DEAD) {
		if (p->phase == POP3_CLOSED)
			return len;	/* whatever it is, it is too late */
		if (p->reading == READ_PAUSED) {
			s = &p->fifo[p->first];
			if (!p->ev->begin(p->arg, s->cmd, s->num))
				break;
			p->reading = READ_BODY;
		}
		if (used == len)
			break;
		if (p->reading == READ_BODY)
			n = input_body(p, data + used, len - used);
		else
			n = input_line(p, data + used, len - used);
		if (n == 0)
			break;
		used += n;
	}
	return used;
}

int
pop3_eof(struct pop3 *p, size_t left)
{
	char where[64];

	if (p->phase == POP3_CLOSED)
		return 0;
	return client_fail(p, ERR_TEMP,
	    "the server closed the connection during %s%s",
	    client_where(p, where, sizeof(where)),
	    left > 0 ? ", in the middle of a line" : "");
}

const uint8_t *
pop3_output(struct pop3 *p, size_t *len)
{
	*len = buf_len(&p->out);
	if (p->phase != POP3_GREETING && p->phase != POP3_DEAD)
		p->asked = p->count;
	return *len > 0 ? buf_data(&p->out) : NULL;
}

void
pop3_sent(struct pop3 *p, size_t n)
{
	/* There may have been a password in it. */
	explicit_bzero(buf_data(&p->out), n);
	buf_consume(&p->out, n);
}

/* Whether the driver may ask for something now; else -1. */
static int
ask_room(struct pop3 *p, enum cmd cmd)
{
	if (p->phase != POP3_READY)
		return client_fail(p, ERR_SOFTWARE, "%s in phase %s",
		    cmd_name(cmd), pop3_phase_name(p->phase));
	return pop3_room(p) > 0 ? 0 : -1;
}

static int
ask(struct pop3 *p, enum cmd cmd)
{
	if (ask_room(p, cmd) == -1)
		return -1;
	client_send(p, cmd);
	return p->phase == POP3_DEAD ? -1 : 0;
}

static int
ask_num(struct pop3 *p, enum cmd cmd, uint32_t num, uint32_t lines)
{
	size_t at = buf_len(&p->out);
	int rc;

	if (ask_room(p, cmd) == -1)
		return -1;
	if (num == 0)
		return client_fail(p, ERR_SOFTWARE, "%s 0", cmd_name(cmd));
	if (cmd == CMD_TOP)
		rc = cmd_put_top(&p->out, num, lines, &p->err);
	else
		rc = cmd_put_num(&p->out, cmd, num, &p->err);
	if (rc == -1)
		return client_dead(p);
	client_asked(p, cmd, num, at);
	return 0;
}

int
pop3_retr(struct pop3 *p, uint32_t num)
{
	return ask_num(p, CMD_RETR, num, 0);
}

int
pop3_top(struct pop3 *p, uint32_t num, uint32_t lines)
{
	return ask_num(p, CMD_TOP, num, lines);
}

int
pop3_dele(struct pop3 *p, uint32_t num)
{
	return ask_num(p, CMD_DELE, num, 0);
}

int
pop3_noop(struct pop3 *p)
{
	return ask(p, CMD_NOOP);
}

int
pop3_rset(struct pop3 *p)
{
	return ask(p, CMD_RSET);
}

int
pop3_quit(struct pop3 *p)
{
	if (ask(p, CMD_QUIT) == -1)
		return -1;
	p->phase = POP3_QUIT;
	return 0;
}

size_t
pop3_room(const struct pop3 *p)
{
	if (p->phase != POP3_READY)
		return 0;
	if (client_pipelined(p))
		return POP3_FIFO_MAX - p->count;
	return p->count == 0 ? 1 : 0;
}

size_t
pop3_outstanding(const struct pop3 *p)
{
	return p->count;
}

enum pop3_phase
pop3_phase(const struct pop3 *p)
{
	return p->phase;
}

bool
pop3_paused(const struct pop3 *p)
{
	return p->reading == READ_PAUSED && p->phase != POP3_DEAD;
}

const struct capa *
pop3_capa(const struct pop3 *p)
{
	return &p->capa;
}

const struct err *
pop3_error(const struct pop3 *p)
{
	return p->err.kind == ERR_NONE ? NULL : &p->err;
}

static bool
is_offered(const struct pop3 *p, enum cmd cmd)
{
	size_t i;

	for (i = 0; i < p->asked; i++)
		if (p->fifo[(p->first + i) % POP3_FIFO_MAX].cmd == cmd)
			return true;
	return false;
}

void
pop3_end(const struct pop3 *p, struct pop3_end *end)
{
	const struct slot *s = &p->fifo[p->first];

	*end = (struct pop3_end){
		.phase = p->phase == POP3_DEAD ? p->died : p->phase,
		.refusal = p->refusal,
		.coded = p->coded,
		.safe = p->safe,
		.pass_sent = is_offered(p, CMD_PASS),
		.crowded = p->crowded,
		.between = p->reading == READ_STATUS,
		.suspect = p->whole,
	};
	if (end->suspect == 0 && p->count > 0 && s->cmd == CMD_RETR)
		end->suspect = s->num;
}
