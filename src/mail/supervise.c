/*
 * Couriers, started in order as far as the limits let them, and their ends.
 */
#include "mail/supervise.h"

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

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/set.h"
#include "mail/courier.h"

enum job_state {
	JOB_WAITING,
	JOB_RUNNING,
	JOB_ENDED,
};

struct job {
	enum job_state	 state;
	pid_t		 pid;
	uint32_t	 host;		/* number of its host, of its maildrop */
	uint32_t	 key;
	bool		 has_summary;
	struct courier_summary sum;
};

struct supervisor {
	const struct supervise_conf *conf;
	struct job	*jobs;
	unsigned	*on_host;	/* running, by number of host */
	bool		*on_key;	/* running, by number of maildrop */
	size_t		 running;
	size_t		 first;		/* no job before it is waiting */
	int		 in, out;	/* the pipe of the summaries */
	int		 status;
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
	sigset_t set;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, COURIER_STOP);	/* for a courier that is not ready */
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, &s->unblocked) == -1 ||
	    sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1) {
		log_error("cannot catch signals: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static void
courier_process(struct supervisor *s, size_t i)
{
	const struct supervise_conf *conf = s->conf;
	struct courier_summary sum = { .index = (uint32_t)i };
	ssize_t n;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	close(s->in);
	if (conf->begin != NULL)
		sum.status = conf->begin(conf->arg, i);
	if (sum.status == 0)
		courier_main(&conf->jobs[i], &sum);
	/* At most PIPE_BUF octets: whole or not at all (pipe(7)). */
	do
		n = write(s->out, &sum, sizeof(sum));
	while (n == -1 && errno == EINTR);
	if (n != (ssize_t)sizeof(sum)) {
		log_error("cannot tell how it went: %s", strerror(errno));
		_exit(sum.status != 0 ? sum.status : ERR_TEMP);
	}
	_exit(sum.status);
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
read_summaries(struct supervisor *s)
{
	struct courier_summary sum;
	struct job *j;
	ssize_t n;

	for (;;) {
		n = read(s->in, &sum, sizeof(sum));
		if (n == -1 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(sum))
			return;
		if (sum.index >= s->conf->njobs)
			continue;
		j = &s->jobs[sum.index];
		j->sum = sum;
		j->has_summary = true;
	}
}

/* "3 new, 1.2 MiB (27 kept)": what a person wants to know of a good run. */
static void
print_summary(const struct courier_summary *sum)
{
	char more[160] = "", size[9];
	size_t n = 0;

	humanize_number(size, sizeof(size), (int64_t)sum->octets, "B",
	    HN_AUTOSCALE, HN_DECIMAL | HN_IEC_PREFIXES);
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
	log_warn("%u new%s%s%s", sum->fetched, sum->fetched > 0 ? ", " : "",
	    sum->fetched > 0 ? size : "", more);
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
		if (WIFSIGNALED(status))
			log_error("its process was ended by signal %d (%s); the "
			    "next run goes on where it was",
			    WTERMSIG(status), strsignal(WTERMSIG(status)));
		else
			log_error("its process ended without a word");
	} else if (s->conf->summaries && (j->sum.status == 0 ||
	    j->sum.fetched > 0))
		print_summary(&j->sum);
	log_account(NULL);
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
		read_summaries(s);
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
	struct pollfd p = { .fd = s->in, .events = POLLIN };
	int told = 0;

	for (;;) {
		start_some(s);
		if (s->running == 0)
			return;
		if (ppoll(&p, 1, NULL, &s->unblocked) > 0)
			read_summaries(s);
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
supervise(const struct supervise_conf *conf)
{
	struct supervisor s = { .conf = conf };
	int fds[2];

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
	run_all(&s);
	close(s.in);
	close(s.out);
	free(s.jobs);
	free(s.on_host);
	free(s.on_key);
	if (nsignals > 0) {
		signal(last_signal, SIG_DFL);
		sigprocmask(SIG_SETMASK, &s.unblocked, NULL);
		raise(last_signal);
	}
	return s.status;
}
