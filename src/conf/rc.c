/*
 * The state of reading a run-control file: tokens, keywords, complaints.
 */
#include "conf/rc.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/finding.h"

#define HINT_KEYWORD	"a word with a backslash or quotes is no keyword"

void
rc_next(struct rc *p, bool name)
{
	rc_lex_next(&p->lx, name, &p->t);
	if (p->stop)
		p->t.kind = RC_EOF;
}

const struct rc_key *
rc_keyword(const struct rc_token *t, bool *no)
{
	const struct rc_key *key;

	*no = false;
	if (t->kind != RC_WORD || t->name)
		return NULL;
	if ((key = rc_key_find(t->text)) != NULL)
		return key;
	*no = true;
	return rc_key_find_no(t->text);
}

bool
rc_is_keyword(const struct rc_token *t)
{
	bool no;

	return rc_keyword(t, &no) != NULL;
}

int
rc_take(struct rc *p, struct rc_word *w)
{
	w->at = p->t;
	if ((w->key = rc_keyword(&p->t, &w->no)) == NULL)
		return rc_fail_unknown(p, &p->t);
	if (w->key->scope == RC_MARK && strcmp(w->key->name, "no") == 0) {
		rc_next(p, false);
		if (p->t.kind == RC_EOF)
			return rc_fail(p, &w->at, NULL, "'no' without a flag");
		if ((w->key = rc_keyword(&p->t, &w->no)) == NULL)
			return rc_fail_unknown(p, &p->t);
		if (w->no || !rc_key_negatable(w->key))
			return rc_fail(p, &p->t, NULL,
			    "'no' cannot stand before '%s'", p->t.text);
		w->no = true;
		if (p->t.line == w->at.line)
			w->at.end = p->t.end;
	}
	p->behind_secret = false;
	return 0;
}

/* What there is to say about a token. */
static struct finding __attribute__((format(printf, 5, 0)))
find(struct rc *p, enum finding_kind kind, const struct rc_token *at,
    const char *hint, const char *fmt, va_list ap)
{
	char what[ERR_MSG_MAX];
	struct finding f = {
		.kind = kind, .file = p->name, .line = at->line,
		.column = at->column, .hint = hint,
	};

	vsnprintf(what, sizeof(what), fmt, ap);
	f.msg = arena_strdup(p->conf->arena, what);
	f.excerpt = rc_lex_excerpt(&p->lx, at->line,
	    (struct rc_span){ at->start, at->end }, p->secret);
	return f;
}

void
rc_tell(struct rc *p, const struct finding *f)
{
	if (p->stop)
		return;
	finding_add(p->conf, f);
	if (f->kind == FINDING_ERROR && !f->pop3_only &&
	    finding_errors(p->conf) >= FINDING_ERRORS_MAX)
		p->stop = true;
}

const struct finding *
rc_hold(struct rc *p, const struct rc_token *at, const char *fmt, ...)
{
	struct finding *f = arena_alloc(p->conf->arena, sizeof(*f));
	va_list ap;

	va_start(ap, fmt);
	*f = find(p, FINDING_ERROR, at, NULL, fmt, ap);
	va_end(ap);
	f->pop3_only = p->base != NULL;
	return f;
}

bool
rc_is_foreign(const struct rc *p)
{
	const char *proto = NULL;

	if (p->base != NULL)
		proto = p->base->proto;
	if (proto == NULL && p->defaults != NULL)
		proto = p->defaults->proto;
	return proto != NULL && rc_proto_refused(proto) != NULL;
}

void
rc_refuse(struct rc *p, const struct rc_token *at, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	/* What is beyond that many of one entry is not shown anyway. */
	if (p->conf->nfindings - p->first >= 2 * FINDING_ERRORS_MAX)
		return;
	va_start(ap, fmt);
	f = find(p, FINDING_ERROR, at, NULL, fmt, ap);
	va_end(ap);
	f.pop3_only = p->base != NULL;
	rc_tell(p, &f);
}

void
rc_note(struct rc *p, const struct rc_token *at, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	if (!p->conf->want_notes)
		return;
	va_start(ap, fmt);
	f = find(p, FINDING_NOTE, at, NULL, fmt, ap);
	va_end(ap);
	f.pop3_only = p->base != NULL;
	rc_tell(p, &f);
}

int
rc_fail(struct rc *p, const struct rc_token *at, const char *hint,
    const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = find(p, FINDING_ERROR, at, hint, fmt, ap);
	va_end(ap);
	rc_tell(p, &f);
	return -1;
}

void
rc_hide(struct rc *p, size_t pos)
{
	const char *nl;

	nl = memchr(p->lx.src + pos, '\n', p->lx.len - pos);
	p->secret.start = pos;
	p->secret.end = nl == NULL ? p->lx.len : (size_t)(nl - p->lx.src);
}

/* What a word that is no keyword may have been meant for. */
static const char *
guess(struct rc *p, const struct rc_token *t)
{
	struct arena *arena = p->conf->arena;
	const struct rc_key *key;
	const char *word = t->text, *hash;
	char before = t->start > 0 ? p->lx.src[t->start - 1] : '\n';

	if (rc_key_find(word) != NULL)
		return HINT_KEYWORD;
	if ((hash = strchr(word, '#')) != NULL && rc_key_find(
	    arena_strndup(arena, word, (size_t)(hash - word))) != NULL)
		return "put a blank before '#' to begin a comment";
	if (before == ',' || before == ';' || before == ':')
		return RC_HINT_QUOTE;
	if ((word = rc_key_suggest(t->text)) != NULL)
		return arena_printf(arena, "did you mean '%s'?", word);
	if (strncmp(t->text, "no", 2) == 0 &&
	    (word = rc_key_suggest(t->text + 2)) != NULL &&
	    (key = rc_key_find(word)) != NULL && rc_key_negatable(key))
		return arena_printf(arena, "did you mean 'no %s'?", word);
	return RC_HINT_QUOTE;
}

/* A number right behind a host's name and a colon is its port. */
static const char *
guess_number(struct rc *p, const struct rc_token *t)
{
	const char *src = p->lx.src;

	if (t->start < 2 || src[t->start - 1] != ':' ||
	    !isalnum((unsigned char)src[t->start - 2]))
		return RC_HINT_QUOTE;
	return arena_printf(p->conf->arena, "use 'port %s'", t->text);
}

int
rc_fail_unknown(struct rc *p, const struct rc_token *t)
{
	p->unsure = true;
	/* A second word of a password is not shown, a slip of the pen is. */
	if (p->behind_secret && t->kind != RC_EOF && (t->kind != RC_WORD ||
	    rc_key_suggest(t->text) == NULL)) {
		rc_hide(p, t->start);
		return rc_fail(p, t, RC_HINT_SECRET,
		    "no keyword behind the password");
	}
	switch (t->kind) {
	case RC_EOF:
		return rc_fail(p, t, NULL, "the file ends too early");
	case RC_BAD:
		return rc_fail(p, t, NULL, "%s", t->text);
	case RC_EQUALS:
		return rc_fail(p, t, NULL, "'=' where a keyword should be");
	case RC_STRING:
		return rc_fail(p, t, rc_key_find(t->text) != NULL ?
		    HINT_KEYWORD : NULL, "a string where a keyword should be");
	case RC_NUMBER:
		return rc_fail(p, t, guess_number(p, t),
		    "number '%s' where a keyword should be", t->text);
	case RC_WORD:
		break;
	}
	return rc_fail(p, t, guess(p, t), "unknown keyword '%s'", t->text);
}
