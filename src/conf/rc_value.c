/*
 * The values behind the keywords of a run-control file.
 */
#include "conf/rc_value.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/rc.h"

/* Takes the value that must follow a keyword. */
static int
take_value(struct rc *p, const struct rc_word *w, const char *what)
{
	rc_next(p, false);
	if (p->t.kind == RC_EQUALS)
		rc_next(p, true);
	if (p->t.kind == RC_BAD)
		return rc_fail(p, &p->t, NULL, "%s", p->t.text);
	if (p->t.kind == RC_EOF || p->t.kind == RC_EQUALS)
		return rc_fail(p, &w->at, NULL, "'%s' without %s",
		    w->key->name, what);
	return 0;
}

/* The value at hand must not look like something else. */
static int
check_string(struct rc *p, const struct rc_word *w, const char *what)
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

	if (s[0] == '$' || s[0] == '`' ||
	    (s[0] == '~' && s[1] != '\0' && s[1] != '/'))
		return rc_fail(p, &p->t, "~/ is your home directory",
		    "'%c' is not expanded in a path%s", s[0],
		    s[0] == '~' ? " unless '/' follows it" : "");
	return 0;
}

int
rc_value_string(struct rc *p, const struct rc_word *w, const char *what,
    const char **field)
{
	if (take_value(p, w, what) == -1 || check_string(p, w, what) == -1)
		return -1;
	if (w->key->arg == RC_ARG_PATH && check_path(p) == -1)
		return -1;
	if (field != NULL)
		*field = p->t.text;
	rc_next(p, false);
	return 0;
}

/* A bare keyword on the next line is not a name: the name is missing. */
static bool
is_missing(const struct rc *p, const struct rc_word *w)
{
	const struct rc_token *t = &p->t;

	return t->kind == RC_EOF || (t->kind == RC_WORD &&
	    t->line != w->at.line && (rc_key_find(t->text) != NULL ||
	    rc_key_find_no(t->text) != NULL));
}

static int
take_name(struct rc *p, const struct rc_word *w)
{
	rc_next(p, true);
	if (p->t.kind == RC_BAD)
		return rc_fail(p, &p->t, NULL, "%s", p->t.text);
	if (p->t.kind == RC_EQUALS || is_missing(p, w))
		return rc_fail(p, &w->at, NULL, "'%s' without a name",
		    w->key->name);
	return 0;
}

int
rc_value_name(struct rc *p, const struct rc_word *w, const char **field)
{
	if (take_name(p, w) == -1)
		return -1;
	if (field != NULL)
		*field = p->t.text;
	rc_next(p, false);
	return 0;
}

/* The octet at pos has cut something off the password. */
static int
fail_cut(struct rc *p, size_t pos)
{
	struct rc_token at = p->t;

	rc_lex_where(&p->lx, pos, &at.line, &at.column);
	at.start = pos;
	at.end = pos + 1;
	rc_hide(p, pos);
	return rc_fail(p, &at, RC_HINT_SECRET,
	    "'%c' %s, unless the password is quoted", p->lx.src[pos],
	    p->lx.src[pos] == '#' ? "begins a comment" : "ends a word");
}

static bool
is_punct(const struct rc *p, size_t pos)
{
	return pos < p->lx.len && strchr(",;:=", p->lx.src[pos]) != NULL;
}

/*
 * Refuses what fetchmail would read as a shorter password than the one that is
 * meant: a comment or punctuation on either side of a bare word.
 */
static int
check_secret(struct rc *p, const struct rc_word *w)
{
	const char *src = p->lx.src, *hash;
	const struct rc_token *t = &p->t;
	size_t behind = w->at.end;

	hash = memchr(src + behind, '#', t->start - behind);
	if (hash != NULL)
		return fail_cut(p, (size_t)(hash - src));
	if (t->kind == RC_EQUALS)
		return fail_cut(p, t->start);
	if (t->kind == RC_BAD) {
		rc_hide(p, t->start);
		return rc_fail(p, t, NULL, "%s", t->text);
	}
	if (is_missing(p, w))
		return rc_fail(p, &w->at, RC_HINT_SECRET,
		    "'%s' without a password", w->key->name);
	if (t->kind == RC_STRING)
		return 0;
	if (t->start > behind + 1 && is_punct(p, t->start - 1))
		return fail_cut(p, t->start - 1);
	if (is_punct(p, t->end) && (src[t->end] == '=' ||
	    (t->end + 1 < p->lx.len &&
	    !isspace((unsigned char)src[t->end + 1]))))
		return fail_cut(p, t->end);
	return 0;
}

