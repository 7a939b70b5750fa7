/*
 * The values behind the keywords of a run-control file.
 */
#include "conf/rc_value.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/pin.h"
#include "conf/rc.h"

int
rc_value_check(struct rc *p, const struct rc_word *w, const char *what)
{
	if (p->t.kind == RC_EQUALS)
		rc_next(p, true);
	if (p->t.kind == RC_BAD)
		return rc_fail(p, &p->t, NULL, "%s", p->t.text);
	if (p->t.kind == RC_EOF || p->t.kind == RC_EQUALS)
		return rc_fail(p, &w->at, NULL, "'%s' without %s",
		    w->key->name, what);
	return 0;
}

int
rc_value_take(struct rc *p, const struct rc_word *w, const char *what)
{
	rc_next(p, false);
	return rc_value_check(p, w, what);
}

int
rc_value_plain(struct rc *p, const struct rc_word *w, const char *what)
{
	const struct rc_token *t = &p->t;
	const char *kind = NULL;

	if (t->kind == RC_NUMBER)
		kind = "number";
	else if (t->kind == RC_WORD && !t->name &&
	    (rc_is_keyword(t) || rc_proto_find(t->text) != NULL))
		kind = "keyword";
	if (kind == NULL)
		return 0;
	return rc_fail(p, t, arena_printf(p->conf->arena,
	    "if it is %s, write \"%s\"", what, t->text),
	    "'%s' without %s: '%s' is a %s", w->key->name, what, t->text, kind);
}

/* Unexpanded, these would become a directory's name. */
static int
check_path(struct rc *p)
{
	const char *s = p->t.text;

	if (strcmp(s, "-") == 0)
		return rc_fail(p, &p->t, "write \"./-\" if it is the name",
		    "'-' is not a file here");
	if (s[0] == '$' || s[0] == '`' ||
	    (s[0] == '~' && s[1] != '\0' && s[1] != '/'))
		return rc_fail(p, &p->t, "~/ is your home directory",
		    "'%c' is not expanded in a path%s", s[0],
		    s[0] == '~' ? " unless '/' follows it" : "");
	return 0;
}

/* A path that is relative to an included file, from that file's directory. */
static const char *
rebase(struct rc *p, const struct rc_word *w)
{
	struct arena *arena = p->conf->arena;
	const char *s = p->dir;
	char *dir, *d;

	if (s == NULL || strchr("/~", p->t.text[0]) != NULL)
		return p->t.text;
	dir = d = arena_alloc(arena, 2 * strlen(s) + 1);
	for (; *s != '\0'; s++) {
		/* conf_finish expands a maildir. */
		if (*s == '%' && w->key->scope == RC_USER &&
		    w->key->offset == offsetof(struct account, maildir))
			*d++ = '%';
		*d++ = *s;
	}
	return arena_printf(arena, "%s/%s", dir, p->t.text);
}

/* Would a shell do nothing, and call that a success? */
static bool
is_idle(const char *command)
{
	const char *s = command;

	for (;;) {
		s += strspn(s, " \t\n");
		if (*s != '#')
			return *s == '\0';
		s += strcspn(s, "\n");
	}
}

static int
check_command(struct rc *p, const struct rc_word *w)
{
	if (!is_idle(p->t.text))
		return 0;
	if (w->key->lo > 0)
		return rc_fail(p, &p->t,
		    w->key->offset == offsetof(struct account, mda) ?
		    "the messages given to it would be lost" : NULL,
		    "'%s' with a command that does nothing", w->key->name);
	p->t.text[0] = '\0';
	p->t.len = 0;
	return 0;
}

/* Is what stands behind the host's name its port?  No address ends so. */
static const char *
port_of(const char *host)
{
	const char *colon = strrchr(host, ':');

	if (colon == NULL || colon == host || colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0' ||
	    (strchr(host, ':') != colon && colon[-1] != ']'))
		return NULL;
	return colon + 1;
}

const struct finding *
rc_value_host(struct rc *p, const struct rc_token *at)
{
	const char *port = port_of(at->text);

	return port == NULL ? NULL : rc_hold(p, at,
	    "'%s' is not a host; use 'port %s'", at->text, port);
}

int
rc_value_string(struct rc *p, const struct rc_word *w, const char *what,
    const char **field)
{
	const bool path = w->key->arg == RC_ARG_PATH;
	const struct finding *wrong;

	if (rc_value_take(p, w, what) == -1 || rc_value_plain(p, w, what) == -1)
		return -1;
	if ((path && check_path(p) == -1) ||
	    (w->key->arg == RC_ARG_COMMAND && check_command(p, w) == -1))
		return -1;
	if (p->t.len < w->key->lo)
		return rc_fail(p, &p->t, NULL, "'%s' with an empty value",
		    w->key->name);
	if (w->key->scope == RC_SERVER &&
	    w->key->offset == offsetof(struct account, host) &&
	    (wrong = rc_value_host(p, &p->t)) != NULL)
		rc_tell(p, wrong);
	if (field != NULL)
		*field = path ? rebase(p, w) : p->t.text;
	rc_next(p, false);
	return 0;
}

