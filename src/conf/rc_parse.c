/*
 * The run-control file's grammar: statements, entries and their options.
 */
#include "conf/rc_parse.h"

#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/rc.h"
#include "conf/rc_value.h"

/* The word at hand is a flag: stores what it says, and passes it. */
static int
parse_flag(struct rc *p, const struct rc_word *w, void *field)
{
	if (field != NULL)
		*(enum conf_tri *)field = w->no ? TRI_NO : TRI_YES;
	rc_next(p, false);
	return 0;
}

/* "no" takes back the same word, or says the other one if none was said. */
static int
parse_tlsflag(struct rc *p, const struct rc_word *w, struct account *a)
{
	enum conf_tls said = (enum conf_tls)w->key->lo;

	if (!w->no)
		a->tls = said;
	else if (a->tls == CONF_TLS_UNSET || a->tls == said)
		a->tls = (enum conf_tls)w->key->hi;
	a->tls_off_own = a->tls == CONF_TLS_OFF;
	rc_next(p, false);
	return 0;
}

static int
parse_number(struct rc *p, const struct rc_word *w, void *field)
{
	uint64_t n;

	if (rc_value_number(p, w, &n) == -1)
		return -1;
	if (field == NULL)
		return 0;
	if (w->key->arg == RC_ARG_SIZE)
		*(uint64_t *)field = n;
	else if (w->key->arg == RC_ARG_SECONDS || w->key->arg == RC_ARG_FD)
		*(int *)field = (int)n;
	else
		*(uint32_t *)field = (uint32_t)n;
	return 0;
}

/* The value of a keyword into base, a struct account or struct conf. */
static int
parse_value(struct rc *p, const struct rc_word *w, void *base)
{
	void *field = w->key->offset == RC_NOFIELD ? NULL :
	    (char *)base + w->key->offset;

	switch (w->key->arg) {
	case RC_ARG_NONE:
	case RC_ARG_FLAG:
		return parse_flag(p, w, field);
	case RC_ARG_TLSFLAG:
		return parse_tlsflag(p, w, base);
	case RC_ARG_KEEP:
		return rc_value_keep(p, w, base);
	case RC_ARG_CHOICE:
		return rc_value_choice(p, w, field);
	case RC_ARG_STRING:
		return rc_value_string(p, w, "a value", field);
	case RC_ARG_COMMAND:
		return rc_value_string(p, w, "a command", field);
	case RC_ARG_NAME:
		return rc_value_name(p, w, field);
	case RC_ARG_SECRET:
		return rc_value_secret(p, w, field);
	case RC_ARG_PATH:
		return rc_value_string(p, w, "a path", field);
	case RC_ARG_COUNT:
	case RC_ARG_FD:
	case RC_ARG_SECONDS:
	case RC_ARG_SIZE:
		return parse_number(p, w, field);
	case RC_ARG_PORT:
		return rc_value_port(p, w, field);
	case RC_ARG_PROTO:
		return rc_value_proto(p, w, field);
	case RC_ARG_AUTH:
		return rc_value_auth(p, w, field);
	case RC_ARG_TLS:
		return rc_value_tls(p, w, base);
	case RC_ARG_TLSVER:
		return rc_value_tlsver(p, w, field);
	case RC_ARG_PIN:
		return rc_value_pin(p, w, field);
	case RC_ARG_LOCAL:
		return rc_value_local(p, w, base);
	case RC_ARG_LIST:
		return rc_value_list(p, w, NULL);
	case RC_ARG_NAMES:
		return rc_value_list(p, w, field);
	case RC_ARG_HEADER:
		return rc_value_header(p, w);
	}
	return -1;
}

/* One option into base, which is for its scope. */
static int
parse_option(struct rc *p, const struct rc_word *w, void *base)
{
	const struct rc_key *key = w->key;
	/* What works and has a note is what no "no" is accepted for. */
	const bool refused = w->no ?
	    key->class == RC_WORKS && key->note != NULL :
	    key->class == RC_REFUSED;

	if (refused)
		rc_refuse(p, &w->at, "'%s%s': %s", w->no ? "no " : "",
		    key->name, key->note);
	else if (key->class != RC_WORKS && key->arg != RC_ARG_TLSVER)
		rc_note(p, &w->at, "'%s%s' changes nothing: %s",
		    w->no ? "no " : "", key->name, key->note);
	return parse_value(p, w, base);
}

/* Maildir and MDA in one account: which is meant? */
static int
check_delivery(struct rc *p, const struct rc_word *w, const struct account *a)
{
	bool maildir = a->maildir != NULL || p->base->maildir != NULL;
	bool mda = a->mda != NULL || p->base->mda != NULL;

	if (!maildir || !mda)
		return 0;
	return rc_fail(p, &w->at, "an account is delivered to one of them",
	    "both 'maildir' and 'mda'");
}

