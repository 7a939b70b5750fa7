/*
 * popfetch: from the command line to the exit status.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/check.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/import.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/secret.h"
#include "conf/show.h"
#include "mail/courier.h"
#include "mail/report.h"
#include "mail/sink.h"
#include "mail/supervise.h"
#include "net/fetcher.h"
#include "net/tls.h"
#include "movein.h"
#include "setup.h"

/* The exit status of --check if there is no mail. */
#define NONE_WAITING	1

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
fetch(const void *arg, int ipcfd, unsigned how)
{
	struct fetcher_conf conf = *(const struct fetcher_conf *)arg;

	conf.no_capa = (how & COURIER_NO_CAPA) != 0;
	conf.no_pipelining = (how & COURIER_NO_PIPELINING) != 0;
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

/* Whether standard error can do more than print lines. */
static bool
is_smart(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
}

static bool
wants(enum opt_when when, bool automatic)
{
	return when == OPT_ALWAYS || (when == OPT_AUTO && automatic);
}

/* A line that moves does not go with data on the same terminal. */
static bool
wants_progress(const struct opt *o)
{
	const bool data = o->json || o->to_stdout;

	return o->mode == OPT_FETCH && wants(o->progress, is_smart() &&
	    !o->quiet && !(data && isatty(STDOUT_FILENO)));
}

static void
set_style(const struct opt *o)
{
	const char *no = getenv("NO_COLOR");

	log_style(wants(o->color, is_smart() && (no == NULL || *no == '\0')),
	    wants_progress(o));
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
tell_courier(const struct program *p, const struct work *w,
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

	c->task = tasks[p->opt.mode];
	c->newest = p->opt.newest;
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
	c->sink.raw = p->opt.raw;
	c->ops = p->opt.to_stdout ? &sink_stdout :
	    a->mda != NULL ? &sink_mda : &sink_maildir;
	c->state = p->conf->state;
	c->key = conf_key(p->conf, a);
	c->password = &a->password;
	c->unlock = p->opt.mode == OPT_PROBE ? unlock_nothing : unlock;
	c->unlock_arg = a;
	c->timeout = a->timeout;
	c->delete = a->keep == TRI_NO || a->keep_for > 0 ||
	    a->flush == TRI_YES;
	c->keep_for = a->keep_for;
	/* Delete what an earlier run delivered, however short ago. */
	if (a->flush == TRI_YES && a->keep != TRI_NO)
		c->keep_for = 1;
	c->max_delete = a->max_delete;
	c->expunge = a->expunge;
	c->max_failures = a->max_failures;
	c->retry = p->opt.retry;
	c->attended = p->opt.retry || isatty(STDERR_FILENO);
	c->changed = p->conf->changed;
	c->keep_unsaid = a->keep == TRI_UNSET && a->flush != TRI_YES;
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
	else if ((p->opt.mode == OPT_PROBE ||
	    secret_get(p->conf, a, &err) == 0) && a->tls != CONF_TLS_OFF)
		w->roots = find_roots(p, a, &err);
	if (err_isset(&err)) {
		log_account(a->label);
		log_err(&err);
		log_account(NULL);
		report_error(a->label, &err);
		p->status = err_worse(p->status, (int)err.kind);
		return;
	}
	tell_fetcher(w);
	w->fetcher.probe = p->opt.mode == OPT_PROBE;
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

/* Chooses what standard output gets. */
static void
open_report(const struct program *p)
{
	const enum report_form form = p->opt.json ? REPORT_JSON :
	    p->opt.mode == OPT_CHECK && !p->opt.quiet ? REPORT_WAITING :
	    REPORT_TEXT;

	report_open(form, p->njobs > 1);
}

/* The end of the data, and the exit status. */
static int
finish(const struct program *p, const struct courier_summary *total,
    int status)
{
	struct err err = { .kind = ERR_NONE };

	if (status == 0 && p->opt.mode == OPT_CHECK && total->waiting == 0)
		status = NONE_WAITING;
	report_total(total, p->njobs, status);
	if (report_close(&err) == 0)
		return status;
	if (err.sys != EPIPE)
		log_err(&err);
	return err_worse(status, (int)err.kind);
}

/* Once a courier's process is there. */
static void
started(void *arg, size_t job)
{
	const struct program *p = arg;
	struct account *a = p->work[job].account;

	secret_free(a->password);
	a->password = NULL;
}

static int
run(struct program *p)
{
	struct supervise_conf sc = {
		.begin = begin, .started = started, .arg = p,
	};
	struct courier_summary total;
	size_t i, n = p->conf->naccounts;

	open_report(p);
	p->work = mem_array(n + 1, sizeof(*p->work));
	p->jobs = mem_array(n + 1, sizeof(*p->jobs));
	for (i = 0; i < n; i++)
		if (p->conf->accounts[i]->active)
			add_job(p, p->conf->accounts[i]);
	secret_close(p->conf);
	open_report(p);
	if (p->opt.raw && p->njobs > 1) {
		log_error("--raw prints one message, and there are %zu "
		    "accounts; name one of them", p->njobs);
		return ERR_USAGE;
	}
	sc.jobs = p->jobs;
	sc.njobs = p->njobs;
	/* Messages on standard output must not mix. */
	sc.parallel = p->opt.to_stdout ? 1 : p->conf->jobs;
	sc.per_host = p->conf->per_host;
	sc.progress = wants_progress(&p->opt);
	sc.anywhere = p->opt.progress == OPT_ALWAYS;
	sc.summaries = isatty(STDERR_FILENO) && !p->opt.quiet;
	return finish(p, &total, err_worse(p->status, supervise(&sc, &total)));
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

/* A core has passwords; a program that is run may raise the limit again. */
static void
forbid_core(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) == -1)
		return;
	core.rlim_cur = 0;
	(void)setrlimit(RLIMIT_CORE, &core);
}

/* Prints an error of the command line, or those of the run-control file, and
 * forgets what of that was read. */
static int
fail(struct program *p, const struct err *err)
{
	const struct finding *f;
	struct err each;
	size_t i, n = p->conf == NULL ? 0 : p->conf->nfindings;

	if (n == 0) {
		log_err(err);
		report_error(NULL, err);
	}
	for (i = 0; i < n; i++) {
		f = &p->conf->findings[i];
		finding_err(f, &each);
		log_err(&each);
		report_error(NULL, &each);
		if (f->excerpt != NULL)
			fputs(f->excerpt, stderr);
	}
	conf_free(p->conf);
	return (int)err->kind;
}

/* Prints what needs no run-control file. */
static int
help(const struct opt *o)
{
	if (o->mode == OPT_HELP)
		opt_help(stdout);
	else if (o->mode == OPT_HELP_KEYWORDS)
		show_keywords(stdout);
	else
		puts(PACKAGE_STRING);
	return fflush(stdout) == 0 ? 0 : ERR_IO;
}

static int
show_config(struct program *p)
{
	if (p->opt.json)
		show_json(stdout, p->conf, p->opt.show_secrets);
	else
		show_rc(stdout, p->conf, p->opt.show_secrets);
	conf_free(p->conf);
	return fflush(stdout) == 0 ? 0 : ERR_IO;
}

/* Says all there is to say about the run-control file. */
static int
check_config(struct program *p)
{
	struct err err = { .kind = ERR_NONE };
	int status;

	p->conf->want_notes = true;
	if (rc_load(p->conf, p->opt.file, &err) == 0) {
		check_accounts(p->conf);
		if (conf_finish(p->conf, &p->opt, &err) == 0)
			check_refused(p->conf);
	}
	status = finding_errors(p->conf) > 0 ? ERR_CONFIG : (int)err.kind;
	if (finding_errors(p->conf) == 0)
		log_err(&err);
	show_findings(stdout, p->conf, p->opt.json);
	conf_free(p->conf);
	return fflush(stdout) == 0 ? status : ERR_IO;
}

/* Takes over what another fetcher left. */
static int
import(struct program *p)
{
	struct import_file f;
	struct err err = { .kind = ERR_NONE };
	bool loaded;
	int status = 0;

	if (import_open(&f, p->opt.subject, &err) == -1) {
		import_close(&f);
		return fail(p, &err);
	}
	if (!import_is_state(f.kind))
		status = movein_config(&f);
	else {
		loaded = rc_load(p->conf, p->opt.file, &err) == 0 &&
		    conf_finish(p->conf, &p->opt, &err) == 0;
		if (!loaded) {
			import_close(&f);
			return fail(p, &err);
		}
		if (p->conf->runas != NULL)
			status = become(p->conf->runas);
		if (status == 0)
			status = movein_state(p->conf, &f,
			    p->opt.naccounts > 0);
	}
	import_close(&f);
	conf_free(p->conf);
	return status;
}

/* Polls what is to be polled, to the exit status. */
static int
poll_all(struct program *p)
{
	p->status = run(p);
	free_roots(p);
	conf_free(p->conf);
	free(p->jobs);
	free(p->work);
	return p->status;
}

/* Prints a run-control file for an address, and tries it if that is wanted. */
static int
configure(struct program *p)
{
	struct err err = { .kind = ERR_NONE };
	char *text;
	bool test, good;
	int status;

	if ((text = setup(p->opt.subject, &test, &err)) == NULL)
		return fail(p, &err);
	if (!test) {
		free(text);
		conf_free(p->conf);
		return 0;
	}
	/* What was printed may have gone to a file. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	p->conf->rcfile = "--configure";
	good = rc_parse(p->conf, text, strlen(text), p->conf->rcfile,
	    &err) == 0 && conf_finish(p->conf, &p->opt, &err) == 0;
	free(text);
	if (!good)
		return fail(p, &err);
	p->opt.mode = OPT_CHECK;
	status = poll_all(p);
	if (status != 0 && status != NONE_WAITING)
		return status;
	log_warn("the login works");
	return 0;
}

int
main(int argc, char **argv)
{
	struct program p = { .status = 0 };
	struct err err = { .kind = ERR_NONE };
	bool nothing;

	fill_standard_fds();
	forbid_core();
	umask(077);
	if (opt_parse(&p.opt, argc, argv, &err) == -1) {
		open_report(&p);
		return fail(&p, &err);
	}
	open_report(&p);
	if (p.opt.mode == OPT_HELP || p.opt.mode == OPT_VERSION ||
	    p.opt.mode == OPT_HELP_KEYWORDS)
		return help(&p.opt);
	set_verbosity(&p.opt);
	set_style(&p.opt);
	p.conf = conf_new();
	if (p.opt.mode == OPT_CHECK_CONFIG)
		return check_config(&p);
	if (p.opt.mode == OPT_IMPORT)
		return import(&p);
	if (p.opt.mode == OPT_CONFIGURE)
		return configure(&p);
	if (rc_load(p.conf, p.opt.file, &err) == -1) {
		nothing = p.conf->rcfile == NULL;
		fail(&p, &err);
		if (nothing)
			setup_hint();
		return (int)err.kind;
	}
	if (conf_finish(p.conf, &p.opt, &err) == -1)
		return fail(&p, &err);
	if (p.opt.mode == OPT_SHOW_CONFIG)
		return show_config(&p);
	return poll_all(&p);
}
