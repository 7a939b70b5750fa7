/*
 * One account, once: lock, journal, recovery, fetcher, session, end.
 */
#include "mail/courier_p.h"

#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/hook.h"
#include "mail/journal.h"
#include "mail/report.h"
#include "mail/rest.h"
#include "mail/stage.h"

#define ACCOUNT_NAME_MAX 160	/* octets of a maildrop's name as a file name */

volatile sig_atomic_t courier_stops;

static void
on_stop(int sig)
{
	(void)sig;
	courier_stops++;
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_stop };

	sigemptyset(&sa.sa_mask);
	sigaction(COURIER_STOP, &sa, NULL);
	/*
	 * A terminal or a service manager sends these to every process of the
	 * group; the supervisor has them too and passes them on once.
	 */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGPIPE, &sa, NULL);
	/* Let in while waiting only, so that none comes just before that. */
	sigaddset(&sa.sa_mask, COURIER_STOP);
	sigprocmask(SIG_SETMASK, &sa.sa_mask, NULL);
}

char *
courier_account(const char *key)
{
	uint8_t digest[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1], *name;
	struct digest *d;
	struct buf b;

	buf_init(&b, 3 * strlen(key) + 1);
	text_pct(&b, key, strlen(key), "@._+-:");
	if (buf_len(&b) > ACCOUNT_NAME_MAX) {
		d = digest_new();
		digest_add(d, key, strlen(key));
		digest_end(d, digest);
		digest_free(d);
		text_hex(hex, digest, DIGEST_LEN);
		if (asprintf(&name, "%.*s-%s", ACCOUNT_NAME_MAX - 40,
		    (const char *)buf_data(&b), hex) == -1)
			name = NULL;
	} else
		name = mem_strndup((const char *)buf_data(&b), buf_len(&b));
	buf_free(&b);
	return name;
}

bool
courier_looks(enum courier_task task)
{
	return task == COURIER_CHECK || task == COURIER_LIST ||
	    task == COURIER_DRY_RUN || task == COURIER_PROBE;
}