bool
rc_value_missing(const struct rc *p, const struct rc_word *w)
{
	const struct rc_token *t = &p->t;

	return t->kind == RC_EOF || (t->kind == RC_WORD &&
	    t->line != w->at.line && (rc_key_find(t->text) != NULL ||
	    rc_key_find_no(t->text) != NULL));
}

int
rc_value_take_name(struct rc *p, const struct rc_word *w)
{
	rc_next(p, true);
	if (p->t.kind == RC_BAD)
		return rc_fail(p, &p->t, NULL, "%s", p->t.text);
	if (p->t.kind == RC_EQUALS || rc_value_missing(p, w))
		return rc_fail(p, &w->at, NULL, "'%s' without a name",
		    w->key->name);
	return 0;
}

int
rc_value_name(struct rc *p, const struct rc_word *w, const char **field)
{
	if (rc_value_take_name(p, w) == -1)
		return -1;
	if (field != NULL)
		*field = p->t.text;
	rc_next(p, false);
	return 0;
}

int
rc_value_choice(struct rc *p, const struct rc_word *w, enum conf_tri *field)
{
	static const struct {
		const char	*key;
		const char	*no, *yes;
	} choices[] = {
		{ "mda-style", "sysexits", "qmail" },
		{ "mda-unknown", "redeliver", "hold" },
	};
	size_t i = 0;

	while (strcmp(choices[i].key, w->key->name) != 0)
		i++;
	if (rc_value_take(p, w, arena_printf(p->conf->arena, "%s or %s",
	    choices[i].no, choices[i].yes)) == -1)
		return -1;
	if (strcmp(p->t.text, choices[i].yes) == 0)
		*field = TRI_YES;
	else if (strcmp(p->t.text, choices[i].no) == 0)
		*field = TRI_NO;
	else
		return rc_fail(p, &p->t, NULL, "'%s' wants %s or %s, not '%s'",
		    w->key->name, choices[i].no, choices[i].yes, p->t.text);
	rc_next(p, false);
	return 0;
}

static bool
is_service(const char *s)
{
	const char *c;

	for (c = s; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			return false;
	return c > s;
}

/* Ports where a hand slips to, and where no POP3 server has ever been. */
static const char *
foreign_port(const char *port)
{
	static const struct {
		const char	*port;
		const char	*whose;
	} ports[] = {
		{ "25", "SMTP" }, { "465", "SMTP" }, { "587", "SMTP" },
		{ "smtp", "SMTP" }, { "smtps", "SMTP" },
		{ "submission", "SMTP" }, { "submissions", "SMTP" },
		{ "143", "IMAP" }, { "993", "IMAP" },
		{ "imap", "IMAP" }, { "imap2", "IMAP" }, { "imaps", "IMAP" },
	};
	size_t i;

	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (strcmp(port, ports[i].port) == 0)
			return ports[i].whose;
	return NULL;
}

int
rc_value_port(struct rc *p, const struct rc_word *w, const char **field)
{
	const char *text, *whose;
	uint64_t port;

	if (rc_value_take(p, w, "a port") == -1)
		return -1;
	text = p->t.text;
	/* smtp is a keyword, too. */
	if (foreign_port(text) == NULL && (rc_is_keyword(&p->t) ||
	    (p->t.kind != RC_NUMBER && !is_service(text))))
		return rc_fail(p, &p->t, NULL,
		    "'%s' is neither a port nor a service", text);
	*field = text;
	if (p->t.kind == RC_NUMBER ||
	    text[strspn(text, "0123456789")] == '\0') {
		if (!text_number(text, p->t.len, 20, 65535, &port) ||
		    port == 0)
			return rc_fail(p, &p->t, "it must be from 1 to 65535",
			    "'%s %s' is out of range", w->key->name, text);
		*field = arena_printf(p->conf->arena, "%u", (unsigned)port);
	}
	if ((whose = foreign_port(*field)) != NULL)
		rc_refuse(p, &p->t, "port %s is for %s; POP3 is at 995, "
		    "or at 110 with STARTTLS", *field, whose);
	rc_next(p, false);
	return 0;
}

int
rc_value_proto(struct rc *p, const struct rc_word *w, const char **field)
{
	const char *like, *hint = NULL;

	if (rc_value_take(p, w, "a protocol") == -1)
		return -1;
	if ((*field = rc_proto_find(p->t.text)) == NULL) {
		if ((like = rc_proto_suggest(p->t.text)) != NULL)
			hint = arena_printf(p->conf->arena,
			    "did you mean '%s'?", like);
		return rc_fail(p, &p->t, hint, "unknown protocol '%s'",
		    p->t.text);
	}
	rc_next(p, false);
	return 0;
}

int
rc_value_tls(struct rc *p, const struct rc_word *w, struct account *a)
{
	static const struct {
		const char	*name;
		enum conf_tls	 tls;
	} kinds[] = {
		{ "implicit", CONF_TLS_IMPLICIT },
		{ "off", CONF_TLS_OFF },
		{ "starttls", CONF_TLS_STLS },
	};
	size_t i;

	if (rc_value_take(p, w, "off, implicit or starttls") == -1)
		return -1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(p->t.text, kinds[i].name) == 0) {
			a->tls = kinds[i].tls;
			a->tls_off_own = a->tls == CONF_TLS_OFF;
			rc_next(p, false);
			return 0;
		}
	return rc_fail(p, &p->t, NULL,
	    "'tls' wants off, implicit or starttls, not '%s'", p->t.text);
}

