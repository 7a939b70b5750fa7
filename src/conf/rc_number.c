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

	if (rc_value_take(p, w, "a number") == -1)
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

/* Could it be meant for an age?  Where one may stand, no number may. */
static bool
is_age(const struct rc_token *t)
{
	return (t->kind == RC_NUMBER || t->kind == RC_WORD ||
	    t->kind == RC_STRING) &&
	    isdigit((unsigned char)t->text[t->text[0] == '-']);
}

/* How many seconds an age's letter stands for, or 0. */
static uint64_t
age_unit(const char *suffix)
{
	if (suffix[0] == '\0' || suffix[1] != '\0')
		return 0;
	switch (suffix[0]) {
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 7 * 86400;
	default:
		return 0;
	}
}

/* Adds up an age like 30d12h; -1: it is none, -2: it is too long. */
static int
add_up(const char *s, uint64_t max, uint64_t *sum)
{
	uint64_t unit, value;
	char suffix[2] = "";
	size_t n;

	*sum = 0;
	do {
		n = strspn(s, "0123456789");
		suffix[0] = s[n];
		if (n == 0 || (unit = age_unit(suffix)) == 0)
			return -1;
		if (!text_number(s, n, 20, (max - *sum) / unit, &value))
			return -2;
		*sum += value * unit;
		s += n + 1;
	} while (*s != '\0');
	return 0;
}

static int
take_age(struct rc *p, const struct rc_word *w, int64_t *seconds)
{
	const char *s = p->t.text, *hint = "such as 30d, 12h, 2w or 1d12h";
	uint64_t sum;
	int r = add_up(s, w->key->hi, &sum);

	if (r == -1) {
		if (*s != '\0' && s[strspn(s, "0123456789")] == '\0')
			hint = arena_printf(p->conf->arena, "%sd?", s);
		return rc_fail(p, &p->t, hint, "'%s' wants an age, not '%s'",
		    w->key->name, s);
	}
	if (r == -2 || sum < w->key->lo)
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
