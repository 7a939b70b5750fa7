/* POP3 over a maildrop (RFC 1939, 2449, 2595, 3206), and its bad manners. */
#include "session.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io.h"
#include "mailbox.h"

#define LOCK_WAIT	2000	/* ms that a session before may take to end */
#define LOCK_STEP	5
#define TEXT_MAX	1024

struct session {
	struct io			*io;
	const struct session_conf	*conf;
	struct mailbox			*mb;
	bool				*deleted;
	bool				*read;
	char				 user[256];
	bool				 done;
	bool				 early;	/* noted for this command */
};

enum need {
	BEFORE_LOGIN = 1,
	AFTER_LOGIN = 2
};

struct command {
	const char	*verb;
	void		(*run)(struct session *, char *);
	unsigned int	 need;
};

/* A status line. */
static void __attribute__((format(printf, 2, 3)))
reply(struct session *s, const char *fmt, ...)
{
	char buf[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (s->conf->no_pipelining && !s->early && io_early(s->io)) {
		io_note(s->io, "pipelined without leave");
		s->early = true;
	}
	io_record(s->io, "S: ", buf, strlen(buf));
	io_put(s->io, buf, strlen(buf));
	io_put(s->io, "\r\n", 2);
}

static void
finish(struct session *s)
{
	io_put(s->io, ".\r\n", 3);
}

/* Reads a number and steps over it and the blank behind it. */
static bool
number(char **arg, size_t *n)
{
	char *p = *arg;

	if (!isdigit((unsigned char)*p))
		return (false);
	for (*n = 0; isdigit((unsigned char)*p); p++) {
		if (*n > 100000000)
			return (false);
		*n = *n * 10 + (size_t)(*p - '0');
	}
	if (*p != '\0' && *p != ' ')
		return (false);
	*arg = *p == ' ' ? p + 1 : p;
	return (true);
}

/* Reads a message number as an index, or answers -ERR. */
static bool
message(struct session *s, char **arg, size_t *i)
{
	if (!number(arg, i)) {
		reply(s, "-ERR a message number is needed");
		return (false);
	}
	if (*i < 1 || *i > mailbox_count(s->mb) || s->deleted[*i - 1]) {
		reply(s, "-ERR no such message");
		return (false);
	}
	(*i)--;
	return (true);
}

static int64_t
size_of(struct session *s, size_t i)
{
	int64_t n = mailbox_size(s->mb, i) + s->conf->size_lie;

	return (n < 0 ? 0 : n);
}

/* Opens the maildrop of the user; answers -ERR if that fails. */
static bool
enter(struct session *s)
{
	const struct session_conf *c = s->conf;
	char dir[TEXT_MAX];
	int waited;

	if (c->users != NULL) {
		if (s->user[0] == '\0' || s->user[0] == '.' ||
		    strchr(s->user, '/') != NULL) {
			reply(s, "-ERR [AUTH] no");
			return (false);
		}
		snprintf(dir, sizeof(dir), "%s/%s", c->users, s->user);
	} else
		snprintf(dir, sizeof(dir), "%s", c->mail);
	for (waited = 0;; waited += LOCK_STEP) {
		s->mb = mailbox_open(dir, c->wire, c->uids);
		if (s->mb != NULL || errno != EWOULDBLOCK ||
		    waited >= LOCK_WAIT || !io_alive(s->io))
			break;
		io_sleep(s->io, LOCK_STEP);
	}
	if (s->mb == NULL && errno == EWOULDBLOCK)
		reply(s, "-ERR [IN-USE] somebody else is in");
	else if (s->mb == NULL)
		reply(s, "-ERR [AUTH] no such maildrop");
	if (s->mb == NULL)
		return (false);
	s->deleted = calloc(mailbox_count(s->mb) + 1, sizeof(bool));
	s->read = calloc(mailbox_count(s->mb) + 1, sizeof(bool));
	if (s->deleted == NULL || s->read == NULL)
		err(1, NULL);
	return (true);
}

static void
leave(struct session *s)
{
	mailbox_close(s->mb);
	s->mb = NULL;
	free(s->deleted);
	free(s->read);
	s->deleted = s->read = NULL;
}

static void
cmd_capa(struct session *s, char *arg)
{
	const struct session_conf *c = s->conf;
	size_t i;

	(void)arg;
	if (c->no_capa) {
		reply(s, "-ERR what?");
		return;
	}
	reply(s, "+OK");
	io_printf(s->io, "USER\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n");
	if (!c->no_top)
		io_printf(s->io, "TOP\r\n");
	if (!c->no_uidl)
		io_printf(s->io, "UIDL\r\n");
	if (!c->no_pipelining)
		io_printf(s->io, "PIPELINING\r\n");
	if (c->stls && s->mb == NULL && !io_is_tls(s->io))
		io_printf(s->io, "STLS\r\n");
	if (c->expire0)
		io_printf(s->io, "EXPIRE 0\r\n");
	for (i = 0; i < c->ncapa; i++)
		io_printf(s->io, "%s\r\n", c->capas[i]);
	finish(s);
}

static void
cmd_stls(struct session *s, char *arg)
{
	(void)arg;
	if (!s->conf->stls || io_is_tls(s->io)) {
		reply(s, "-ERR no");
		return;
	}
	if (io_early(s->io))
		io_note(s->io, "input ahead of TLS");
	reply(s, "+OK");
	if (!io_starttls(s->io))
		s->done = true;
}

static void
cmd_user(struct session *s, char *arg)
{
	if (strlen(arg) >= sizeof(s->user)) {
		reply(s, "-ERR too long");
		return;
	}
	memcpy(s->user, arg, strlen(arg) + 1);
	reply(s, "+OK");
}

static void
cmd_pass(struct session *s, char *arg)
{
	const struct session_conf *c = s->conf;

	if (c->auth_fail != NULL)
		reply(s, "-ERR %s", c->auth_fail);
	else if (s->user[0] == '\0')
		reply(s, "-ERR USER first");
	else if ((c->user != NULL && strcmp(c->user, s->user) != 0) ||
	    (c->pass != NULL && strcmp(c->pass, arg) != 0))
		reply(s, "-ERR [AUTH] no");
	else if (enter(s))
		reply(s, "+OK %zu messages", mailbox_count(s->mb));
}

static void
cmd_stat(struct session *s, char *arg)
{
	size_t i, n = 0;
	int64_t sum = 0;

	(void)arg;
	for (i = 0; i < mailbox_count(s->mb); i++) {
		if (s->deleted[i])
			continue;
		n++;
		sum += size_of(s, i);
	}
	reply(s, "+OK %zu %lld", n, (long long)sum);
}

static void
cmd_list(struct session *s, char *arg)
{
	size_t i;

	if (*arg != '\0') {
		if (message(s, &arg, &i))
			reply(s, "+OK %zu %lld", i + 1,
			    (long long)size_of(s, i));
		return;
	}
	reply(s, "+OK");
	for (i = 0; i < mailbox_count(s->mb) && io_alive(s->io); i++)
		if (!s->deleted[i])
			io_printf(s->io, "%zu %lld\r\n", i + 1,
			    (long long)size_of(s, i));
	finish(s);
}

static void
cmd_uidl(struct session *s, char *arg)
{
	const char *uid;
	size_t i, len;

	if (s->conf->no_uidl)
		reply(s, "-ERR no UIDL here");
	else if (*arg != '\0') {
		if (!message(s, &arg, &i))
			return;
		uid = mailbox_uid(s->mb, i, &len);
		reply(s, "+OK %zu %.*s", i + 1, (int)len, uid);
	} else {
		reply(s, "+OK");
		for (i = 0; i < mailbox_count(s->mb); i++) {
			if (s->deleted[i])
				continue;
			uid = mailbox_uid(s->mb, i, &len);
			io_printf(s->io, "%zu ", i + 1);
			io_put(s->io, uid, len);
			io_put(s->io, "\r\n", 2);
		}
		finish(s);
	}
}

static void
say_ok(void *arg)
{
	reply(arg, "+OK");
}

static void
send_message(struct session *s, size_t i, int64_t lines)
{
	if (mailbox_send(s->mb, i, lines, s->io, say_ok, s))
		finish(s);
	else
		reply(s, "-ERR it is gone");
}

static void
cmd_retr(struct session *s, char *arg)
{
	size_t i;

	if (!message(s, &arg, &i))
		return;
	if (i + 1 == s->conf->fail_retr) {
		reply(s, "-ERR cannot read it");
		return;
	}
	s->read[i] = true;
	send_message(s, i, -1);
}

static void
cmd_top(struct session *s, char *arg)
{
	size_t i, lines;

	if (s->conf->no_top)
		reply(s, "-ERR no TOP here");
	else if (message(s, &arg, &i)) {
		if (number(&arg, &lines))
			send_message(s, i, (int64_t)lines);
		else
			reply(s, "-ERR how many lines?");
	}
}

static void
cmd_dele(struct session *s, char *arg)
{
	size_t i;

	if (!message(s, &arg, &i))
		return;
	s->deleted[i] = !s->conf->ignore_dele;
	if (s->conf->dele_now)
		(void)mailbox_delete(s->mb, i);
	reply(s, "+OK");
}

static void
cmd_noop(struct session *s, char *arg)
{
	(void)arg;
	reply(s, "+OK");
}

static void
cmd_rset(struct session *s, char *arg)
{
	(void)arg;
	memset(s->deleted, 0, mailbox_count(s->mb) * sizeof(bool));
	reply(s, "+OK");
}

static void
commit(struct session *s)
{
	size_t i;

	for (i = 0; i < mailbox_count(s->mb); i++)
		if (s->deleted[i] || (s->conf->expire0 && s->read[i]))
			(void)mailbox_delete(s->mb, i);
}

/* The lock goes before the answer: who got that may come back at once. */
static void
cmd_quit(struct session *s, char *arg)
{
	enum quit_mode mode = s->mb != NULL ? s->conf->quit : QUIT_WELL;

	(void)arg;
	s->done = true;
	s->early = true;	/* a close_notify is no pipelining */
	io_note(s->io, "quit");
	if (s->mb != NULL && mode != QUIT_FAIL && mode != QUIT_DROP_EARLY)
		commit(s);
	leave(s);
	if (mode == QUIT_WELL)
		reply(s, "+OK");
	else if (mode == QUIT_FAIL)
		reply(s, "-ERR some deleted messages not removed");
	else if (mode == QUIT_HANG)
		io_drain(s->io);
}

static const struct command commands[] = {
	{ "CAPA", cmd_capa, BEFORE_LOGIN | AFTER_LOGIN },
	{ "DELE", cmd_dele, AFTER_LOGIN },
	{ "LIST", cmd_list, AFTER_LOGIN },
	{ "NOOP", cmd_noop, AFTER_LOGIN },
	{ "PASS", cmd_pass, BEFORE_LOGIN },
	{ "QUIT", cmd_quit, BEFORE_LOGIN | AFTER_LOGIN },
	{ "RETR", cmd_retr, AFTER_LOGIN },
	{ "RSET", cmd_rset, AFTER_LOGIN },
	{ "STAT", cmd_stat, AFTER_LOGIN },
	{ "STLS", cmd_stls, BEFORE_LOGIN },
	{ "TOP", cmd_top, AFTER_LOGIN },
	{ "UIDL", cmd_uidl, AFTER_LOGIN },
	{ "USER", cmd_user, BEFORE_LOGIN },
};

static void
run_line(struct session *s, char *line)
{
	const struct command *c;
	char *arg;
	size_t i;

	arg = line + strcspn(line, " ");
	if (*arg != '\0')
		*arg++ = '\0';
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		c = &commands[i];
		if (strcasecmp(c->verb, line) != 0)
			continue;
		if (c->need & (s->mb != NULL ? AFTER_LOGIN : BEFORE_LOGIN))
			c->run(s, arg);
		else
			reply(s, "-ERR not now");
		return;
	}
	reply(s, "-ERR what?");
}

static void
greet(struct session *s)
{
	const char *text = s->conf->greeting;

	if (text == NULL)
		text = "popd ready";
	if (*text == '+' || *text == '-')
		reply(s, "%s", text);
	else
		reply(s, "+OK %s", text);
}

void
session_answer(struct session *s, const char *line)
{
	char *copy;

	if ((copy = strdup(line)) == NULL)
		err(1, NULL);
	run_line(s, copy);
	free(copy);
}

void
session_run(struct io *io, const struct session_conf *conf,
    enum session_start start)
{
	struct session s = { .io = io, .conf = conf };
	char *line;
	size_t len;

	if (start == START_GREETING)
		greet(&s);
	else if (start == START_TRANSACTION && !enter(&s))
		s.done = true;
	while (!s.done && io_line(io, &line, &len)) {
		io_record(io, "C: ", line, len);
		s.early = false;
		if (conf->rule == NULL ||
		    !conf->rule(conf->rule_arg, &s, line, len))
			run_line(&s, line);
	}
	leave(&s);
	io_close(io, IO_ORDERLY);
}
