/*
 * One account, once: lock, journal, recovery, fetcher, session, end.
 */
#include "mail/courier.h"

#include <sys/types.h>
#include <sys/wait.h>
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
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/journal.h"
#include "mail/session.h"
#include "mail/stage.h"

#define ACCOUNT_NAME_MAX 160	/* octets of a maildrop's name as a file name */

/* Seconds that the fetcher gets beyond its own deadline to open the session;
 * the resolver of libc cannot be given one. */
#define OPENING_GRACE	15

/* Milliseconds that a server has to bring what is under way after the signal to
 * end. */
#define STOP_GRACE	10000

/* Milliseconds that the fetcher gets to end by itself. */
#define FETCHER_GRACE	1000

/* Times the supervisor said to end; 1: finish, 2: now. */
static volatile sig_atomic_t stop_signals;

struct courier {
	const struct courier_conf *conf;
	struct courier_summary *sum;
	struct sink_conf sink_conf;
	char		*account;	/* the maildrop's name as a file name */
	char		*spool;
	int		 dir;		/* of the state */
	int		 lock;
	struct journal	*journal;
	struct sink	*sink;
	struct stage	*stage;
	struct ipc	*ipc;
	pid_t		 fetcher;
	int		 fetcher_status;	/* as waitpid has it */
};

static void
on_stop(int sig)
{
	(void)sig;
	stop_signals++;
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
	sigaction(SIGPIPE, &sa, NULL);
	/* Let in while waiting only, so that none comes just before that. */
	sigaddset(&sa.sa_mask, COURIER_STOP);
	sigprocmask(SIG_SETMASK, &sa.sa_mask, NULL);
}

/*
 * The maildrop's name as a file name; one that is too long is cut and told
 * apart by a digest.
 */
static char *
account_name(const char *key)
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

/* Lock, journal and sink, in this order; recovery before any network. */
static int
set_up(struct courier *c, struct err *err)
{
	const struct courier_conf *conf = c->conf;
	char file[ACCOUNT_NAME_MAX + 16], *what = NULL;
	int ret = -1;

	if ((c->account = account_name(conf->key)) == NULL ||
	    asprintf(&c->spool, "%s/spool", conf->state) == -1 ||
	    asprintf(&what, "%s/%s.journal", conf->state, c->account) == -1)
		return err_sys(err, ERR_TEMP, errno, "cannot start");
	c->sink_conf = conf->sink;
	c->sink_conf.account = c->account;
	c->sink_conf.spool = c->spool;
	c->sink_conf.stop = &stop_signals;
	if ((c->dir = file_makedirs(conf->state, err)) == -1) {
		err_hint(err, "--state names another directory");
		goto out;
	}
	snprintf(file, sizeof(file), "%s.lock", c->account);
	if ((c->lock = file_lock(c->dir, file, conf->state, err)) == -1)
		goto out;
	snprintf(file, sizeof(file), "%s.journal", c->account);
	c->journal = journal_open(c->dir, file, conf->key, what, err);
	if (c->journal == NULL)
		goto out;
	c->sum->first = journal_fresh(c->journal);
	if (conf->ops->open(&c->sink, &c->sink_conf, &c->stage, err) == -1 ||
	    conf->ops->recover(c->sink, c->journal, err) == -1)
		goto out;
	ret = 0;
out:
	free(what);
	return ret;
}

/*
 * The fetcher starts as a copy of this process; what it must not have is taken
 * from it first.
 */
static int
start_fetcher(struct courier *c, bool again, struct err *err)
{
	int fds[2];

	if (ipc_pair(fds, err) == -1)
		return -1;
	switch (c->fetcher = fork()) {
	case -1:
		close(fds[0]);
		close(fds[1]);
		c->fetcher = 0;
		return err_sys(err, ERR_TEMP, errno, "cannot fork");
	case 0:
		explicit_bzero(c->conf->password, strlen(c->conf->password));
		_exit(c->conf->fetch(c->conf->fetch_arg, fds[1], again));
	}
	close(fds[1]);
	c->ipc = ipc_new(fds[0]);
	return 0;
}

/* Waits for the fetcher, which ends by itself once its courier is gone. */
static void
end_fetcher(struct courier *c)
{
	int *status = &c->fetcher_status, i;
	pid_t pid = 0;

	*status = 0;
	if (c->fetcher == 0)
		return;
	ipc_free(c->ipc);
	c->ipc = NULL;
	for (i = 0; i < FETCHER_GRACE && pid == 0; i++) {
		pid = waitpid(c->fetcher, status, WNOHANG);
		if (pid == 0)
			poll(NULL, 0, 1);
	}
	if (pid == 0) {
		kill(c->fetcher, SIGKILL);
		while (waitpid(c->fetcher, status, 0) == -1 && errno == EINTR)
			;
		*status = 0;
	}
	c->fetcher = 0;
}

/* Takes all frames that are there.  -1 with *err set, or empty: it is gone. */
static int
take_frames(struct courier *c, struct session *s, struct ipc_msg *m,
    struct err *err)
{
	int fd, got;

	while ((got = ipc_recv(c->ipc, m, &fd, err)) == 1)
		if (session_frame(s, m, err) == -1)
			return -1;
		else if (session_over(s))
			return 0;
	return got;
}

/* The deadline is over: that of the opening, or that after a signal. */
static int
too_late(const struct courier *c, struct err *err)
{
	if (stop_signals > 0)
		return err_set(err, ERR_TEMP, "stopped");
	err_set(err, ERR_TEMP, "%s: no connection within %d seconds",
	    c->conf->sink.host, c->conf->timeout);
	return err_hint(err, "check the name and the resolver, or try again "
	    "later");
}

