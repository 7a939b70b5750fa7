/*
 * The numbers of a run-control file: counts, sizes and ages.
 */
#include "conf/rc_value.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/rc.h"
#include "conf/unit.h"

static enum unit_result
count(const char *s, uint64_t max, uint64_t *value)
{
	const size_t n = strspn(s, "0123456789");

	if (n == 0 || s[n] != '\0')
		return UNIT_NONE;
	return text_number(s, n, 20, max, value) ? UNIT_GOOD : UNIT_RANGE;
}

int
rc_value_number(struct rc *p, const struct rc_word *w, uint64_t *value)
{
	const bool size = w->key->arg == RC_ARG_SIZE;
	const bool works = w->key->class == RC_WORKS;
	const char *s;
	enum unit_result r;

	if (rc_value_take(p, w, "a number") == -1)
		return -1;
	*value = 0;
	s = p->t.text + (p->t.text[0] == '-');
	r = size ? unit_size(s, w->key->hi, value) : count(s, w->key->hi, value);
	if (r == UNIT_NONE)
		return rc_fail(p, &p->t, size ? "such as 500k or 20M" : NULL,
		    "'%s' wants a %s, not '%s'", w->key->name,
		    size ? "size" : "number", p->t.text);
	if (works && (r == UNIT_RANGE || s != p->t.text ||
	    *value < w->key->lo))
		return rc_fail(p, &p->t, arena_printf(p->conf->arena,
		    "it must be from %ju to %ju", (uintmax_t)w->key->lo,
		    (uintmax_t)w->key->hi), "'%s %s' is out of range",
		    w->key->name, p->t.text);
	rc_next(p, false);
	return 0;
}

/* Could it be meant for an age?  Where one may stand, no number may. */
static bool
is_age(const struct rc_token *t)
{
	return (t->kind == RC_NUMBER || t->kind == RC_WORD ||
	    t->kind == RC_STRING) &&
	    isdigit((unsigned char)t->text[t->text[0] == '-']);
}

static int
take_age(struct rc *p, const struct rc_word *w, int64_t *seconds)
{
	const char *s = p->t.text, *hint = "such as 30d, 12h, 2w or 1d12h";
	uint64_t sum;
	const enum unit_result r = unit_age(s, w->key->hi, &sum);

	if (r == UNIT_NONE) {
		if (*s != '\0' && s[strspn(s, "0123456789")] == '\0')
			hint = arena_printf(p->conf->arena, "%sd?", s);
		return rc_fail(p, &p->t, hint, "'%s' wants an age, not '%s'",
		    w->key->name, s);
	}
	if (r == UNIT_RANGE || sum < w->key->lo)
		return rc_fail(p, &p->t, "it must be from 1m to 36500d",
		    "'%s %s' is out of range", w->key->name, s);
	*seconds = (int64_t)sum;
	rc_next(p, false);
	return 0;
}

int
rc_value_keep(struct rc *p, const struct rc_word *w, struct account *a)
{
	a->keep = w->no ? TRI_NO : TRI_YES;
	a->keep_for = 0;
	rc_next(p, false);
	if (p->t.kind != RC_EQUALS && !is_age(&p->t))
		return 0;
	if (w->no)
		return rc_fail(p, &p->t, NULL, "'no %s' takes no age",
		    w->key->name);
	if (rc_value_check(p, w, "an age") == -1)
		return -1;
	return take_age(p, w, &a->keep_for);
}
