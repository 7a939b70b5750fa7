/*
 * The opening of a session: greeting, CAPA, STLS, login, listing.
 */
#include "pop3/client_p.h"

#include <string.h>

/* Remembers what a refusal that has ended the session says of the next login. */
static void
open_verdict(struct pop3 *p, const struct reply *r)
{
	p->coded = reply_coded(r);
	if (r->code == CODE_IN_USE)
		p->refusal = POP3_REFUSAL_BUSY;
	else if (r->code == CODE_LOGIN_DELAY)
		p->refusal = POP3_REFUSAL_DELAY;
	else if (p->died == POP3_AUTH && p->err.kind == ERR_AUTH)
		p->refusal = POP3_REFUSAL_LOGIN;
	else if (p->died == POP3_AUTH && reply_says_busy(r))
		p->refusal = POP3_REFUSAL_BUSY;
	else
		p->refusal = POP3_REFUSAL_OTHER;
}

/* A refusal of something that cannot be done without. */
static void
open_refused(struct pop3 *p, const char *what, const struct reply *r,
    enum err_kind otherwise)
{
	client_fail(p, reply_kind(r, otherwise), "%s: %.*s", what,
	    CLIENT_SHOWN(r->len), (const char *)r->text);
	open_verdict(p, r);
}

/* There is another way to TLS; not if it is only for the moment. */
static void
open_without_stls(struct pop3 *p)
{
	if (p->err.kind == ERR_PROTOCOL)
		err_hint(&p->err, "use 'ssl', or pops:// in a URL, if the "
		    "server has a TLS port");
}

/* The channel is what was asked for and its capabilities are known. */
static void
open_secured(struct pop3 *p)
{
	p->phase = POP3_LOGIN;
	p->ev->secured(p->arg, &p->capa);
}

static void
open_stls(struct pop3 *p)
{
	p->phase = POP3_STLS;
	client_send(p, CMD_STLS);
}

static void
open_capa(struct pop3 *p)
{
	if (!p->conf.no_capa) {
		p->phase = POP3_CAPA;
		client_send(p, CMD_CAPA);
	} else if (p->safe) {
		open_secured(p);
	} else {
		open_stls(p);
	}
}

void
client_greeting(struct pop3 *p, const uint8_t *line, size_t len)
{
	struct reply r;

	p->asked = 0;
	if (!reply_parse(&r, line, len))
		client_fail(p, ERR_PROTOCOL,
		    "the greeting is neither +OK nor -ERR: \"%.*s\"",
		    CLIENT_SHOWN(len), (const char *)line);
	else if (!r.ok)
		open_refused(p, "the server refuses the session", &r,
		    ERR_TEMP);
	else
		open_capa(p);
}

bool
client_capa_line(struct pop3 *p, const uint8_t *line, size_t len)
{
	capa_line(&p->fresh, line, len);
	return true;
}

/*
 * The listing: capabilities first if some that matter were missing before
 * the login (R32), then all three at once or, without PIPELINING, one by one.
 */
static void
open_listing(struct pop3 *p)
{
	static const enum cmd script[] = {
		CMD_CAPA, CMD_STAT, CMD_UIDL, CMD_LIST
	};
	const size_t n = sizeof(script) / sizeof(script[0]);

	while (p->step < n && (p->count == 0 || client_pipelined(p)))
		client_send(p, script[p->step++]);
	if (p->step == n && p->count == 0) {
		p->phase = POP3_READY;
		p->ev->listed(p->arg, &p->capa, p->has_uidl);
	}
}

void
client_capa_end(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	(void)s;
	if (r->ok) {
		p->capa = p->fresh;
		p->capa.known = true;
	}
	if (p->phase == POP3_LISTING) {
		open_listing(p);
	} else if (p->safe) {
		open_secured(p);
	} else if (!r->ok) {
		open_refused(p, "CAPA is refused, so there is no STLS", r,
		    ERR_PROTOCOL);
		open_without_stls(p);
	} else if (!p->capa.stls) {
		client_fail(p, ERR_PROTOCOL, "the server does not offer STLS");
		open_without_stls(p);
	} else {
		open_stls(p);
	}
}