/* "is NAME there" before the first user would be lost. */
static void
check_names(struct rc *p, const struct rc_word *w)
{
	if (p->user == NULL || p->user->user == NULL || p->base->user == NULL)
		return;
	rc_fail(p, &w->at, arena_printf(p->conf->arena, "say 'user %s'",
	    p->base->user), "two names to log in with");
	p->base->user = NULL;
}

/* The word user: begins an account, except behind defaults. */
static int
parse_user(struct rc *p, const struct rc_word *w)
{
	if (p->base != p->defaults) {
		p->user = rc_account_add(p, w->at.line);
		p->conf->stray_line = 0;
	} else if (p->base->user != NULL)
		return rc_fail(p, &w->at, NULL,
		    "'defaults' with more than one user");
	if (rc_value_user(p, w, p->user != NULL ? p->user : p->base) == -1)
		return -1;
	check_names(p, w);
	return 0;
}

static int
parse_entry_option(struct rc *p)
{
	struct account *a;
	struct rc_word w;

	if (rc_take(p, &w) == -1)
		return -1;
	switch (w.key->scope) {
	case RC_MARK:
		rc_fail(p, &w.at, NULL, "'%s' must stand right behind %s",
		    w.key->name, strcmp(w.key->name, "here") == 0 ?
		    "local names" : "the name to log in with");
		rc_next(p, false);
		return 0;
	case RC_GLOBAL:
		return rc_fail(p, &w.at, NULL, "'%s' only works behind 'set'",
		    w.key->name);
	default:
		break;
	}
	if (w.key->arg == RC_ARG_NAME)
		return parse_user(p, &w);
	a = p->user != NULL && w.key->scope != RC_SERVER ? p->user : p->base;
	if (w.key->offset == offsetof(struct account, mda) &&
	    w.at.column == 1 && a == p->user) {
		p->conf->stray_file = p->name;
		p->conf->stray_line = w.at.line;
	}
	if (parse_option(p, &w, a) == -1)
		return -1;
	return check_delivery(p, &w, a);
}

/* Is the token at hand the end of an entry? */
static bool
ends_entry(const struct rc *p)
{
	const struct rc_key *key;
	bool no;

	if (p->t.kind == RC_EOF)
		return true;
	key = rc_keyword(&p->t, &no);
	return key != NULL && key->scope == RC_STATEMENT;
}

/*
 * Passes what is left of something wrong that began with start: up to the next
 * statement or, in an entry, the next user or keyword at the beginning of a
 * line.  If that may be a password, it is never shown.
 */
static void
resync(struct rc *p, const struct rc_token *start, bool in_entry)
{
	const struct rc_key *key;
	struct rc_span passed = { p->t.start, p->t.start };
	unsigned line = start->line;
	bool no;

	if (p->t.start == start->start)
		rc_next(p, false);
	else if (p->t.kind == RC_WORD && p->t.name) {
		/* What was read as a name may be a keyword. */
		p->lx.pos = p->t.start;
		rc_next(p, false);
	}
	for (; p->t.kind != RC_EOF; rc_next(p, false)) {
		key = rc_keyword(&p->t, &no);
		if (key != NULL && (key->scope == RC_STATEMENT ||
		    (in_entry && (key->arg == RC_ARG_NAME ||
		    p->t.line > line))))
			break;
		passed.end = p->t.end;
		line = p->lx.line;
	}
	if (p->unsure)
		p->secret = passed;
	p->unsure = p->behind_secret = false;
}

static void
parse_entry_options(struct rc *p)
{
	struct rc_token start;

	p->behind_secret = false;
	while (!ends_entry(p)) {
		start = p->t;
		if (parse_entry_option(p) == -1)
			resync(p, &start, true);
	}
	if (rc_is_foreign(p))
		finding_drop(p->conf, p->first);
	if (finding_errors(p->conf) >= FINDING_ERRORS_MAX)
		p->stop = true;
}

static int
parse_defaults(struct rc *p, const struct rc_word *w)
{
	if (p->defaults != NULL)
		return rc_fail(p, &w->at, NULL, "a second 'defaults'");
	if (p->entries)
		return rc_fail(p, &w->at, "put it before the first 'poll'",
		    "'defaults' behind an entry");
	rc_next(p, false);
	p->base = p->defaults = rc_account_new(p, w->at.line);
	parse_entry_options(p);
	p->base = NULL;
	return 0;
}

