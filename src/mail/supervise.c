/*
 * Couriers, started in order as far as the limits let them, and their ends.
 */
#include "mail/supervise.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/set.h"
#include "mail/courier.h"
#include "mail/progress.h"
#include "mail/report.h"

/* Milliseconds before a progress line is worth the unrest. */
#define PROGRESS_AFTER	700
#define PROGRESS_MAX	200	/* its octets */

enum job_state {
	JOB_WAITING,
	JOB_RUNNING,
	JOB_ENDED,
};

/* What a courier writes into the pipe: at most PIPE_BUF octets, which come whole
 * or not at all (pipe(7)). */
struct word {
	uint32_t	index;		/* of the job */
	bool		over;		/* sum, else progress */
	struct progress	progress;
	struct courier_summary sum;
};

_Static_assert(sizeof(struct word) <= _POSIX_PIPE_BUF,
    "a word comes in one piece");

/* What courier_process hands to the courier. */
struct speaker {
	int		out;
	uint32_t	index;
};

struct job {
	enum job_state	 state;
	pid_t		 pid;
	uint32_t	 host;		/* number of its host, of its maildrop */
	uint32_t	 key;
	bool		 has_summary;
	struct progress	 progress;
	struct courier_summary sum;
};

struct supervisor {
	const struct supervise_conf *conf;
	struct job	*jobs;
	unsigned	*on_host;	/* running, by number of host */
	bool		*on_key;	/* running, by number of maildrop */
	size_t		 running;
	size_t		 first;		/* no job before it is waiting */
	int		 in, out;	/* the pipe of the couriers' words */
	int64_t		 began;		/* monotonic milliseconds */
	int64_t		 working;	/* the same: when progress was first told */
	int64_t		 drawn;		/* the last progress line, 0: none */
	int		 status;
	struct courier_summary *total;
	sigset_t	 unblocked;
};

static volatile sig_atomic_t last_signal;
static volatile sig_atomic_t nsignals;

static void
on_signal(int sig)
{
	if (sig == SIGCHLD)
		return;
	last_signal = sig;
	nsignals++;
}

