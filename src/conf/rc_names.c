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

/* Takes what is behind a name and =, the first of which is at hand. */
static int
take_mapped(struct rc *p, const char **to)
{
	rc_next(p, true);
	if (!rc_value_listed(&p->t))
		return rc_fail(p, &p->t, NULL, "'=' without a local name");
	*to = p->t.text;
	rc_next(p, false);
	return 0;
}

/*
 * Takes the names of a list whose first is at hand.  In *to: the second of the
 * last pair NAME=NAME, or NULL.
 */
static int
take_names(struct rc *p, struct account *a, const char **to)
{
	*to = NULL;
	do {
		add_local(p, a, p->t.text);
		rc_next(p, false);
		if (p->t.kind == RC_EQUALS && take_mapped(p, to) == -1)
			return -1;
	} while (rc_value_listed(&p->t));
	return 0;
}

/* Is the token this word beside a name? */
static bool
is_mark(const struct rc_token *t, const char *mark)
{
	return t->kind == RC_WORD && !t->name && strcmp(t->text, mark) == 0;
}

/* What only sorting to several users can want. */
static void
check_local(struct rc *p, const struct rc_word *w, const struct account *a,
    const char *to)
{
	const bool user = w->key->arg == RC_ARG_NAME;

	if (a->nlocal > 1)
		rc_refuse(p, &w->at, "'%s' with more than one name: %s",
		    w->key->name, rc_key_find("envelope")->note);
	else if (to != NULL)
		rc_refuse(p, &w->at, "'%s=%s' maps one name to another, which "
		    "is for several users; write '%s%s%s %s here'",
		    a->local[0], to, user ? "user " : "",
		    user ? a->local[0] : "", user ? " is" : w->key->name, to);
	else if (a->nlocal == 1 && strcmp(a->local[0], "*") == 0)
		rc_refuse(p, &w->at, "'*' is for several users, and popfetch "
		    "does not sort; write 'is NAME here'");
}

/* What is refused is kept as well, for --import: the one name that is meant. */
static void
keep_mapped(struct account *a, const char *to)
{
	if (to != NULL && a->nlocal == 1)
		a->local[0] = to;
}

int
rc_value_local(struct rc *p, const struct rc_word *w, struct account *a)
{
	struct account names = { 0 };
	const char *to;
	size_t i;

	if (rc_value_take_name(p, w) == -1 ||
	    take_names(p, &names, &to) == -1)
		return -1;
	if (is_mark(&p->t, "there")) {
		if (names.nlocal > 1 || to != NULL)
			return rc_fail(p, &w->at, NULL,
			    "'%s ... there' takes one name", w->key->name);
		a->user = names.local[0];
		rc_next(p, false);
		return 0;
	}
	if (is_mark(&p->t, "here"))
		rc_next(p, false);
	for (i = 0; i < names.nlocal; i++)
		add_local(p, a, names.local[i]);
	check_local(p, w, a, to);
	keep_mapped(a, to);
	return 0;
}

/* Names of which the second, or its =, is at hand, and here behind them. */
static int
take_locals(struct rc *p, const struct rc_word *w, struct account *a)
{
	const struct rc_token second = p->t;
	const char *to = NULL, *last = NULL;

	/* Without here it is a word in a wrong place. */
	if (p->t.kind == RC_EQUALS && take_mapped(p, &to) == -1)
		return -1;
	if (rc_value_listed(&p->t) && take_names(p, a, &last) == -1)
		return -1;
	if (!is_mark(&p->t, "here"))
		return rc_fail_unknown(p, &second);
	check_local(p, w, a, to);
	keep_mapped(a, to);
	rc_next(p, false);
	return 0;
}

int
rc_value_user(struct rc *p, const struct rc_word *w, struct account *a)
{
	struct account names = { 0 };

	if (rc_value_take_name(p, w) == -1)
		return -1;
	add_local(p, &names, p->t.text);
	rc_next(p, false);
	if (is_mark(&p->t, "here")) {
		add_local(p, a, names.local[0]);
		check_local(p, w, a, NULL);
		rc_next(p, false);
		return 0;
	}
	a->user = names.local[0];
	if (rc_value_listed(&p->t) || p->t.kind == RC_EQUALS) {
		add_local(p, a, a->user);
		return take_locals(p, w, a);
	}
	if (is_mark(&p->t, "there"))
		rc_next(p, false);
	return 0;
}