/* poll, server or skip: makes one account for each of its users. */
static int
parse_entry(struct rc *p, const struct rc_word *w)
{
	const struct finding *no_host;
	struct rc_token name;
	struct account *a;
	size_t i, first = p->conf->naccounts;

	p->entries = true;
	if (rc_value_take(p, w, "a name") == -1 ||
	    rc_value_plain(p, w, "a name") == -1)
		return -1;
	name = p->t;
	if (name.len == 0)
		return rc_fail(p, &w->at, NULL, "'%s' without a name",
		    w->key->name);
	no_host = rc_value_host(p, &name);
	rc_next(p, false);
	p->base = rc_account_new(p, w->at.line);
	p->conf->stray_line = 0;
	parse_entry_options(p);
	if (first == p->conf->naccounts)
		rc_account_add(p, w->at.line);
	for (i = first; i < p->conf->naccounts; i++) {
		a = p->conf->accounts[i];
		a->label = name.text;
		a->skip = strcmp(w->key->name, "skip") == 0;
		rc_account_finish(p, a);
	}
	a = p->conf->accounts[first];
	if (no_host != NULL && a->host == a->label && !rc_is_foreign(p))
		rc_tell(p, no_host);
	secret_free(p->base->password);
	p->base = p->user = NULL;
	return 0;
}

static int
parse_set(struct rc *p, const struct rc_word *set)
{
	struct rc_word w;

	rc_next(p, false);
	if (ends_entry(p))
		return rc_fail(p, &set->at, NULL, "'set' without an option");
	if (rc_take(p, &w) == -1)
		return -1;
	if (w.key->scope != RC_GLOBAL && w.key->scope != RC_ANYWHERE)
		return rc_fail(p, &w.at, w.key->scope == RC_SERVER ||
		    w.key->scope == RC_USER ? "put it behind 'defaults' or "
		    "'poll', without 'set'" : NULL,
		    "'%s' does not work behind 'set'", w.key->name);
	if (parse_option(p, &w, p->conf) == -1)
		return -1;
	if (p->conf->logfile != NULL && *p->conf->logfile == '\0')
		p->conf->logfile = NULL;
	return 0;
}

static int
parse_include(struct rc *p, const struct rc_word *w)
{
	struct rc_token at;

	rc_next(p, false);
	at = p->t;
	if (at.kind != RC_STRING && (at.kind != RC_WORD || rc_is_keyword(&at)))
		return rc_fail(p, &w->at, NULL, "'%s' without a file's name",
		    w->key->name);
	if (rc_include(p, &at) == -1)
		return -1;
	rc_next(p, false);
	return 0;
}

static int
parse_statement(struct rc *p)
{
	struct rc_word w;

	p->first = p->conf->nfindings;
	if (rc_take(p, &w) == -1)
		return -1;
	if (w.key->scope == RC_STATEMENT) {
		if (strcmp(w.key->name, "set") == 0)
			return parse_set(p, &w);
		if (strcmp(w.key->name, "include") == 0)
			return parse_include(p, &w);
		if (strcmp(w.key->name, "defaults") == 0)
			return parse_defaults(p, &w);
		return parse_entry(p, &w);
	}
	if (w.key->scope == RC_GLOBAL)
		return rc_fail(p, &w.at, NULL, "'%s' only works behind 'set'",
		    w.key->name);
	return rc_fail(p, &w.at,
	    "put it behind 'defaults', or the 'poll' it belongs to",
	    "'%s' outside an entry", w.key->name);
}

static bool
has_nul(struct rc *p)
{
	const char *nul = memchr(p->lx.src, '\0', p->lx.len);
	struct finding f = {
		.kind = FINDING_ERROR, .file = p->name, .msg = "a NUL octet",
		.hint = "the file must be plain text, not UTF-16",
	};

	if (nul == NULL)
		return false;
	rc_lex_where(&p->lx, (size_t)(nul - p->lx.src), &f.line, &f.column);
	finding_add(p->conf, &f);
	return true;
}

void
rc_read(struct rc *p, const char *text, size_t len, const char *name,
    const char *dir)
{
	const struct rc outer = *p;
	struct rc_token start;

	p->name = name;
	p->dir = dir;
	p->secret = (struct rc_span){ 0, 0 };
	rc_lex_init(&p->lx, text, len, p->conf->arena);
	if (!has_nul(p)) {
		rc_next(p, false);
		while (p->t.kind != RC_EOF) {
			start = p->t;
			if (parse_statement(p) == -1)
				resync(p, &start, false);
		}
	}
	p->name = outer.name;
	p->dir = outer.dir;
	p->secret = outer.secret;
	p->lx = outer.lx;
	p->t = outer.t;
}

int
rc_parse(struct conf *conf, const char *text, size_t len, const char *name,
    struct err *err)
{
	static const struct finding enough = {
		.kind = FINDING_ERROR, .msg = "so many errors are enough; "
		    "what follows was not read",
	};
	struct rc p = { .conf = conf, .cap = conf->naccounts };

	if (conf->rcfile == NULL)
		conf->rcfile = arena_strdup(conf->arena, name);
	rc_read(&p, text, len, arena_strdup(conf->arena, name), NULL);
	if (p.defaults != NULL)
		secret_free(p.defaults->password);
	if (p.stop)
		finding_add(conf, &enough);
	return finding_first(conf, err);
}
