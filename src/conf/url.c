/*
 * Accounts by URL.
 */
#include "conf/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/choose.h"
#include "conf/conf.h"
#include "conf/opt.h"

#define URL_MAX		1024
#define PORT_MAX	65535
#define PORT_POP3S	995

struct url {
	enum conf_tls	 tls;
	char		 user[URL_MAX];		/* "": not said */
	char		 host[URL_MAX];
	char		 port[8];		/* "": not said */
};

static const struct scheme {
	const char	*name;
	enum conf_tls	 tls;
} schemes[] = {
	{ "pop://", CONF_TLS_STLS },
	{ "pop3://", CONF_TLS_STLS },
	{ "pops://", CONF_TLS_IMPLICIT },
	{ "pop3s://", CONF_TLS_IMPLICIT },
};

bool
url_is(const char *text)
{
	return strstr(text, "://") != NULL;
}

bool
url_is_host(const char *text)
{
	return !url_is(text) && (strpbrk(text, ".:") != NULL ||
	    strcmp(text, "localhost") == 0);
}

static const struct scheme *
find_scheme(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(text, schemes[i].name,
		    strlen(schemes[i].name)) == 0)
			return &schemes[i];
	return NULL;
}

/* Undoes %XX.  A control character could begin another command. */
static int
decode(char dst[URL_MAX], const char *what, const char *s, size_t n,
    struct err *err)
{
	long len = text_unpct((uint8_t *)dst, URL_MAX - 1, s, n);
	long i;

	if (len == -1) {
		err_set(err, ERR_USAGE, "the URL's %s has a '%%' without two "
		    "hexadecimal digits, or is too long", what);
		return err_hint(err, "a '%%' itself is %%25");
	}
	for (i = 0; i < len; i++)
		if ((unsigned char)dst[i] < ' ' || dst[i] == 0x7f)
			return err_set(err, ERR_USAGE,
			    "the URL's %s holds a control character", what);
	dst[len] = '\0';
	if (len == 0)
		return err_set(err, ERR_USAGE, "the URL's %s is empty", what);
	return 0;
}

static int
refuse_password(struct err *err)
{
	err_set(err, ERR_USAGE, "a URL with a password: everybody on this "
	    "machine can read it with ps(1)");
	return err_hint(err, "leave it out and type it when asked, or write it "
	    "into ~/.netrc");
}

/* What is between "//" and the '@': USER, perhaps with ;AUTH=MECHANISM. */
static int
parse_user(struct url *u, const char *s, size_t n, struct err *err)
{
	const char *semi = memchr(s, ';', n), *mech;
	size_t len;

	if (memchr(s, ':', n) != NULL)
		return refuse_password(err);
	if (semi == NULL)
		return decode(u->user, "user", s, n, err);
	if (decode(u->user, "user", s, (size_t)(semi - s), err) == -1)
		return -1;
	mech = semi + 1;
	len = n - (size_t)(mech - s);
	if (len < 5 || strncasecmp(mech, "AUTH=", 5) != 0)
		return err_set(err, ERR_USAGE,
		    "behind the URL's user only ;AUTH= may stand");
	mech += 5;
	len -= 5;
	if ((len == 1 && *mech == '*') || (len == 8 &&
	    strncasecmp(mech, "password", len) == 0))
		return 0;
	err_set(err, ERR_USAGE, "AUTH=%.*s: popfetch logs in with a password "
	    "over TLS", (int)len, mech);
	return err_hint(err, "leave ;AUTH= out, or write ;AUTH=*");
}

static int
parse_port(struct url *u, const char *s, size_t n, struct err *err)
{
	uint64_t port;

	/* RFC 1738 has the port empty, too. */
	if (n == 0)
		return 0;
	if (!text_number(s, n, 5, PORT_MAX, &port) || port == 0)
		return err_set(err, ERR_USAGE,
		    "the URL's port is no number from 1 to %d", PORT_MAX);
	memcpy(u->port, s, n);
	/* Each would wait for the other to begin. */
	if (u->tls == CONF_TLS_STLS && port == PORT_POP3S)
		return err_set(err, ERR_USAGE, "at port %d TLS is from the "
		    "start; write pops://", PORT_POP3S);
	return 0;
}