static int
wait_for_frames(struct courier *c, struct session *s, int64_t deadline,
    struct err *err)
{
	struct pollfd p = { .fd = ipc_fd(c->ipc), .events = POLLIN };
	struct timespec ts;
	sigset_t all;
	int64_t left;
	int ms = session_wait(s);

	if (!session_secured(s) || stop_signals > 0) {
		if ((left = deadline - clock_mono_ms()) <= 0)
			return too_late(c, err);
		if (ms == -1 || ms > left)
			ms = (int)left;
	}
	if (ipc_queued(c->ipc) > 0)
		p.events |= POLLOUT;
	ts.tv_sec = ms / 1000;
	ts.tv_nsec = (long)(ms % 1000) * 1000000;
	sigemptyset(&all);
	if (ppoll(&p, 1, ms == -1 ? NULL : &ts, &all) == -1 &&
	    errno != EINTR)
		return err_sys(err, ERR_SOFTWARE, errno,
		    "cannot wait for the fetcher process");
	if ((p.revents & POLLOUT) != 0)
		return ipc_flush(c->ipc, err);
	return 0;
}

/*
 * A frame could not be sent: the fetcher is gone, and what it said last tells
 * why.  What it had brought by then is whole.
 */
static void
last_words(struct courier *c, struct session *s, struct ipc_msg *m,
    struct err *err)
{
	struct err ignored = { .kind = ERR_NONE };
	int fd;

	while (ipc_recv(c->ipc, m, &fd, &ignored) == 1) {
		if (m->type == IPC_DONE)
			(void)session_frame(s, m, &ignored);
		if (m->type != IPC_ERROR)
			continue;
		err_clear(err);
		(void)session_frame(s, m, err);
		return;
	}
}

/* A fetcher that ended without last words: how it ended tells something. */
static void
explain_silence(const struct courier *c, struct err *err)
{
	const int status = c->fetcher_status;

	if (err->kind != ERR_SOFTWARE || err->sys != 0)
		return;
	if (WIFSIGNALED(status)) {
		err_clear(err);
		err_set(err, ERR_SOFTWARE, "the fetcher process was ended by "
		    "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) == ERR_TEMP) {
		err_clear(err);
		err_set(err, ERR_TEMP, "the fetcher process ran out of memory");
	}
}

/* The session until it is over, or lost: 0, or -1 with *err set. */
static int
converse(struct courier *c, struct session *s, struct ipc_msg *m,
    struct err *err)
{
	int64_t deadline = clock_mono_ms() +
	    (int64_t)(c->conf->timeout + OPENING_GRACE) * 1000;
	bool stopping = false;

	while (!session_over(s)) {
		if (wait_for_frames(c, s, deadline, err) == -1)
			return -1;
		if (take_frames(c, s, m, err) == -1) {
			if (err_isset(err))
				return -1;
			return err_set(err, ERR_SOFTWARE,
			    "the fetcher process ended without a word");
		}
		if (stop_signals > 1)
			return err_set(err, ERR_TEMP, "stopped");
		if (stop_signals == 1 && !stopping) {
			stopping = true;
			deadline = clock_mono_ms() + STOP_GRACE;
			if (session_stop(s, err) == -1)
				return -1;
		}
		if (!session_over(s) && session_tick(s, err) == -1)
			return -1;
	}
	return 0;
}

/* One session; true if it should be tried again without asking CAPA (R30). */
static bool
run_session(struct courier *c, struct ipc_msg *m, bool again, struct err *err)
{
	struct session_conf sc = {
		.account = c->conf, .sum = c->sum, .sink = c->sink,
		.stage = c->stage, .journal = c->journal,
	};
	struct session *s;
	bool lost, retry;

	if (start_fetcher(c, again, err) == -1)
		return false;
	sc.ipc = c->ipc;
	s = session_new(&sc);
	lost = converse(c, s, m, err) == -1;
	if (lost && err->kind == ERR_SOFTWARE)
		last_words(c, s, m, err);
	retry = lost && !again && !session_secured(s) &&
	    err->sys == ECONNABORTED;
	/*
	 * What is whole is delivered even if the line was lost; not after a
	 * fault of this side, whose state the next run will sort out.
	 */
	end_fetcher(c);
	if (lost)
		explain_silence(c, err);
	session_end(s, lost && err->kind != ERR_IO &&
	    err->kind != ERR_CANTCREAT && err->kind != ERR_SOFTWARE &&
	    stop_signals < 2, err);
	return retry;
}

static void
poll_account(struct courier *c, struct err *err)
{
	struct ipc_msg *m = mem_alloc(sizeof(*m));

	if (run_session(c, m, false, err)) {
		log_info("%s; trying once more without CAPA", err->msg);
		err_clear(err);
		(void)run_session(c, m, true, err);
	}
	free(m);
	if (c->sum->fetched + c->sum->deleted > 0)
		(void)journal_sync(c->journal, err);
	else
		(void)journal_write(c->journal, err);
	if (!err_isset(err))
		(void)journal_compact(c->journal, false, err);
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
		if (sum->first && conf->keep_unsaid && isatty(STDERR_FILENO))
			log_warn("mail stays on the server, since neither "
			    "'keep' nor 'nokeep' is said");
		poll_account(&c, &err);
	}
	explain_system(&err);
	sum->status = (int32_t)err.kind;
	if (err.kind == ERR_TEMP && err.sys == EWOULDBLOCK &&
	    !isatty(STDERR_FILENO))
		log_info("%s", err.msg);	/* the other run does the work */
	else
		log_err(&err);
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
