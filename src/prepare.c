/*
 * From an account of the configuration to what its processes are told.
 */
#include "prepare.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/opt.h"
#include "conf/secret.h"
#include "mail/courier.h"
#include "mail/sink.h"
#include "net/dial.h"
#include "net/fetcher.h"
#include "net/tls.h"

/* One account with what its two processes are told of it. */
struct work {
	struct account		*account;
	struct fetcher_conf	 fetcher;
	struct tls_roots	*roots;		/* shared by accounts */
};

static int
fetch(const void *arg, int ipcfd, int netfd, unsigned how)
{
	struct fetcher_conf conf = *(const struct fetcher_conf *)arg;

	conf.socket = netfd;
	conf.no_capa = (how & COURIER_NO_CAPA) != 0;
	conf.no_pipelining = (how & COURIER_NO_PIPELINING) != 0;
	return fetcher_main(&conf, ipcfd);
}

/* Trust roots are loaded once for all accounts that name the same ones. */
static struct tls_roots *
find_roots(const struct prepared *p, const struct account *a, struct err *err)
{
	const struct account *b;
	size_t i;

	for (i = 0; i < p->n; i++) {
		b = p->work[i].account;
		if (p->work[i].roots != NULL &&
		    strcmp(a->sslcertfile ? a->sslcertfile : "",
		    b->sslcertfile ? b->sslcertfile : "") == 0 &&
		    strcmp(a->sslcertpath ? a->sslcertpath : "",
		    b->sslcertpath ? b->sslcertpath : "") == 0)
			return p->work[i].roots;
	}
	return tls_roots_load(a->sslcertfile, a->sslcertpath, err);
}

static void
tell_fetcher(struct work *w)
{
	static const enum fetcher_tls tls[] = {
		[CONF_TLS_UNSET] = FETCHER_TLS_AUTO,
		[CONF_TLS_IMPLICIT] = FETCHER_TLS_IMPLICIT,
		[CONF_TLS_STLS] = FETCHER_TLS_STLS,
		[CONF_TLS_OFF] = FETCHER_TLS_OFF,
	};
	const struct account *a = w->account;

	w->fetcher.host = a->host;
	w->fetcher.port = a->port;
	w->fetcher.tls = tls[a->tls];
	w->fetcher.clear_anywhere = a->tls_off_own;
	w->fetcher.tls_name = a->sslcommonname != NULL ? a->sslcommonname :
	    a->host;
	w->fetcher.pins = a->tlspin;
	w->fetcher.roots = w->roots;
	w->fetcher.timeout = a->timeout;
	w->fetcher.max_octets = a->limit;
	w->fetcher.wire = log_wants(LOG_LVL_WIRE);
	w->fetcher.verbose = log_wants(LOG_LVL_INFO);
}

/* In a courier's process: its account is about to be polled. */
static int
unlock(void *arg, const volatile sig_atomic_t *stops, struct err *err)
{
	return secret_ask(arg, stops, err);
}

/* The same of one that is not logged in to. */
static int
unlock_nothing(void *arg, const volatile sig_atomic_t *stops, struct err *err)
{
	struct account *a = arg;

	(void)stops;
	(void)err;
	if (a->password == NULL)
		a->password = secret_dup("", 0);
	return 0;
}

static void
tell_courier(struct conf *conf, const struct opt *o, const struct work *w,
    struct courier_conf *c)
{
	static const enum courier_task tasks[] = {
		[OPT_CHECK] = COURIER_CHECK,
		[OPT_LIST] = COURIER_LIST,
		[OPT_DRY_RUN] = COURIER_DRY_RUN,
		[OPT_CATCH_UP] = COURIER_CATCH_UP,
		[OPT_PROBE] = COURIER_PROBE,
	};
	struct account *a = w->account;

