/*
 * The accounts to poll.
 */
#include "conf/choose.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/set.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/opt.h"
#include "conf/url.h"

#define NAMES_SHOWN	160	/* characters of account names in a hint */

static int
fail_unknown(struct conf *c, const char *name, struct err *err)
{
	struct buf b;
	size_t i;

	err_set(err, ERR_USAGE, "no account '%s' in %s", name, c->rcfile);
	buf_init(&b, NAMES_SHOWN);
	for (i = 0; i < c->naccounts; i++) {
		if (i > 0 && strcmp(c->accounts[i]->label,
		    c->accounts[i - 1]->label) == 0)
			continue;
		if (!buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    c->accounts[i]->label))
			break;
	}
	err_hint(err, "there is %.*s%s; a server in no file is pops://USER@HOST",
	    (int)buf_len(&b), (const char *)buf_data(&b),
	    i < c->naccounts ? ", ..." : "");
	buf_free(&b);
	return -1;
}

static bool
is_called(const struct account *a, const char *name)
{
	size_t i;

	if (strcmp(a->label, name) == 0)
		return true;
	for (i = 0; i < a->aka.n; i++)
		if (strcmp(a->aka.v[i], name) == 0)
			return true;
	return false;
}

bool
choose_knows(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->naccounts; i++)
		if (is_called(c->accounts[i], name))
			return true;
	return false;
}

/* Marks the accounts that are named, or all but those with skip. */
static int
select_accounts(struct conf *c, const struct opt *o, struct err *err)
{
	struct account *a;
	bool found = false;
	size_t i, j;

	for (i = 0; i < c->naccounts && o->naccounts == 0; i++) {
		c->accounts[i]->active = !c->accounts[i]->skip;
		found |= c->accounts[i]->active;
	}
	for (j = 0; j < o->naccounts; j++) {
		found = url_is(o->accounts[j]);
		for (i = 0; i < c->naccounts; i++) {
			a = c->accounts[i];
			if (is_called(a, o->accounts[j]))
				found = a->active = true;
		}
		if (!found)
			return fail_unknown(c, o->accounts[j], err);
	}
	if (found || o->mode == OPT_SHOW_CONFIG || o->mode == OPT_CHECK_CONFIG)
		return 0;
	err_set(err, ERR_USAGE, "all accounts in %s are to be skipped",
	    c->rcfile);
	return err_hint(err, "name the one to poll");
}

/*
 * Two accounts for one maildrop would take each other's mail; one for normal
 * use and one that is only polled by name may stand side by side.
 */
static int
check_twice(struct conf *c, bool named, struct err *err)
{
	const struct account *a, **first;
	struct set *keys = set_new();
	const char *key;
	uint32_t n;
	size_t i;
	int r = 0;

	first = mem_array(c->naccounts, sizeof(*first));
	for (i = 0; i < c->naccounts && r == 0; i++) {
		a = c->accounts[i];
		if (a->refused != NULL || (named ? !a->active : a->skip))
			continue;
		key = conf_key(c, a);
		n = set_add(keys, key, strlen(key));
		if (first[n] == NULL) {
			first[n] = a;
			continue;
		}
		r = err_set(err, ERR_CONFIG, "%s is polled by %s:%u already",
		    key, first[n]->file, first[n]->line);
		finding_add_account(c, a, err);
	}
	free(first);
	set_free(keys);
	return r;
}

/* The maildrop's name decides, so that each is in the same part for good. */
static void
leave_shard(struct conf *c, const struct opt *o)
{
	struct digest *d = digest_new();
	struct account *a;
	uint8_t sum[DIGEST_LEN];
	const char *key;
	uint64_t n;
	size_t i, k;

	for (i = 0; i < c->naccounts; i++) {
		a = c->accounts[i];
		key = conf_key(c, a);
		digest_reset(d);
		digest_add(d, key, strlen(key));
		digest_end(d, sum);
		for (n = 0, k = 0; k < sizeof(n); k++)
			n = n << 8 | sum[k];
		if (n % o->shards != o->shard)
			a->active = false;
	}
	digest_free(d);
}

int
choose_accounts(struct conf *c, const struct opt *o, struct err *err)
{
	if (select_accounts(c, o, err) == -1)
		return -1;
	/* What is the same by -u alone is of no account to the others. */
	if ((o->user == NULL && check_twice(c, false, err) == -1) ||
	    check_twice(c, true, err) == -1)
		return -1;
	if (o->shards != 0)
		leave_shard(c, o);
	return 0;
}

