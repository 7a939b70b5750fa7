/*
 * The state of reading a run-control file: tokens, keywords, complaints.
 */
#include "conf/rc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/finding.h"

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

/* Adds what there is to say about a token. */
static void __attribute__((format(printf, 6, 0)))
say(struct rc *p, enum finding_kind kind, bool pop3_only,
    const struct rc_token *at, const char *hint, const char *fmt, va_list ap)
{
	struct conf *c = p->conf;
	char what[ERR_MSG_MAX];
	struct finding f = {
		.kind = kind, .pop3_only = pop3_only, .file = p->name,
		.line = at->line, .column = at->column, .hint = hint,
	};

	if (p->stop)
		return;
	vsnprintf(what, sizeof(what), fmt, ap);
	f.msg = arena_strdup(c->arena, what);
	f.excerpt = rc_lex_excerpt(&p->lx, at->line,
	    (struct rc_span){ at->start, at->end }, p->secret);
	finding_add(c, &f);
	if (kind == FINDING_ERROR && !pop3_only &&
	    finding_errors(c) >= FINDING_ERRORS_MAX)
		p->stop = true;
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
	va_list ap;

	/* What is beyond that many of one entry is not shown anyway. */
	if (p->conf->nfindings - p->first >= 2 * FINDING_ERRORS_MAX)
		return;
	va_start(ap, fmt);
	say(p, FINDING_ERROR, p->base != NULL, at, NULL, fmt, ap);
	va_end(ap);
}

void
rc_note(struct rc *p, const struct rc_token *at, const char *fmt, ...)
{
	va_list ap;

	if (!p->conf->want_notes)
		return;
	va_start(ap, fmt);
	say(p, FINDING_NOTE, p->base != NULL, at, NULL, fmt, ap);
	va_end(ap);
}

int
rc_fail(struct rc *p, const struct rc_token *at, const char *hint,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(p, FINDING_ERROR, false, at, hint, fmt, ap);
	va_end(ap);
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
		return rc_fail(p, t, NULL,
		    "a string where a keyword should be");
	case RC_NUMBER:
		return rc_fail(p, t, RC_HINT_QUOTE,
		    "number '%s' where a keyword should be", t->text);
	case RC_WORD:
		break;
	}
	return rc_fail(p, t, guess(p, t), "unknown keyword '%s'", t->text);
}