	c->task = tasks[o->mode];
	c->newest = o->newest;
	c->sink.label = a->label;
	c->sink.host = a->host;
	c->sink.user = a->user;
	c->sink.maildir = a->maildir;
	c->sink.command = a->mda;
	c->sink.rcpt = a->local;
	c->sink.nrcpt = a->nlocal;
	c->sink.mda_timeout = a->timeout;
	c->sink.mda_qmail = a->mda_qmail == TRI_YES;
	c->sink.mda_hold = a->mda_hold == TRI_YES;
	c->sink.raw = o->raw;
	c->ops = o->to_stdout ? &sink_stdout :
	    a->mda != NULL ? &sink_mda : &sink_maildir;
	c->state = conf->state;
	c->key = conf_key(conf, a);
	c->password = &a->password;
	c->unlock = o->mode == OPT_PROBE ? unlock_nothing : unlock;
	c->unlock_arg = a;
	c->preconnect = a->preconnect;
	c->postconnect = a->postconnect;
	c->on_new = a->on_new;
	c->root_commands = conf->runas != NULL;
	c->timeout = a->timeout;
	c->delete = a->keep == TRI_NO || a->keep_for > 0 ||
	    a->flush == TRI_YES;
	c->keep_for = a->keep_for;
	/* Delete what an earlier run delivered. */
	if (a->flush == TRI_YES && a->keep != TRI_NO)
		c->keep_for = 1;
	c->max_delete = a->max_delete;
	c->expunge = a->expunge;
	c->max_failures = a->max_failures;
	c->retry = o->retry;
	c->attended = o->retry || o->force || isatty(STDERR_FILENO);
	c->wait = o->wait;
	c->changed = conf->changed;
	c->keep_unsaid = a->keep == TRI_UNSET && a->flush != TRI_YES;
	c->fetchall = a->fetchall == TRI_YES;
	c->limit = a->limit;
	c->fetchlimit = a->fetchlimit;
	c->fetch = fetch;
	c->fetch_arg = &w->fetcher;
}

/* The command line of an account's plugin, if it has one. */
static int
tell_plugin(const struct conf *conf, const struct account *a,
    struct courier_conf *c, struct err *err)
{
	const bool tls = a->tls == CONF_TLS_UNSET ||
	    a->tls == CONF_TLS_IMPLICIT;

	c->plugin = a->plugin == NULL ? NULL : dial_plugin(conf->arena,
	    a->plugin, a->host, a->port != NULL ? a->port : tls ?
	    FETCHER_PORT_TLS : FETCHER_PORT_PLAIN);
	if (a->plugin != NULL && c->plugin == NULL)
		return err_set(err, ERR_CONFIG, "'plugin' without a command");
	return 0;
}

int
prepare_account(struct prepared *p, struct conf *c, const struct opt *o,
    struct account *a, struct err *err)
{
	struct work *w = &p->work[p->n];

	w->account = a;
	if (a->refused != NULL)
		return err_sentence(err, ERR_CONFIG, a->refused);
	if (o->mode != OPT_PROBE && secret_get(c, a, err) == -1)
		return -1;
	if (tell_plugin(c, a, &p->jobs[p->n], err) == -1)
		return -1;
	if (a->tls != CONF_TLS_OFF &&
	    (w->roots = find_roots(p, a, err)) == NULL)
		return -1;
	tell_fetcher(w);
	w->fetcher.probe = o->mode == OPT_PROBE;
	tell_courier(c, o, w, &p->jobs[p->n]);
	p->n++;
	return 0;
}

struct account *
prepare_of(const struct prepared *p, size_t job)
{
	return p->work[job].account;
}

void
prepare_init(struct prepared *p, size_t naccounts)
{
	p->work = mem_array(naccounts + 1, sizeof(*p->work));
	p->jobs = mem_array(naccounts + 1, sizeof(*p->jobs));
	p->n = 0;
}

static void
free_roots(struct prepared *p)
{
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		for (k = 0; k < i; k++)
			if (p->work[k].roots == p->work[i].roots)
				break;
		if (k == i)
			tls_roots_free(p->work[i].roots);
	}
}

void
prepare_free(struct prepared *p)
{
	free_roots(p);
	free(p->jobs);
	free(p->work);
}
