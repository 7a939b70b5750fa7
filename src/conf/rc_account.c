/*
 * The accounts of a run-control file: made, and completed from their entry and
 * from defaults.
 */
#include "conf/rc.h"

#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/finding.h"

struct account *
rc_account_new(struct rc *p, unsigned line)
{
	struct account *a = arena_alloc(p->conf->arena, sizeof(*a));

	a->limit = CONF_UNSET64;
	a->fetchlimit = a->max_delete = a->expunge = CONF_UNSET32;
	a->max_failures = CONF_UNSET32;
	a->passwordfd = -1;
	a->file = p->name;
	a->line = line;
	return a;
}

struct account *
rc_account_add(struct rc *p, unsigned line)
{
	struct conf *c = p->conf;
	size_t cap = p->cap;

	if (c->naccounts == cap) {
		p->cap = cap == 0 ? 16 : 2 * cap;
		c->accounts = mem_grow(c->accounts, cap, p->cap,
		    sizeof(*c->accounts));
	}
	return c->accounts[c->naccounts++] = rc_account_new(p, line);
}

/* Copies a field that a does not have; own: from is of the same entry. */
static void
inherit_field(struct account *a, const struct account *from,
    const struct rc_key *key, bool own)
{
	void *to = (char *)a + key->offset;
	const void *value = (const char *)from + key->offset;

	switch (key->arg) {
	case RC_ARG_KEEP:
		if (a->keep == TRI_UNSET) {
			a->keep = from->keep;
			a->keep_for = from->keep_for;
		}
		break;
	case RC_ARG_FLAG:
	case RC_ARG_CHOICE:
		if (*(enum conf_tri *)to == TRI_UNSET)
			*(enum conf_tri *)to = *(const enum conf_tri *)value;
		break;
	case RC_ARG_TLS:
		if (a->tls == CONF_TLS_UNSET) {
			a->tls = from->tls;
			a->tls_off_own = own && from->tls_off_own;
		}
		break;
	case RC_ARG_SECRET:
		if (from->password != NULL)
			a->password = secret_dup(from->password,
			    strlen(from->password));
		break;
	case RC_ARG_FD:
		a->passwordfd = from->passwordfd;
		break;
	case RC_ARG_NAMES:
		/* defaults cannot say how one server is called, too. */
		if (own && a->aka.n == 0)
			a->aka = from->aka;
		break;
	case RC_ARG_SECONDS:
		if (a->timeout == 0)
			a->timeout = from->timeout;
		break;
	case RC_ARG_COUNT:
		if (*(uint32_t *)to == CONF_UNSET32)
			*(uint32_t *)to = *(const uint32_t *)value;
		break;
	case RC_ARG_SIZE:
		if (*(uint64_t *)to == CONF_UNSET64)
			*(uint64_t *)to = *(const uint64_t *)value;
		break;
	default:
		if (*(const char **)to == NULL)
			*(const char **)to = *(const char *const *)value;
		break;
	}
}

static bool
is_delivery(const struct rc_key *key)
{
	return key->offset == offsetof(struct account, mda) ||
	    key->offset == offsetof(struct account, maildir);
}

/* Is it one of the ways to get the password? */
static bool
is_secret(const struct rc_key *key)
{
	return key->arg == RC_ARG_SECRET || key->arg == RC_ARG_FD ||
	    key->offset == offsetof(struct account, passwordeval) ||
	    key->offset == offsetof(struct account, passwordfile);
}

static bool
has_secret(const struct account *a)
{
	return a->password != NULL || a->passwordfd != -1 ||
	    a->passwordeval != NULL || a->passwordfile != NULL;
}

/* Fills in from another account what a itself does not say. */
static void
inherit(struct account *a, const struct account *from, bool own)
{
	/* One kind of delivery is an answer to all, and so for passwords. */
	const bool delivery = a->maildir != NULL || a->mda != NULL;
	const bool secret = has_secret(a);
	const struct rc_key *key;
	size_t i;

	for (i = 0; i < rc_nkeys; i++) {
		key = &rc_keys[i];
		if (key->canon != NULL || key->offset == RC_NOFIELD ||
		    key->arg == RC_ARG_TLSFLAG ||
		    (key->scope != RC_SERVER && key->scope != RC_USER))
			continue;
		if ((delivery && is_delivery(key)) ||
		    (secret && is_secret(key)))
			continue;
		inherit_field(a, from, key, own);
	}
	if (a->nlocal == 0) {
		a->local = from->local;
		a->nlocal = from->nlocal;
	}
}

/* An empty value has undone a default, and is nothing itself. */
static void
drop_empty(struct account *a)
{
	const struct rc_key *key;
	const char **field;
	size_t i;

	for (i = 0; i < rc_nkeys; i++) {
		key = &rc_keys[i];
		if ((key->scope != RC_SERVER && key->scope != RC_USER) ||
		    key->offset == RC_NOFIELD ||
		    (key->arg != RC_ARG_STRING && key->arg != RC_ARG_PATH &&
		    key->arg != RC_ARG_COMMAND))
			continue;
		field = (const char **)((char *)a + key->offset);
		if (*field != NULL && **field == '\0')
			*field = NULL;
	}
}

/* An empty sslproto changes nothing with ssl, and is no TLS without. */
static void
check_sslproto(struct rc *p, const struct account *a)
{
	struct finding f;
	size_t i;

	if (a->sslproto == NULL || a->sslproto->msg == NULL ||
	    a->tls == CONF_TLS_OFF || rc_is_foreign(p))
		return;
	f = *a->sslproto;
	if (a->tls == CONF_TLS_IMPLICIT) {
		if (!p->conf->want_notes)
			return;
		f.kind = FINDING_NOTE;
		f.msg = arena_printf(p->conf->arena, "'sslproto' changes "
		    "nothing: %s", rc_key_find("sslprotocolversion")->note);
	}
	/* One of defaults, or of several users, is told once. */
	for (i = 0; i < p->conf->nfindings; i++)
		if (p->conf->findings[i].msg == f.msg)
			return;
	rc_tell(p, &f);
}

void
rc_account_finish(struct rc *p, struct account *a)
{
	inherit(a, p->base, true);
	if (p->defaults != NULL)
		inherit(a, p->defaults, false);
	drop_empty(a);
	if (a->host == NULL)
		a->host = a->label;
	check_sslproto(p, a);
}