/* fetchmail's mechanisms, and those of its later versions. */
static const char *const mechanisms[] = {
	"any", "apop", "cram", "cram-md5", "external", "gssapi", "implicit",
	"kerberos", "kerberos4", "kerberos5", "kerberos_v4", "kerberos_v5",
	"msn", "ntlm", "oauthbearer", "opie", "otp", "password", "ssh",
	"xoauth2",
};

int
rc_value_auth(struct rc *p, const struct rc_word *w, const char **field)
{
	const char *name, *hint = NULL;
	size_t i = 0, n = sizeof(mechanisms) / sizeof(mechanisms[0]);

	if (rc_value_take(p, w, "a mechanism") == -1)
		return -1;
	name = p->t.text;
	while (i < n && strcmp(name, mechanisms[i]) != 0)
		i++;
	if (i == n) {
		for (i = 0; i < n && hint == NULL; i++)
			if (rc_key_distance(name, mechanisms[i]) <=
			    rc_key_near(name))
				hint = arena_printf(p->conf->arena,
				    "did you mean '%s'?", mechanisms[i]);
		return rc_fail(p, &p->t, hint, "unknown mechanism '%s'", name);
	}
	if (strcmp(name, "any") != 0 && strcmp(name, "password") != 0)
		rc_refuse(p, &w->at, "'%s %s': %s", w->key->name, name,
		    w->key->note);
	/* As in fetchmail, any is nothing: it does not undo defaults. */
	*field = i == 0 ? NULL : mechanisms[i];
	rc_next(p, false);
	return 0;
}

int
rc_value_tlsver(struct rc *p, const struct rc_word *w,
    const struct finding **field)
{
	static const struct finding nothing;
	const char *note = rc_key_find("sslprotocolversion")->note;

	if (rc_value_take(p, w, "a version") == -1)
		return -1;
	if (rc_is_keyword(&p->t))
		return rc_value_plain(p, w, "a version");
	*field = &nothing;
	if (p->t.len == 0)
		*field = rc_hold(p, &w->at, "'%s' with an empty value means "
		    "no TLS; use 'tls off' if that is meant", w->key->name);
	else if (strncasecmp(p->t.text, "ssl", 3) == 0 &&
	    strcasecmp(p->t.text, "ssl23") != 0)
		rc_note(p, &p->t, "'%s %s': nobody speaks SSL any more; %s",
		    w->key->name, p->t.text, note);
	else
		rc_note(p, &w->at, "'%s' changes nothing: %s", w->key->name,
		    note);
	rc_next(p, false);
	return 0;
}

bool
rc_value_listed(const struct rc_token *t)
{
	return t->kind == RC_STRING ||
	    (t->kind == RC_WORD && !rc_is_keyword(t));
}

int
rc_value_list(struct rc *p, const struct rc_word *w, struct conf_list *field)
{
	const char **v;

	if (rc_value_take(p, w, "a value") == -1)
		return -1;
	if (rc_is_keyword(&p->t))
		return rc_value_plain(p, w, "a value");
	for (; rc_value_listed(&p->t) || p->t.kind == RC_NUMBER;
	    rc_next(p, false)) {
		if (field == NULL)
			continue;
		v = arena_alloc(p->conf->arena, (field->n + 1) * sizeof(*v));
		if (field->n > 0)
			memcpy(v, field->v, field->n * sizeof(*v));
		v[field->n++] = p->t.text;
		field->v = v;
	}
	return 0;
}

int
rc_value_header(struct rc *p, const struct rc_word *w)
{
	if (w->no) {
		rc_next(p, false);
		return 0;
	}
	if (rc_value_take(p, w, "a header") == -1)
		return -1;
	if (p->t.kind == RC_NUMBER)
		rc_next(p, false);
	if (!rc_value_listed(&p->t))
		return rc_fail(p, &w->at, NULL, "'%s' without a header",
		    w->key->name);
	rc_next(p, false);
	return 0;
}

int
rc_value_pin(struct rc *p, const struct rc_word *w, const char **field)
{
	const char *pins;

	if (rc_value_take(p, w, "a pin") == -1)
		return -1;
	if ((pins = pin_list(p->conf->arena, p->t.text)) == NULL)
		return rc_fail(p, &p->t, PIN_HINT, "'%s' wants " PIN_WANTED,
		    w->key->name);
	*field = pins;
	rc_next(p, false);
	return 0;
}