/* The journal alone, as it is: another process may be at work. */
static int
set_up_look(struct courier *c, const char *what, struct err *err)
{
	const struct courier_conf *conf = c->conf;
	char file[ACCOUNT_NAME_MAX + 16];

	/* The server is not asked for anything that the journal knows. */
	if (conf->task != COURIER_PROBE)
		c->dir = open(conf->state,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (conf->task != COURIER_PROBE && c->dir == -1 && errno != ENOENT)
		return err_sys(err, ERR_IO, errno, "cannot open %s",
		    conf->state);
	snprintf(file, sizeof(file), "%s.journal", c->account);
	c->journal = journal_open_look(c->dir, file, conf->key, what, err);
	return c->journal != NULL ? 0 : -1;
}

/* Another run that has the lock is waited for if that is wanted. */
static int
take_lock(struct courier *c, const char *file, struct err *err)
{
	static const struct timespec tick = { .tv_nsec = 200000000 };
	const struct courier_conf *conf = c->conf;
	const int64_t begin = clock_mono_ms();
	bool told = false;
	sigset_t none;

	sigemptyset(&none);
	for (;;) {
		c->lock = file_lock(c->dir, file, conf->state, err);
		if (c->lock != -1)
			return 0;
		if (err->sys != EWOULDBLOCK)
			return -1;
		if (courier_stops > 0 ||
		    (conf->wait != COURIER_WAIT_ANY && clock_mono_ms() -
		    begin >= (int64_t)conf->wait * 1000))
			return err_hint(err, conf->wait == 0 ?
			    "'--wait' waits for it" :
			    "'--wait' without seconds waits until it is done");
		if (!told)
			log_info("%s; waiting for it", err->msg);
		told = true;
		err_clear(err);
		ppoll(NULL, 0, &tick, &none);
	}
}

/* Lock, journal and sink, in this order; recovery before any network. */
static int
set_up_all(struct courier *c, const char *what, struct err *err)
{
	const struct courier_conf *conf = c->conf;
	char file[ACCOUNT_NAME_MAX + 16];

	c->sink_conf = conf->sink;
	c->sink_conf.account = c->account;
	c->sink_conf.spool = c->spool;
	c->sink_conf.stop = &courier_stops;
	if ((c->dir = file_makedirs(conf->state, err)) == -1) {
		return err_hint(err, "--state names another directory");
	}
	snprintf(file, sizeof(file), "%s.lock", c->account);
	if (take_lock(c, file, err) == -1)
		return -1;
	snprintf(file, sizeof(file), "%s.journal", c->account);
	/* Where nobody promises anything there is nothing to remember. */
	c->journal = conf->ops->level == SINK_NONE ?
	    journal_open_look(c->dir, file, conf->key, what, err) :
	    journal_open(c->dir, file, conf->key, what, err);
	if (c->journal == NULL)
		return -1;
	c->sum->first = journal_fresh(c->journal);
	if (conf->ops->open(&c->sink, &c->sink_conf, &c->stage, err) == -1 ||
	    conf->ops->recover(c->sink, c->journal, err) == -1)
		return -1;
	return 0;
}

static int
set_up(struct courier *c, struct err *err)
{
	const struct courier_conf *conf = c->conf;
	char *what = NULL;
	int ret;

	if ((c->account = courier_account(conf->key)) == NULL ||
	    asprintf(&c->spool, "%s/spool", conf->state) == -1 ||
	    asprintf(&what, "%s/%s.journal", conf->state, c->account) == -1)
		return err_sys(err, ERR_TEMP, errno, "cannot start");
	ret = courier_looks(conf->task) ? set_up_look(c, what, err) :
	    set_up_all(c, what, err);
	free(what);
	return ret;
}

/*
 * True if the account is left alone now, with what its status is then: told when
 * it began, and not again in every run of a timer.
 */
static bool
is_resting(struct courier *c, struct err *err)
{
	const struct journal_account *a = journal_account(c->journal);
	const int64_t left = rest_left(a, c->conf->changed,
	    clock_wall_us() / 1000000);
	static const struct timespec second = { .tv_sec = 1 };
	int64_t i;
	sigset_t all;

	if (left == 0 || c->conf->attended)
		return false;
	sigemptyset(&all);
	for (i = 0; left <= REST_WAIT_MOST && i < left && courier_stops == 0; i++)
		ppoll(NULL, 0, &second, &all);
	if (i == left)
		return false;
	c->quietly = true;
	switch (a->why) {
	case JOURNAL_REST_REFUSED:
		err_set(err, ERR_AUTH, "the login was refused; it is tried "
		    "again in %lld minutes", (long long)(left + 59) / 60);
		err_hint(err, "correct the password, or try now with "
		    "'--force'");
		break;
	case JOURNAL_REST_BUSY:
		err_set(err, ERR_TEMP, "another session had the maildrop; it "
		    "is tried again in %lld minutes",
		    (long long)(left + 59) / 60);
		break;
	default:
		log_info("the server asks for time between logins; %lld seconds "
		    "are left", (long long)left);
	}
	return true;
}

/* Before anything else is done for the account. */
static int
check_root(const struct courier_conf *conf, struct err *err)
{
	if (geteuid() != 0 || conf->root_commands || (conf->on_new == NULL &&
	    conf->preconnect == NULL && conf->postconnect == NULL &&
	    conf->plugin == NULL))
		return 0;
	err_set(err, ERR_CONFIG, "'preconnect', 'postconnect', 'on-new' and "
	    "'plugin' are not run as root");
	return err_hint(err, "add 'set runas USER', or 'set runas root'");
}

/* One of the account's commands, if it has it. */
static int
run_hook(const struct courier *c, const char *what, const char *command,
    int bears, struct err *err)
{
	const struct sink_conf *sink = &c->conf->sink;
	char fetched[16];
	const char *const env[] = {
		"POPFETCH_ACCOUNT", sink->label, "POPFETCH_HOST", sink->host,
		"POPFETCH_USER", sink->user, "POPFETCH_NEW", fetched, NULL,
	};
	const struct hook h = {
		.what = what, .command = command, .env = env,
		.seconds = c->conf->timeout, .stops = &courier_stops,
		.bears = bears,
	};

	if (command == NULL)
		return 0;
	snprintf(fetched, sizeof(fetched), "%u", c->sum->fetched);
	return hook_run(&h, err);
}

/* The same of one that comes too late to change what the run came to. */
static void
run_late_hook(const struct courier *c, const char *what, const char *command)
{
	struct err why = { .kind = ERR_NONE };

	/* The first signal lets a run finish what it is at. */
	if (run_hook(c, what, command, 1, &why) == -1)
		log_warn("%s", why.msg);
}

static void
poll_server(struct courier *c, struct err *err)
{
	const struct courier_conf *conf = c->conf;

	if (conf->unlock(conf->unlock_arg, &courier_stops, err) == -1)
		return;
	courier_sessions(c, err);
	if (conf->task == COURIER_FETCH && !err_isset(err) &&
	    c->sum->skipped + c->sum->failed + c->sum->set_aside == 0)
		journal_looking(c->journal, false);
	explicit_bzero(*conf->password, strlen(*conf->password));
	if (c->sum->fetched + c->sum->deleted > 0)
		(void)journal_sync(c->journal, err);
	else
		(void)journal_write(c->journal, err);
	if (!err_isset(err))
		(void)journal_compact(c->journal, false, err);
}

static void
poll_account(struct courier *c, struct err *err)
{
	const struct courier_conf *conf = c->conf;

	if (conf->task == COURIER_FETCH && is_resting(c, err))
		return;
	if (check_root(conf, err) == -1)
		return;
	if (run_hook(c, "preconnect", conf->preconnect, 0, err) == -1) {
		err_hint(err, "the account was not polled");
		return;
	}
	poll_server(c, err);
	run_late_hook(c, "postconnect", conf->postconnect);
	if (c->sum->fetched > 0 && conf->ops->level != SINK_NONE)
		run_late_hook(c, "on-new", conf->on_new);
}

/*
 * A full or failing disk is an I/O error wherever it was met, and the user can
 * rely on what is said here.  What the system is short of may be there later.
 */
static void
explain_system(struct err *err)
{
	switch (err->sys) {
	case ENOSPC:
	case EDQUOT:
	case EROFS:
	case EIO:
		err->kind = ERR_IO;
		err_hint(err, "nothing is lost: mail that was not delivered is "
		    "still on the server; make room and run again");
		break;
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		if (err->kind == ERR_SOFTWARE)
			err->kind = ERR_TEMP;
	}
}

void
courier_main(const struct courier_conf *conf, struct courier_summary *sum)
{
	struct courier c = { .conf = conf, .sum = sum, .dir = -1, .lock = -1 };
	struct err err = { .kind = ERR_NONE };

	log_account(conf->sink.label);
	catch_signals();
	if (set_up(&c, &err) == 0) {
		if (sum->first && conf->keep_unsaid &&
		    conf->ops->level != SINK_NONE && isatty(STDERR_FILENO))
			log_warn("mail stays on the server, since neither "
			    "'keep' nor 'nokeep' is said");
		poll_account(&c, &err);
	}
	explain_system(&err);
	/* Whoever closed standard output has seen enough. */
	if (report_close(&err) == -1 && err.sys == EPIPE)
		c.quietly = true;
	sum->status = (int32_t)err.kind;
	sum->stopped = courier_stops > 0;
	/* If the account is locked, the other run does the work. */
	if (c.quietly || (err.kind == ERR_TEMP && err.sys == EWOULDBLOCK &&
	    c.lock == -1 && !isatty(STDERR_FILENO))) {
		if (err_isset(&err))
			log_info("%s", err.msg);
	} else
		log_err(&err);
	report_error(conf->sink.label, &err);
	journal_close(c.journal);
	conf->ops->close(c.sink);
	stage_free(c.stage);
	if (c.lock != -1)
		close(c.lock);
	if (c.dir != -1)
		close(c.dir);
	free(c.account);
	free(c.spool);
}