/* All of them are blocked but while waiting, so that none is missed. */
static int
catch_signals(struct supervisor *s)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction hup;
	sigset_t set;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, COURIER_STOP);	/* for a courier that is not ready */
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, &s->unblocked) == -1 ||
	    sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1 ||
	    sigaction(SIGHUP, NULL, &hup) == -1 ||
	    /* nohup(1) */
	    (hup.sa_handler != SIG_IGN && sigaction(SIGHUP, &sa, NULL) == -1)) {
		log_error("cannot catch signals: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static ssize_t
speak(int fd, const struct word *w)
{
	ssize_t n;

	do
		n = write(fd, w, sizeof(*w));
	while (n == -1 && errno == EINTR);
	return n;
}

/* In a courier.  It does not wait for a supervisor that waits for a terminal. */
static void
speak_progress(void *arg, const struct progress *p)
{
	const struct speaker *to = arg;
	const struct word w = { .index = to->index, .progress = *p };
	struct pollfd ready = { .fd = to->out, .events = POLLOUT };

	if (poll(&ready, 1, 0) == 1)
		(void)speak(to->out, &w);
}

static void
courier_process(struct supervisor *s, size_t i)
{
	const struct supervise_conf *conf = s->conf;
	struct courier_conf job = conf->jobs[i];
	struct word w = { .index = (uint32_t)i, .over = true };
	struct speaker to = { .out = s->out, .index = (uint32_t)i };

	signal(SIGCHLD, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close(s->in);
	if (conf->progress) {
		job.progress = speak_progress;
		job.progress_arg = &to;
	}
	if (conf->begin != NULL)
		w.sum.status = conf->begin(conf->arg, i);
	if (w.sum.status == 0)
		courier_main(&job, &w.sum);
	if (speak(s->out, &w) != (ssize_t)sizeof(w)) {
		log_error("cannot tell how it went: %s", strerror(errno));
		_exit(w.sum.status != 0 ? w.sum.status : ERR_TEMP);
	}
	_exit(w.sum.status);
}

static void
start(struct supervisor *s, size_t i)
{
	struct job *j = &s->jobs[i];

	switch (j->pid = fork()) {
	case -1:
		log_account(s->conf->jobs[i].sink.label);
		log_error("cannot fork: %s; try again later", strerror(errno));
		log_account(NULL);
		s->status = err_worse(s->status, ERR_TEMP);
		j->state = JOB_ENDED;
		return;
	case 0:
		courier_process(s, i);
	}
	if (s->conf->started != NULL)
		s->conf->started(s->conf->arg, i);
	j->state = JOB_RUNNING;
	s->running++;
	s->on_host[j->host]++;
	s->on_key[j->key] = true;
}

static void
start_some(struct supervisor *s)
{
	const struct job *j;
	size_t i;

	while (s->first < s->conf->njobs &&
	    s->jobs[s->first].state != JOB_WAITING)
		s->first++;
	for (i = s->first; i < s->conf->njobs; i++) {
		if (s->running >= s->conf->parallel || nsignals > 0)
			return;
		j = &s->jobs[i];
		if (j->state == JOB_WAITING && !s->on_key[j->key] &&
		    s->on_host[j->host] < s->conf->per_host)
			start(s, i);
	}
}

static void
read_words(struct supervisor *s)
{
	struct word w;
	struct job *j;
	ssize_t n;

	for (;;) {
		n = read(s->in, &w, sizeof(w));
		if (n == -1 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(w))
			return;
		if (w.index >= s->conf->njobs)
			continue;
		j = &s->jobs[w.index];
		if (w.over) {
			j->sum = w.sum;
			j->has_summary = true;
		} else {
			j->progress = w.progress;
			if (s->working == 0)
				s->working = clock_mono_ms();
		}
	}
}

/* --- the line that moves */

/* Writes to the terminal; nothing is lost if that fails. */
static void
draw(const char *text)
{
	char line[PROGRESS_MAX + 8];

	snprintf(line, sizeof(line), "\r\033[K%s", text);
	while (write(STDERR_FILENO, line, strlen(line)) == -1 &&
	    errno == EINTR)
		continue;
}

/* The place for it, or 0: it must not be drawn now. */
static size_t
columns(const struct supervisor *s)
{
	struct winsize size;

	if (!s->conf->anywhere && getpgrp() != tcgetpgrp(STDERR_FILENO))
		return 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col < 2)
		return 80;
	return size.ws_col < PROGRESS_MAX ? size.ws_col : PROGRESS_MAX;
}

static void
draw_progress(struct supervisor *s)
{
	const int64_t now = clock_mono_ms();
	char text[PROGRESS_MAX], who[64];
	struct progress sum = { .total = 0 };
	size_t i, ended = 0, size;

	if (!s->conf->progress || s->working == 0 ||
	    now < s->began + PROGRESS_AFTER ||
	    now < s->drawn + COURIER_PROGRESS || (size = columns(s)) == 0)
		return;
	for (i = 0; i < s->conf->njobs; i++) {
		progress_add(&sum, &s->jobs[i].progress);
		ended += s->jobs[i].state == JOB_ENDED;
	}
	snprintf(who, sizeof(who), "%zu of %zu accounts", ended,
	    s->conf->njobs);
	progress_text(text, size, s->conf->njobs == 1 ?
	    s->conf->jobs[0].sink.label : who, &sum, now - s->working);
	draw(text);
	s->drawn = now;
}

static void
clear_progress(struct supervisor *s)
{
	if (s->drawn != 0)
		draw("");
	s->drawn = 0;
}

/* --- the ends */

/* "3 new, 1.2 MiB (27 kept)": what a person wants to know of a good run. */
static void
print_summary(const struct courier_summary *sum)
{
	char more[160] = "", size[PROGRESS_SIZE];
	size_t n = 0;

	progress_size(size, sum->octets);
	if (sum->deleted > 0)
		n += (size_t)snprintf(more + n, sizeof(more) - n,
		    ", %u deleted", sum->deleted);
	if (sum->failed > 0)
		n += (size_t)snprintf(more + n, sizeof(more) - n,
		    ", %u failed", sum->failed);
	if (sum->skipped > 0)
		n += (size_t)snprintf(more + n, sizeof(more) - n,
		    ", %u left for later or too large", sum->skipped);
	if (sum->kept > 0)
		snprintf(more + n, sizeof(more) - n, " (%u kept)", sum->kept);
	if (sum->marked > 0)
		log_note("%u marked as seen%s", sum->marked, more);
	else
		log_note("%u new%s%s%s", sum->fetched, sum->fetched > 0 ? ", " : "",
	    sum->fetched > 0 ? size : "", more);
}

static void
add_up(struct courier_summary *total, const struct courier_summary *sum)
{
	total->listed += sum->listed;
	total->waiting += sum->waiting;
	total->waiting_octets += sum->waiting_octets;
	total->marked += sum->marked;
	total->fetched += sum->fetched;
	total->octets += sum->octets;
	total->deleted += sum->deleted;
	total->kept += sum->kept;
	total->skipped += sum->skipped;
	total->failed += sum->failed;
	total->set_aside += sum->set_aside;
}

/* How a process ended that said nothing. */
static void
tell_death(const struct supervisor *s, size_t i, int status)
{
	struct err err = { .kind = ERR_NONE };

	if (WIFSIGNALED(status)) {
		err_set(&err, ERR_SOFTWARE, "its process was ended by signal "
		    "%d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
		err_hint(&err, "the next run goes on where it was");
	} else
		err_set(&err, ERR_SOFTWARE, "its process ended without a word");
	log_err(&err);
	report_error(s->conf->jobs[i].sink.label, &err);
}

static void
finish(struct supervisor *s, size_t i, int status)
{
	struct job *j = &s->jobs[i];

	j->state = JOB_ENDED;
	s->running--;
	s->on_host[j->host]--;
	s->on_key[j->key] = false;
	log_account(s->conf->jobs[i].sink.label);
	if (!j->has_summary && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		/* It had no memory, say, and has told so. */
		j->sum.status = WEXITSTATUS(status);
	else if (!j->has_summary) {
		j->sum.status = ERR_SOFTWARE;
		tell_death(s, i, status);
	} else if (s->conf->summaries &&
	    !courier_looks(s->conf->jobs[i].task) &&
	    (j->sum.status == 0 || j->sum.fetched > 0) &&
	    (!s->conf->news_only || j->sum.fetched + j->sum.deleted > 0))
		print_summary(&j->sum);
	log_account(NULL);
	report_account(s->conf->jobs[i].sink.label, &j->sum);
	add_up(s->total, &j->sum);
	s->status = err_worse(s->status, (int)j->sum.status);
}

/* Nobody will tell how the couriers end; to wait would be to wait for ever. */
static void
give_up(struct supervisor *s, int sys)
{
	struct job *j;
	size_t i;

	for (i = 0; i < s->conf->njobs; i++) {
		j = &s->jobs[i];
		if (j->state != JOB_RUNNING)
			continue;
		log_account(s->conf->jobs[i].sink.label);
		log_error("cannot wait for its process: %s", strerror(sys));
		j->sum = (struct courier_summary){ .status = ERR_SOFTWARE };
		j->has_summary = true;
		finish(s, i, 0);
	}
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;
	size_t i;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == -1 && errno == EINTR)
			continue;
		if (pid == -1 && s->running > 0)
			give_up(s, errno);
		if (pid <= 0)
			return;
		/* It wrote before it ended. */
		read_words(s);
		for (i = 0; i < s->conf->njobs; i++)
			if (s->jobs[i].state == JOB_RUNNING &&
			    s->jobs[i].pid == pid)
				break;
		if (i < s->conf->njobs)
			finish(s, i, status);
	}
}

/* Passes a signal on: the couriers count them as this process does. */
static void
tell_all(const struct supervisor *s, int sig)
{
	size_t i;

	for (i = 0; i < s->conf->njobs; i++)
		if (s->jobs[i].state == JOB_RUNNING)
			kill(s->jobs[i].pid, sig);
}

static void
run_all(struct supervisor *s)
{
	static const struct timespec tick = {
		.tv_nsec = COURIER_PROGRESS * 1000000L
	};
	struct pollfd p = { .fd = s->in, .events = POLLIN };
	int told = 0;

	for (;;) {
		start_some(s);
		if (s->running == 0)
			return;
		if (ppoll(&p, 1, s->conf->progress ? &tick : NULL,
		    &s->unblocked) > 0)
			read_words(s);
		draw_progress(s);
		for (; told < nsignals; told++)
			tell_all(s, COURIER_STOP);
		reap(s);
	}
}

/* Numbers the hosts and the maildrops, to compare them quickly. */
static void
number_jobs(struct supervisor *s)
{
	struct set *hosts = set_new(), *keys = set_new();
	const struct courier_conf *c;
	size_t i, n = s->conf->njobs;

	s->jobs = mem_array(n + 1, sizeof(*s->jobs));
	for (i = 0; i < n; i++) {
		c = &s->conf->jobs[i];
		s->jobs[i].host = set_add(hosts, c->sink.host,
		    strlen(c->sink.host));
		s->jobs[i].key = set_add(keys, c->key, strlen(c->key));
	}
	s->on_host = mem_array(set_count(hosts) + 1, sizeof(*s->on_host));
	s->on_key = mem_array(set_count(keys) + 1, sizeof(*s->on_key));
	set_free(hosts);
	set_free(keys);
}

int
supervise(const struct supervise_conf *conf, struct courier_summary *total)
{
	struct supervisor s = { .conf = conf, .total = total };
	int fds[2];

	memset(total, 0, sizeof(*total));
	if (pipe2(fds, O_CLOEXEC) == -1 ||
	    fcntl(fds[0], F_SETFL, O_NONBLOCK) == -1) {
		log_error("cannot make a pipe: %s", strerror(errno));
		return ERR_TEMP;
	}
	s.in = fds[0];
	s.out = fds[1];
	if (catch_signals(&s) == -1)
		return ERR_SOFTWARE;
	number_jobs(&s);
	s.began = clock_mono_ms();
	run_all(&s);
	clear_progress(&s);
	close(s.in);
	close(s.out);
	free(s.jobs);
	free(s.on_host);
	free(s.on_key);
	sigprocmask(SIG_SETMASK, &s.unblocked, NULL);
	return nsignals > 0 ? SUPERVISE_SIGNAL + last_signal : s.status;
}
