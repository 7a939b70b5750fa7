/*
 * Moving in from another fetcher.
 */
#include "movein.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/set.h"
#include "conf/conf.h"
#include "conf/import.h"
#include "mail/enter.h"

#define STRAYS_SHOWN	5

/* An account that may get messages. */
struct target {
	const struct account	*account;
	const char		*key;
	struct target		*same;	/* the first one with this maildrop */
	struct enter		*enter;
	struct err		 err;	/* why no more is entered */
	uint32_t		 entered, known;
};

struct movein {
	struct conf		*conf;
	const struct import_file *file;
	struct target		*v;
	size_t			 n;
	struct target		*only;	/* gets what is nobody's, or NULL */
	struct set		*strays;	/* "user@host" of no account */
	int64_t			 now;
};

/* Whatever was printed is complete, or the status says otherwise. */
static int
flush(int status)
{
	if (fflush(stdout) == 0)
		return status;
	log_error("cannot write to standard output");
	return err_worse(status, ERR_IO);
}

int
movein_config(const struct import_file *f)
{
	struct err err = { .kind = ERR_NONE };
	size_t open;

	/* It has the passwords of the other one. */
	file_private(STDOUT_FILENO);
	if (import_rc(stdout, f, &open, &err) == -1) {
		log_err(&err);
		return (int)err.kind;
	}
	if (open > 0)
		log_warn("%s: %zu thing%s to look at; the comments tell",
		    f->name, open, open == 1 ? "" : "s");
	return flush(0);
}

static bool
is_host_of(const struct account *a, const char *host)
{
	size_t i;

	if (strcasecmp(a->host, host) == 0 || strcasecmp(a->label, host) == 0)
		return true;
	for (i = 0; i < a->aka.n; i++)
		if (strcasecmp(a->aka.v[i], host) == 0)
			return true;
	return false;
}

static bool
is_for(const struct movein *m, const struct target *t,
    const struct import_seen *seen)
{
	const struct account *a = t->account;

	if (seen->user != NULL)
		return strcasecmp(a->user, seen->user) == 0 &&
		    is_host_of(a, seen->host);
	return t == m->only || (m->file->kind == IMPORT_OLDMAIL &&
	    import_is_oldmail_of(m->file->name, a->host, a->user));
}

static void
enter(struct movein *m, struct target *t, const struct import_seen *seen)
{
	bool new;

	if (err_isset(&t->err))
		return;
	if (t->enter == NULL) {
		t->enter = enter_open(m->conf->state, t->key, &t->err);
		if (t->enter == NULL)
			return;
	}
	new = enter_uid(t->enter, seen->uid, seen->len,
	    seen->when != 0 ? seen->when : m->now);
	if (seen->variant)
		return;
	if (new)
		t->entered++;
	else
		t->known++;
}

static void
take(void *arg, const struct import_seen *seen)
{
	struct movein *m = arg;
	bool found = false;
	char *name;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (is_for(m, &m->v[i], seen)) {
			found = true;
			/* Not twice into one journal. */
			if (m->v[i].same == &m->v[i] ||
			    !is_for(m, m->v[i].same, seen))
				enter(m, m->v[i].same, seen);
		}
	if (found || seen->user == NULL)
		return;
	if (asprintf(&name, "%s@%s", seen->user, seen->host) == -1)
		return;
	(void)set_add(m->strays, name, strnlen(name, UINT16_MAX));
	free(name);
}

static void
add_targets(struct movein *m, bool named)
{
	const struct account *a;
	struct target *t;
	size_t i, k;

	m->v = mem_array(m->conf->naccounts + 1, sizeof(*m->v));
	for (i = 0; i < m->conf->naccounts; i++) {
		a = m->conf->accounts[i];
		if (a->refused != NULL || (named && !a->active))
			continue;
		t = &m->v[m->n++];
		t->account = a;
		t->key = conf_key(m->conf, a);
		for (k = 0; strcmp(m->v[k].key, t->key) != 0; k++)
			;
		t->same = &m->v[k];
	}
	/* getmail's name says whose it is, and may say that it is not this. */
	if (m->n == 1 && (named || m->file->kind != IMPORT_OLDMAIL))
		m->only = &m->v[0];
}

static void
print_count(const struct target *t, bool json)
{
	if (!json) {
		printf("%s: %u messages entered, %u known already\n",
		    t->account->label, t->entered, t->known);
		return;
	}
	fputs("{\"v\":1,\"event\":\"import\",\"account\":", stdout);
	json_string(stdout, t->account->label);
	printf(",\"entered\":%u,\"known\":%u}\n", t->entered, t->known);
}

/* Puts an account's messages on the disk and says how many they are. */
static int
finish(struct target *t, bool json)
{
	const char *label = t->account->label;

	if (t->enter != NULL && !err_isset(&t->err))
		(void)enter_commit(t->enter, &t->err);
	enter_close(t->enter);
	if (!err_isset(&t->err)) {
		if (t->entered + t->known > 0)
			print_count(t, json);
		return 0;
	}
	log_account(label);
	log_err(&t->err);
	log_account(NULL);
	return (int)t->err.kind;
}

static void
tell_strays(const struct movein *m)
{
	const uint8_t *name;
	uint32_t i;
	size_t len;

	for (i = 0; i < set_count(m->strays); i++) {
		if (i == STRAYS_SHOWN) {
			log_warn("%s: and for %u more", m->file->name,
			    set_count(m->strays) - i);
			return;
		}
		name = set_get(m->strays, i, &len);
		log_warn("%s: messages of %.*s are left out; no account has "
		    "that user and host", m->file->name, (int)len, name);
	}
}

static int
fail_none(const struct movein *m)
{
	const char *name = m->file->name;

	if (set_count(m->strays) > 0)
		log_error("%s: nothing in it is for an account of %s", name,
		    m->conf->rcfile);
	else if (m->only == NULL)
		log_error("%s: it does not tell which account these messages "
		    "are of; name the account behind it", name);
	else
		log_error("%s: there is no message in it", name);
	return ERR_CONFIG;
}

int
movein_state(struct conf *c, const struct import_file *f, bool named, bool json)
{
	struct movein m = {
		.conf = c, .file = f, .strays = set_new(),
		.now = clock_wall_us() / 1000000,
	};
	uint32_t total = 0;
	size_t i, bad;
	int status = 0;

	add_targets(&m, named);
	bad = import_state(f, take, &m);
	for (i = 0; i < m.n; i++) {
		status = err_worse(status, finish(&m.v[i], json));
		total += m.v[i].entered + m.v[i].known;
	}
	if (bad > 0)
		log_warn("%s: %zu lines are not understood and left out",
		    f->name, bad);
	tell_strays(&m);
	if (status == 0 && total == 0)
		status = fail_none(&m);
	set_free(m.strays);
	free(m.v);
	return flush(status);
}