void
client_stls_end(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	(void)s;
	if (!r->ok) {
		open_refused(p, "the server refuses STLS", r, ERR_PROTOCOL);
		open_without_stls(p);
		return;
	}
	p->phase = POP3_HANDSHAKE;
	/* Octets behind it end the session next: they are unasked (R43). */
	if (p->behind == 0)
		p->ev->starttls(p->arg);
}

void
pop3_secured(struct pop3 *p)
{
	if (p->phase != POP3_HANDSHAKE) {
		client_fail(p, ERR_SOFTWARE, "a handshake nobody asked for");
		return;
	}
	memset(&p->capa, 0, sizeof(p->capa));
	p->safe = true;
	open_capa(p);
}

int
pop3_login(struct pop3 *p, const char *user, const char *pass)
{
	size_t at = buf_len(&p->out);

	if (p->phase != POP3_LOGIN)
		return client_fail(p, ERR_SOFTWARE, "login in phase %s",
		    pop3_phase_name(p->phase));
	if (auth_start(&p->auth, user, pass, client_pipelined(p),
	    p->capa.auth_resp_code, &p->out, &p->err) == AUTH_FAILED)
		return client_dead(p);
	p->phase = POP3_AUTH;
	at = client_asked(p, CMD_USER, 0, at);
	if (client_pipelined(p))
		client_asked(p, CMD_PASS, 0, at);
	return 0;
}

void
client_auth_end(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	const struct capa *c = &p->capa;
	size_t at = buf_len(&p->out);
	bool again;

	(void)s;
	switch (auth_step(&p->auth, r, &p->out, &p->err)) {
	case AUTH_FAILED:
		client_dead(p);
		open_verdict(p, r);
		break;
	case AUTH_MORE:
		if (buf_len(&p->out) > at)
			client_asked(p, CMD_PASS, 0, at);
		break;
	case AUTH_OK:
		p->phase = POP3_LISTING;
		again = !c->uidl || !c->top || c->per_user ||
		    (!c->pipelining && !p->conf.no_pipelining);
		p->step = again && !p->conf.no_capa ? 0 : 1;
		open_listing(p);
		break;
	}
}

/* STAT only advises (Q9): a refusal does not matter, nonsense does. */
void
client_stat_end(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	uint32_t count;
	uint64_t octets;

	(void)s;
	if (r->ok) {
		if (!list_stat(r->text, r->len, &count, &octets)) {
			client_fail(p, ERR_PROTOCOL,
			    "STAT: not two numbers: \"%.*s\"",
			    CLIENT_SHOWN(r->len), (const char *)r->text);
			return;
		}
		p->ev->stat(p->arg, count, octets);
	}
	open_listing(p);
}

bool
client_uidl_line(struct pop3 *p, const uint8_t *line, size_t len)
{
	const uint8_t *uid;
	uint32_t num;
	size_t uidlen;

	if (!list_uidl(line, len, &num, &uid, &uidlen))
		return false;
	p->ev->uid(p->arg, num, uid, uidlen);
	return true;
}

/* Not announced and refused: the server has none.  Announced: it should have,
 * and fetching all as new would be wrong (R39). */
void
client_uidl_end(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	(void)s;
	p->has_uidl = r->ok;
	if (!r->ok && p->capa.uidl)
		open_refused(p, "UIDL is announced, but refused", r, ERR_TEMP);
	else
		open_listing(p);
}

bool
client_list_line(struct pop3 *p, const uint8_t *line, size_t len)
{
	uint32_t num;
	uint64_t size;

	if (!list_size(line, len, &num, &size))
		return false;
	p->ev->size(p->arg, num, size);
	return true;
}

void
client_list_end(struct pop3 *p, const struct slot *s, const struct reply *r)
{
	(void)s;
	if (!r->ok)
		open_refused(p, "LIST is refused", r, ERR_PROTOCOL);
	else
		open_listing(p);
}
