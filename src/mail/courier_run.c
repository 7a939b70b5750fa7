/*
 * The courier's sessions: the fetcher process, the conversation with it, and
 * whether another one follows.
 */
#include "mail/courier_p.h"

#include <sys/wait.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/hook.h"
#include "mail/journal.h"
#include "mail/rest.h"

/* Seconds that the fetcher gets beyond its own deadline to open the session;
 * the resolver of libc cannot be given one. */
#define OPENING_GRACE	15

/* Milliseconds that a server has to bring what is under way after the signal to
 * end. */
#define STOP_GRACE	10000

/* How long a server's broken PIPELINING is remembered (Q14). */
#define PIPELINING_DAYS	30

/* Milliseconds that the fetcher gets to end by itself. */
#define FETCHER_GRACE	1000

static void
end_plugin(struct courier *c)
{
	if (c->plugin != 0)
		hook_end(c->plugin);
	c->plugin = 0;
}

/*
 * The fetcher starts as a copy of this process; what it must not have is taken
 * from it first.
 */
static int
start_fetcher(struct courier *c, unsigned how, struct err *err)
{
	int fds[2], net = -1;

	if (ipc_pair(fds, err) == -1)
		return -1;
	if (c->conf->plugin != NULL &&
	    hook_start(c->conf->plugin, &c->plugin, &net, err) == -1) {
		c->plugin = 0;
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	switch (c->fetcher = fork()) {
	case -1:
		err_sys(err, ERR_TEMP, errno, "cannot fork");
		close(fds[0]);
		close(fds[1]);
		if (net != -1)
			close(net);
		end_plugin(c);
		c->fetcher = 0;
		return -1;
	case 0:
		explicit_bzero(*c->conf->password,
		    strlen(*c->conf->password));
		_exit(c->conf->fetch(c->conf->fetch_arg, fds[1], net, how));
	}
	close(fds[1]);
	if (net != -1)
		close(net);
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
	end_plugin(c);
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
	if (courier_stops > 0)
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

	if (!session_secured(s) || courier_stops > 0) {
		if ((left = deadline - clock_mono_ms()) <= 0)
			return too_late(c, err);
		if (ms == -1 || ms > left)
			ms = (int)left;
	}
	if (c->conf->progress != NULL && (ms == -1 || ms > COURIER_PROGRESS))
		ms = COURIER_PROGRESS;
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

/* Tells how far the session is, if that is wanted and time for it. */
static void
tell_progress(const struct courier *c, const struct session *s, int64_t *next)
{
	const int64_t now = clock_mono_ms();
	struct progress p;

	if (c->conf->progress == NULL || now < *next)
		return;
	*next = now + COURIER_PROGRESS;
	p = session_progress(s);
	if (p.total > 0)
		c->conf->progress(c->conf->progress_arg, &p);
}

/* The session until it is over, or lost: 0, or -1 with *err set. */
static int
converse(struct courier *c, struct session *s, struct ipc_msg *m,
    struct err *err)
{
	int64_t deadline = clock_mono_ms() +
	    (int64_t)(c->conf->timeout + OPENING_GRACE) * 1000;
	int64_t next = 0;
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
		tell_progress(c, s, &next);
		if (courier_stops > 1)
			return err_set(err, ERR_TEMP, "stopped");
		if (courier_stops == 1 && !stopping) {
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

/* What the end of a session says about the account (rest.h). */
static void
note_login(struct courier *c, const struct session *s)
{
	int64_t now = clock_wall_us() / 1000000;
	const struct journal_account *a = journal_account(c->journal);
	enum journal_why why = JOURNAL_REST_NONE;
	const bool doubt = (c->fault.flags & IPC_E_DOUBT) != 0;
	uint64_t delay = c->fault.delay;
	struct rest r;

	if ((c->fault.flags & IPC_E_REFUSED) != 0)
		why = JOURNAL_REST_REFUSED;
	else if ((c->fault.flags & IPC_E_BUSY) != 0)
		why = JOURNAL_REST_BUSY;
	else if ((c->fault.flags & IPC_E_DELAY) != 0)
		why = JOURNAL_REST_DELAY;
	else if (!doubt && !session_logged_in(s, &delay, &now))
		return;			/* nothing was learnt */
	else if (!doubt && delay > 0)
		why = JOURNAL_REST_DELAY;
	if (!doubt && why == JOURNAL_REST_NONE && a->why == JOURNAL_REST_NONE)
		return;
	r = doubt ? rest_after_silence(a, now) :
	    rest_after(a, why, delay, now);
	journal_rest(c->journal, r.why, r.until, r.rests);
}

/* How one session ended. */
enum ended {
	ENDED,			/* for better or worse */
	ENDED_MORE,		/* well, and another one has to follow */
	ENDED_LOST,		/* another one, with fault.flags in mind, may do */
};

static enum ended
run_session(struct courier *c, struct ipc_msg *m, unsigned how,
    struct err *err)
{
	const uint32_t limit = c->conf->fetchlimit;
	const uint32_t deleted = c->sum->deleted;
	enum ended ended = ENDED;
	struct session_conf sc = {
		.account = c->conf, .sum = c->sum, .sink = c->sink,
		.stage = c->stage, .journal = c->journal,
	};
	struct session *s;
	bool lost;

	c->fault.flags = 0;
	if (start_fetcher(c, how, err) == -1)
		return ENDED;
	sc.ipc = c->ipc;
	journal_session(c->journal);
	s = session_new(&sc);
	lost = converse(c, s, m, err) == -1;
	if (lost && err->kind == ERR_SOFTWARE)
		last_words(c, s, m, err);
	c->fault = session_fault(s);
	note_login(c, s);
	if (courier_stops > 0 || (limit > 0 && c->sum->fetched >= limit))
		ended = ENDED;
	else if (lost && c->fault.flags != 0)
		ended = ENDED_LOST;
	else if (!lost && session_more(s) && c->sum->deleted > deleted)
		ended = ENDED_MORE;
	/*
	 * What is whole is delivered even if the line was lost; not after a
	 * fault of this side, whose state the next run will sort out.
	 */
	end_fetcher(c);
	if (lost)
		explain_silence(c, err);
	if (lost && c->conf->plugin != NULL && (err->kind == ERR_TEMP ||
	    err->kind == ERR_PROTOCOL))
		err_wrap(err, "through plugin '%s'", c->conf->plugin[0]);
	session_end(s, lost && err->kind != ERR_IO &&
	    err->kind != ERR_CANTCREAT && err->kind != ERR_SOFTWARE &&
	    courier_stops < 2, err);
	return ended;
}

/* What another session should do without, or 0: it would meet the same. */
static unsigned
without(const struct courier *c, unsigned how)
{
	const unsigned less =
	    (c->fault.flags & IPC_E_CAPA) != 0 ? COURIER_NO_CAPA :
	    (c->fault.flags & IPC_E_PIPELINE) != 0 ? COURIER_NO_PIPELINING : 0;

	return less & ~how;
}

void
courier_sessions(struct courier *c, struct err *err)
{
	const int64_t now = clock_wall_us() / 1000000;
	struct ipc_msg *m = mem_alloc(sizeof(*m));
	unsigned how = 0, less = 0;
	enum ended e;

	if (journal_account(c->journal)->no_pipelining > now)
		how = COURIER_NO_PIPELINING;
	while ((e = run_session(c, m, how, err)) != ENDED) {
		if (e == ENDED_MORE) {
			log_debug("on in a new session");
			continue;
		}
		if ((less = without(c, how)) == 0)
			break;
		log_info("%s; trying once more without %s", err->msg,
		    less == COURIER_NO_CAPA ? "CAPA" : "PIPELINING");
		err_clear(err);
		how |= less;
	}
	free(m);
	if (less == COURIER_NO_PIPELINING && !err_isset(err)) {
		log_info("this server's PIPELINING does not work; one command "
		    "at a time for %d days", PIPELINING_DAYS);
		journal_no_pipelining(c->journal,
		    now + PIPELINING_DAYS * INT64_C(86400));
	}
}
