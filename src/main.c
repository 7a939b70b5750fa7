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
#include "base/text.h"
#include "conf/check.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/import.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/secret.h"
#include "conf/show.h"
#include "conf/url.h"
#include "mail/courier.h"
#include "mail/report.h"
#include "mail/supervise.h"
#include "movein.h"
#include "net/sandbox.h"
#include "net/tls.h"
#include "prepare.h"
#include "setup.h"

/* The exit status of --check and --exit-new if there is no mail. */
#define NO_MAIL	1

struct program {
	struct conf		*conf;
	struct opt		 opt;
	struct prepared		 ready;
	size_t			 nleft;		/* accounts that are not */
	int			 status;
};

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
	const char *term = text_env("TERM");

	return isatty(STDERR_FILENO) && term != NULL &&
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
	log_style(wants(o->color, is_smart() && text_env("NO_COLOR") == NULL),
	    wants_progress(o));
}

/* Makes one account ready to be polled, or says why it cannot be. */
static void
add_job(struct program *p, struct account *a)
{
	struct courier_summary sum = { .status = 0 };
	struct err err = { .kind = ERR_NONE };

	if (prepare_account(&p->ready, p->conf, &p->opt, a, &err) == 0)
		return;
	log_account(a->label);
	log_err(&err);
	log_account(NULL);
	report_error(a->label, &err);
	sum.status = (int32_t)err.kind;
	report_account(a->label, &sum);
	p->nleft++;
	p->status = err_worse(p->status, (int)err.kind);
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

	conf_forget_secrets(p->conf, prepare_of(&p->ready, job));
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

	report_open(form, p->ready.n > 1);
}

/* The end of the data, and the exit status; or the end by a signal. */
static int
finish(const struct program *p, const struct courier_summary *total,
    int status)
{
	struct err err = { .kind = ERR_NONE };
	const int sig = status - SUPERVISE_SIGNAL;

	if (sig <= 0)
		status = err_worse(p->status, status);

	if (status == 0 && p->opt.mode == OPT_CHECK && total->waiting == 0)
		status = NO_MAIL;
	if (status == 0 && p->opt.exit_new && total->fetched == 0)
		status = NO_MAIL;
	report_total(total, p->ready.n + p->nleft, status);
	if (sig > 0) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
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
	struct account *a = prepare_of(&p->ready, job);

	secret_free(a->password);
	a->password = NULL;
}

static bool
is_logged(const struct program *p)
{
	return p->opt.log_file != NULL || p->opt.syslog == TRI_YES ||
	    p->conf->logfile != NULL || p->conf->syslog == TRI_YES;
}

static int
run(struct program *p)
{
	struct supervise_conf sc = {
		.begin = begin, .started = started, .arg = p,
	};
	struct courier_summary total;
	size_t i, n = p->conf->naccounts;
	bool watched;

	prepare_init(&p->ready, n);
	for (i = 0; i < n; i++)
		if (p->conf->accounts[i]->active)
			add_job(p, p->conf->accounts[i]);
	secret_close(p->conf);
	open_report(p);
	if (p->opt.raw && p->ready.n > 1) {
		log_error("--raw prints one message, and there are %zu "
		    "accounts; name one of them", p->ready.n);
		return ERR_USAGE;
	}
	sc.jobs = p->ready.jobs;
	sc.njobs = p->ready.n;
	/* Messages on standard output must not mix. */
	sc.parallel = p->opt.to_stdout ? 1 : p->conf->jobs;
	sc.per_host = p->conf->per_host;
	sc.progress = wants_progress(&p->opt);
	sc.anywhere = p->opt.progress == OPT_ALWAYS;
	watched = isatty(STDERR_FILENO) || p->opt.verbose > 0;
	sc.summaries = (watched || is_logged(p)) && !p->opt.quiet;
	sc.news_only = !watched;
	return finish(p, &total, supervise(&sc, &total));
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
	struct courier_summary none = { .status = 0 };
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
		if (f->excerpt != NULL && p->opt.log_file == NULL &&
		    p->opt.syslog != TRI_YES)
			fputs(f->excerpt, stderr);
	}
	report_total(&none, 0, (int)err->kind);
	conf_free(p->conf);
	return (int)err->kind;
}

static void
print_version(const struct opt *o)
{
	struct conf *c = conf_new();
	const char *where = rc_where(c, o->file);
	char parts[128];

	sandbox_parts(parts, sizeof(parts));
	printf("%s\nTLS: %s\nLogin: USER and PASS, inside TLS\n"
	    "Sandbox: %s\nRun-control file: %s\n", PACKAGE_STRING,
	    tls_version(), parts, where != NULL ? where : "none");
	conf_free(c);
}

/* Prints what needs no run-control file. */
static int
help(const struct opt *o)
{
	if (o->mode == OPT_HELP)
		opt_help(stdout);
	else if (o->mode == OPT_HELP_KEYWORDS) {
		show_keywords(stdout, o->json);
		opt_table(stdout, o->json);
	} else
		print_version(o);
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

/* Are there servers to probe, and no run-control file that could name them? */
static bool
only_hosts(struct program *p)
{
	size_t i, n = p->opt.naccounts;

	for (i = 0; i < n; i++)
		if (!url_is(p->opt.accounts[i]) &&
		    !url_is_host(p->opt.accounts[i]))
			return false;
	return n > 0 && rc_where(p->conf, p->opt.file) == NULL;
}

/* Reads the run-control file, unless all accounts are URLs. */
static int
load(struct program *p, struct err *err)
{
	const bool probe = p->opt.mode == OPT_PROBE;

	if (!url_alone(&p->opt) && !(probe && only_hosts(p)) &&
	    rc_load(p->conf, p->opt.file, err) == -1)
		return -1;
	if (probe && url_from_hosts(p->conf, &p->opt, err) == -1)
		return -1;
	url_add(p->conf, &p->opt);
	return 0;
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
	if (!import_is_state(f.kind) && p->opt.json) {
		import_close(&f);
		err_set(&err, ERR_USAGE, "'--json' does not go with '--import' "
		    "of a configuration: a run-control file is printed");
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
			    p->opt.naccounts > 0, p->opt.json);
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
	prepare_free(&p->ready);
	conf_free(p->conf);
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
	if (status != 0 && status != NO_MAIL)
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
	if (log_to(p.opt.log_file, p.opt.syslog == TRI_YES, &err) == -1)
		return fail(&p, &err);
	p.conf = conf_new();
	if (p.opt.mode == OPT_CHECK_CONFIG)
		return check_config(&p);
	if (p.opt.mode == OPT_IMPORT)
		return import(&p);
	if (p.opt.mode == OPT_CONFIGURE)
		return configure(&p);
	if (load(&p, &err) == -1) {
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
	if (log_to(p.conf->logfile, p.conf->syslog == TRI_YES, &err) == -1)
		return fail(&p, &err);
	return poll_all(&p);
}