static int
parse_host(struct url *u, const char *s, struct err *err)
{
	const char *host = s, *end;
	size_t n;

	if (*s == '[') {
		host = s + 1;
		if ((end = strchr(s, ']')) == NULL)
			return err_set(err, ERR_USAGE,
			    "the URL's host has a '[' without a ']'");
		n = (size_t)(end - host);
		end++;
	} else {
		n = strcspn(s, ":/?#");
		end = s + n;
	}
	if (decode(u->host, "host", host, n, err) == -1)
		return -1;
	if (*end == ':') {
		n = strcspn(++end, "/?#");
		if (parse_port(u, end, n, err) == -1)
			return -1;
		end += n;
	}
	if (*end == '\0' || strcmp(end, "/") == 0)
		return 0;
	return err_set(err, ERR_USAGE,
	    "nothing may stand behind the URL's host and port");
}

static int
parse(struct url *u, const char *text, struct err *err)
{
	const struct scheme *scheme = find_scheme(text);
	const char *rest, *at;

	memset(u, 0, sizeof(*u));
	if (scheme == NULL) {
		err_set(err, ERR_USAGE, "'%.*s': popfetch speaks POP3 only",
		    (int)(strstr(text, "://") - text), text);
		return err_hint(err, "write pops://USER@HOST, or pop:// for "
		    "STLS");
	}
	u->tls = scheme->tls;
	rest = text + strlen(scheme->name);
	/* A password may hold any of "@/:"; what is before the last '@' is
	   no host. */
	if ((at = strrchr(rest, '@')) != NULL) {
		if (parse_user(u, rest, (size_t)(at - rest), err) == -1)
			return -1;
		rest = at + 1;
	}
	return parse_host(u, rest, err);
}

int
url_check(const char *text, struct err *err)
{
	struct url u;

	return parse(&u, text, err);
}

bool
url_alone(const struct opt *o)
{
	size_t i;

	for (i = 0; i < o->naccounts; i++)
		if (!url_is(o->accounts[i]))
			return false;
	return o->naccounts > 0 && o->file == NULL;
}

int
url_from_hosts(const struct conf *c, struct opt *o, struct err *err)
{
	const char *name, *colon;
	char *url;
	size_t i;

	for (i = 0; i < o->naccounts; i++) {
		name = o->accounts[i];
		if (!url_is_host(name) || choose_knows(c, name))
			continue;
		colon = strrchr(name, ':');
		url = arena_printf(c->arena, "%s://%s", colon != NULL &&
		    strcmp(colon, ":110") == 0 ? "pop" : "pops", name);
		if (url_check(url, err) == -1)
			return -1;
		o->accounts[i] = url;
	}
	return 0;
}

static struct account *
make_account(struct conf *c, const struct url *u, size_t number)
{
	struct account *a = arena_alloc(c->arena, sizeof(*a));

	a->limit = CONF_UNSET64;
	a->fetchlimit = a->max_delete = a->expunge = CONF_UNSET32;
	a->max_failures = CONF_UNSET32;
	a->passwordfd = -1;
	a->label = a->host = arena_strdup(c->arena, u->host);
	if (u->port[0] != '\0')
		a->port = arena_strdup(c->arena, u->port);
	if (u->user[0] != '\0')
		a->user = arena_strdup(c->arena, u->user);
	a->tls = u->tls;
	/* One of the run-control file may be for the same maildrop. */
	a->skip = true;
	a->active = true;
	a->file = "command line";
	a->line = (unsigned)number;
	return a;
}

void
url_add(struct conf *c, const struct opt *o)
{
	struct err err = { .kind = ERR_NONE };
	struct account **accounts;
	struct url u;
	size_t i, n = c->naccounts;

	accounts = mem_array(n + o->naccounts + 1, sizeof(struct account *));
	if (n > 0)
		memcpy(accounts, c->accounts, n * sizeof(*accounts));
	for (i = 0; i < o->naccounts; i++)
		if (url_is(o->accounts[i]) &&
		    parse(&u, o->accounts[i], &err) == 0)
			accounts[n++] = make_account(c, &u, i + 1);
	free(c->accounts);
	c->accounts = accounts;
	c->naccounts = n;
}