int
rc_value_secret(struct rc *p, const struct rc_word *w, char **field)
{
	rc_next(p, true);
	if (check_secret(p, w) == -1)
		return -1;
	/* A line without the keyword does not announce what stands in it. */
	if (memchr(p->lx.src + w->at.end, '\n', p->t.end - w->at.end) != NULL)
		p->secret = (struct rc_span){ p->t.start, p->t.end };
	if (field != NULL) {
		secret_free(*field);
		*field = secret_dup(p->t.text, p->t.len);
		p->conf->has_password = true;
	}
	explicit_bzero(p->t.text, p->t.len);
	rc_next(p, false);
	p->behind_secret = true;
	return 0;
}

/* How many octets a suffix stands for, or 0. */
static uint64_t
size_unit(const char *suffix)
{
	static const char units[] = "bkmgt";
	const char *u;

	if (*suffix == '\0')
		return 1;
	u = strchr(units, tolower((unsigned char)*suffix));
	if (u == NULL || suffix[1] != '\0')
		return 0;
	return (uint64_t)1 << (10 * (u - units));
}

int
rc_value_number(struct rc *p, const struct rc_word *w, uint64_t *value)
{
	const bool size = w->key->arg == RC_ARG_SIZE;
	const bool works = w->key->class == RC_WORKS;
	const char *s;
	uint64_t unit;
	size_t n;

	if (take_value(p, w, "a number") == -1)
		return -1;
	s = p->t.text + (p->t.text[0] == '-');
	n = strspn(s, "0123456789");
	unit = size ? size_unit(s + n) : s[n] == '\0';
	if (n == 0 || unit == 0)
		return rc_fail(p, &p->t, size ? "such as 500k or 20M" : NULL,
		    "'%s' wants a %s, not '%s'", w->key->name,
		    size ? "size" : "number", p->t.text);
	*value = 0;
	if (works && (s != p->t.text ||
	    !text_number(s, n, 20, w->key->hi / unit, value) ||
	    *value * unit < w->key->lo))
		return rc_fail(p, &p->t, arena_printf(p->conf->arena,
		    "it must be from %ju to %ju", (uintmax_t)w->key->lo,
		    (uintmax_t)w->key->hi), "'%s %s' is out of range",
		    w->key->name, p->t.text);
	*value *= unit;
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

int
rc_value_port(struct rc *p, const struct rc_word *w, const char **field)
{
	const char *text;
	uint64_t port;

	if (take_value(p, w, "a port") == -1)
		return -1;
	text = p->t.text;
	if (rc_is_keyword(&p->t) || (p->t.kind != RC_NUMBER &&
	    !is_service(text)))
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
	rc_next(p, false);
	return 0;
}

int
rc_value_proto(struct rc *p, const struct rc_word *w, const char **field)
{
	const char *like, *hint = NULL;

	if (take_value(p, w, "a protocol") == -1)
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

	if (take_value(p, w, "off, implicit or starttls") == -1)
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

int
rc_value_auth(struct rc *p, const struct rc_word *w)
{
	if (take_value(p, w, "a mechanism") == -1)
		return -1;
	if (strcmp(p->t.text, "any") != 0 &&
	    strcmp(p->t.text, "password") != 0 &&
	    rc_refuse(p, &w->at, "'%s %s': %s", w->key->name, p->t.text,
	    w->key->note) == -1)
		return -1;
	rc_next(p, false);
	return 0;
}

int
rc_value_tlsver(struct rc *p, const struct rc_word *w)
{
	if (take_value(p, w, "a version") == -1)
		return -1;
	if (rc_is_keyword(&p->t))
		return check_string(p, w, "a version");
	if (p->t.len == 0 && rc_refuse(p, &w->at, "'%s' with an empty value: "
	    "%s", w->key->name, rc_key_find("sslcertck")->note) == -1)
		return -1;
	rc_next(p, false);
	return 0;
}

/* May the token be one more value of a list? */
static bool
is_listed(const struct rc_token *t)
{
	return t->kind == RC_STRING ||
	    (t->kind == RC_WORD && !rc_is_keyword(t));
}

int
rc_value_list(struct rc *p, const struct rc_word *w)
{
	if (take_value(p, w, "a value") == -1)
		return -1;
	if (rc_is_keyword(&p->t))
		return check_string(p, w, "a value");
	while (is_listed(&p->t) || p->t.kind == RC_NUMBER)
		rc_next(p, false);
	return 0;
}

int
rc_value_header(struct rc *p, const struct rc_word *w)
{
	if (w->no) {
		rc_next(p, false);
		return 0;
	}
	if (take_value(p, w, "a header") == -1)
		return -1;
	if (p->t.kind == RC_NUMBER)
		rc_next(p, false);
	if (!is_listed(&p->t))
		return rc_fail(p, &w->at, NULL, "'%s' without a header",
		    w->key->name);
	rc_next(p, false);
	return 0;
}

static void
add_local(struct rc *p, struct account *a, const char *name)
{
	const char **local;
	size_t i;

	for (i = 0; i < a->nlocal; i++)
		if (strcmp(a->local[i], name) == 0)
			return;
	local = arena_alloc(p->conf->arena,
	    (a->nlocal + 1) * sizeof(*local));
	if (a->nlocal > 0)
		memcpy(local, a->local, a->nlocal * sizeof(*local));
	local[a->nlocal++] = name;
	a->local = local;
}

/*
 * Takes the names of a list whose first is at hand.  In *mapped: one is '*' or
 * NAME=NAME, which only sorting to several users can want.
 */
static int
take_names(struct rc *p, struct account *a, bool *mapped)
{
	*mapped = false;
	do {
		if (strcmp(p->t.text, "*") == 0)
			*mapped = true;
		add_local(p, a, p->t.text);
		rc_next(p, false);
		if (p->t.kind == RC_EQUALS) {
			*mapped = true;
			rc_next(p, true);
			if (!is_listed(&p->t))
				return rc_fail(p, &p->t, NULL,
				    "'=' without a local name");
			rc_next(p, false);
		}
	} while (is_listed(&p->t));
	return 0;
}

/* Is the token this word beside a name? */
static bool
is_mark(const struct rc_token *t, const char *mark)
{
	return t->kind == RC_WORD && !t->name && strcmp(t->text, mark) == 0;
}

static int
refuse_names(struct rc *p, const struct rc_word *w)
{
	return rc_refuse(p, &w->at, "'%s' with more than one name: %s",
	    w->key->name, rc_key_find("aka")->note);
}

int
rc_value_local(struct rc *p, const struct rc_word *w, struct account *a)
{
	struct account names = { 0 };
	bool mapped;
	size_t i;

	if (take_name(p, w) == -1 || take_names(p, &names, &mapped) == -1)
		return -1;
	if (is_mark(&p->t, "there")) {
		if (names.nlocal > 1 || mapped)
			return rc_fail(p, &w->at, NULL,
			    "'%s ... there' takes one name", w->key->name);
		a->user = names.local[0];
		rc_next(p, false);
		return 0;
	}
	for (i = 0; i < names.nlocal; i++)
		add_local(p, a, names.local[i]);
	if (mapped || a->nlocal > 1)
		return refuse_names(p, w);
	return 0;
}

int
rc_value_user(struct rc *p, const struct rc_word *w, struct account *a)
{
	struct account names = { 0 };
	struct rc_token second;
	bool mapped;

	if (take_name(p, w) == -1)
		return -1;
	add_local(p, &names, p->t.text);
	rc_next(p, false);
	if (is_mark(&p->t, "here")) {
		add_local(p, a, names.local[0]);
		rc_next(p, false);
		return 0;
	}
	a->user = names.local[0];
	if (is_mark(&p->t, "there"))
		rc_next(p, false);
	if (!is_listed(&p->t) && p->t.kind != RC_EQUALS)
		return 0;
	/* Several names, if here ends them; else a word in a wrong place. */
	second = p->t;
	if (p->t.kind == RC_EQUALS)
		rc_next(p, true);
	if (is_listed(&p->t) && take_names(p, &names, &mapped) == -1)
		return -1;
	if (!is_mark(&p->t, "here"))
		return rc_fail_unknown(p, &second);
	return refuse_names(p, w);
}
