/*
 * The password of a run-control file, and the ways to write one that is not the
 * one that was meant.
 */
#include "conf/rc_value.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/rc.h"

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

/* Is it meant for a command?  Said with an escape, it is not. */
static bool
in_backticks(const char *src, const struct rc_token *t)
{
	if (t->kind == RC_WORD)
		return src[t->start] == '`';
	return t->len > 1 && src[t->start + 1] == '`' &&
	    src[t->end - 2] == '`';
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
	if (rc_value_missing(p, w))
		return rc_fail(p, &w->at, RC_HINT_SECRET,
		    "'%s' without a password", w->key->name);
	if (in_backticks(src, t)) {
		rc_hide(p, t->start);
		return rc_fail(p, t, "use passwordeval \"CMD\"; a password "
		    "that really begins so is written with \\x60",
		    "no command is run in backticks");
	}
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
	if (check_secret(p, w) == -1) {
		p->unsure = true;
		return -1;
	}
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
