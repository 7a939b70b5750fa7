/*
 * The users of a run-control file, there and here.
 */
#include "conf/rc_value.h"

#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/rc.h"

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
			if (!rc_value_listed(&p->t))
				return rc_fail(p, &p->t, NULL,
				    "'=' without a local name");
			rc_next(p, false);
		}
	} while (rc_value_listed(&p->t));
	return 0;
}

/* Is the token this word beside a name? */
static bool
is_mark(const struct rc_token *t, const char *mark)
{
	return t->kind == RC_WORD && !t->name && strcmp(t->text, mark) == 0;
}

static void
refuse_names(struct rc *p, const struct rc_word *w)
{
	rc_refuse(p, &w->at, "'%s' with more than one name: %s",
	    w->key->name, rc_key_find("envelope")->note);
}

int
rc_value_local(struct rc *p, const struct rc_word *w, struct account *a)
{
	struct account names = { 0 };
	bool mapped;
	size_t i;

	if (rc_value_take_name(p, w) == -1 ||
	    take_names(p, &names, &mapped) == -1)
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
		refuse_names(p, w);
	return 0;
}

int
rc_value_user(struct rc *p, const struct rc_word *w, struct account *a)
{
	struct account names = { 0 };
	struct rc_token second;
	bool mapped;

	if (rc_value_take_name(p, w) == -1)
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
	if (!rc_value_listed(&p->t) && p->t.kind != RC_EQUALS)
		return 0;
	/* Several names, if here ends them; else a word in a wrong place. */
	second = p->t;
	if (p->t.kind == RC_EQUALS)
		rc_next(p, true);
	if (rc_value_listed(&p->t) && take_names(p, &names, &mapped) == -1)
		return -1;
	if (!is_mark(&p->t, "here"))
		return rc_fail_unknown(p, &second);
	refuse_names(p, w);
	rc_next(p, false);
	return 0;
}
