/*
 * popfetch: from the command line to the exit status.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/secret.h"
#include "mail/courier.h"
#include "mail/sink.h"
#include "mail/supervise.h"
#include "net/fetcher.h"
#include "net/tls.h"

/* One account with what its two processes are told of it. */
struct work {
	struct account		*account;
	struct fetcher_conf	 fetcher;
	struct tls_roots	*roots;		/* shared by accounts */
};

struct program {
	struct conf		*conf;
	struct opt		 opt;
	struct work		*work;
	struct courier_conf	*jobs;
	size_t			 njobs;
	int			 status;
};

static int
fetch(const void *arg, int ipcfd, bool again)
{
	struct fetcher_conf conf = *(const struct fetcher_conf *)arg;

	conf.no_capa = again;
	return fetcher_main(&conf, ipcfd);
}

static void
set_verbosity(const struct opt *o)
{
	static const enum log_level level[] = {
		LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG, LOG_LVL_WIRE,
	};

	log_open(o->quiet ? LOG_LVL_ERROR :
	    level[o->verbose < 3 ? o->verbose : 3]);
}

/* Trust roots are loaded once for all accounts that name the same ones. */
static struct tls_roots *
find_roots(const struct program *p, const struct account *a, struct err *err)
{
	const struct account *b;
	size_t i;

	for (i = 0; i < p->njobs; i++) {
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
	w->fetcher.roots = w->roots;
	w->fetcher.timeout = a->timeout;
	w->fetcher.max_octets = a->limit;
	w->fetcher.wire = log_wants(LOG_LVL_WIRE);
	w->fetcher.verbose = log_wants(LOG_LVL_INFO);
}

static void
tell_courier(const struct program *p, const struct work *w,
    struct courier_conf *c)
{
	struct account *a = w->account;

	c->sink.label = a->label;
	c->sink.host = a->host;
	c->sink.user = a->user;
	c->sink.maildir = a->maildir;
	c->sink.command = a->mda;
	c->sink.rcpt = a->local;
	c->sink.nrcpt = a->nlocal;
	c->sink.mda_timeout = a->timeout;
	c->ops = a->mda != NULL ? &sink_mda : &sink_maildir;
	c->state = p->conf->state;
	c->key = conf_key(p->conf, a);
	c->password = a->password;
	c->timeout = a->timeout;
	c->delete = a->keep == TRI_NO;
	c->keep_unsaid = a->keep == TRI_UNSET;
	c->fetchall = a->fetchall == TRI_YES;
	c->limit = a->limit;
	c->fetchlimit = a->fetchlimit;
	c->fetch = fetch;
	c->fetch_arg = &w->fetcher;
}

/* Makes one account ready to be polled, or says why it cannot be. */
static void
add_job(struct program *p, struct account *a)
{
	struct work *w = &p->work[p->njobs];
	struct err err = { .kind = ERR_NONE };

	w->account = a;
	if (a->refused != NULL)
		err_set(&err, ERR_CONFIG, "%s", a->refused);
	else if (secret_get(a, &err) == 0 && a->tls != CONF_TLS_OFF)
		w->roots = find_roots(p, a, &err);
	if (err_isset(&err)) {
		log_account(a->label);
		log_err(&err);
		log_account(NULL);
		p->status = err_worse(p->status, (int)err.kind);
		return;
	}
	tell_fetcher(w);
	tell_courier(p, w, &p->jobs[p->njobs]);
	p->njobs++;
}

/* Becomes the user of 'set runas'; the MDA then finds itself at home. */
static int
become(const char *name)
{
	struct passwd *pw = getpwnam(name);

	if (pw == NULL || initgroups(name, pw->pw_gid) == -1 ||
	    setgid(pw->pw_gid) == -1 || setuid(pw->pw_uid) == -1) {
		log_error("cannot become the user '%s' of 'set runas'; run "
		    "popfetch as root, or as that user without it", name);
		return ERR_CONFIG;
	}
	setenv("HOME", pw->pw_dir, 1);
	setenv("USER", name, 1);
	setenv("LOGNAME", name, 1);
	return 0;
}

/* In a courier's process, before anything else. */
static int
begin(void *arg, size_t job)
{
	struct program *p = arg;

	conf_forget_secrets(p->conf, p->work[job].account);
	if (p->conf->runas != NULL)
		return become(p->conf->runas);
	return 0;
}

static int
run(struct program *p)
{
	struct supervise_conf sc = { .begin = begin, .arg = p };
	size_t i, n = p->conf->naccounts;

	p->work = mem_array(n + 1, sizeof(*p->work));
	p->jobs = mem_array(n + 1, sizeof(*p->jobs));
	for (i = 0; i < n; i++)
		if (p->conf->accounts[i]->active)
			add_job(p, p->conf->accounts[i]);
	sc.jobs = p->jobs;
	sc.njobs = p->njobs;
	sc.parallel = p->conf->jobs;
	sc.per_host = p->conf->per_host;
	sc.summaries = isatty(STDERR_FILENO) && !p->opt.quiet;
	return err_worse(p->status, supervise(&sc));
}

static void
free_roots(struct program *p)
{
	size_t i, k;

	for (i = 0; i < p->njobs; i++) {
		for (k = 0; k < i; k++)
			if (p->work[k].roots == p->work[i].roots)
				break;
		if (k == i)
			tls_roots_free(p->work[i].roots);
	}
}

/*
 * Whoever started this may have left 0, 1 or 2 closed; the next file opened
 * would get that number, and messages would be written into it.
 */
static void
fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

/* Prints an error of the command line or the run-control file, and forgets
 * what of that was read. */
static int
fail(struct program *p, const struct err *err)
{
	log_err(err);
	if (p->conf != NULL && p->conf->excerpt != NULL)
		fputs(p->conf->excerpt, stderr);
	conf_free(p->conf);
	return (int)err->kind;
}

int
main(int argc, char **argv)
{
	struct program p = { .status = 0 };
	struct err err = { .kind = ERR_NONE };

	fill_standard_fds();
	umask(077);
	if (opt_parse(&p.opt, argc, argv, &err) == -1)
		return fail(&p, &err);
	if (p.opt.help) {
		opt_help(stdout);
		return fflush(stdout) == 0 ? 0 : ERR_IO;
	}
	if (p.opt.version) {
		puts(PACKAGE_STRING);
		return fflush(stdout) == 0 ? 0 : ERR_IO;
	}
	set_verbosity(&p.opt);
	p.conf = conf_new();
	if (rc_load(p.conf, p.opt.file, &err) == -1 ||
	    conf_finish(p.conf, &p.opt, &err) == -1)
		return fail(&p, &err);
	p.status = run(&p);
	free_roots(&p);
	conf_free(p.conf);
	free(p.jobs);
	free(p.work);
	return p.status;
}
