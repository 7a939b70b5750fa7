/*
 * One command, its output, its complaints, and its end.
 */
#include "conf/run.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* Milliseconds between two looks whether it has ended, with its output open and
 * closed; and that a group gets between SIGTERM and SIGKILL. */
#define TICK		50
#define TICK_CLOSED	5
#define TERM_GRACE	2000

#define LINE_LEN	400	/* of its complaints */
#define LINES_SHOWN	50
#define READS_MAX	64	/* what a pipe holds */

struct run {
	const struct run_conf *conf;
	pid_t	 pid;
	int	 out, say;		/* -1: closed */
	char	*data;
	size_t	 len, size;
	bool	 full;			/* it prints more than that */
	char	 line[LINE_LEN];	/* so far */
	size_t	 linelen;
	char	 last[LINE_LEN];	/* the last whole line, not yet shown */
	unsigned nlines;
};

static void
close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* In the child. */
static void
exec_command(const struct run_conf *conf, int out, int say)
{
	const char *const *e;
	int in;

	child_begin();
	for (e = conf->env; e != NULL && *e != NULL; e += 2)
		setenv(e[0], e[1], 1);
	if ((in = open("/dev/null", O_RDONLY)) == -1 ||
	    dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(say, STDERR_FILENO) == -1)
		_exit(127);
	closefrom(STDERR_FILENO + 1);
	execl("/bin/sh", "sh", "-c", conf->command, (char *)NULL);
	_exit(127);
}

static int
start(struct run *r, struct err *err)
{
	int out[2] = { -1, -1 }, say[2] = { -1, -1 }, sys;

	if (pipe2(out, O_CLOEXEC) == -1 || pipe2(say, O_CLOEXEC) == -1 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(say[0], F_SETFL, O_NONBLOCK) == -1)
		r->pid = -1;
	else
		r->pid = fork();
	sys = errno;
	if (r->pid == 0)
		exec_command(r->conf, out[1], say[1]);
	close_one(&out[1]);
	close_one(&say[1]);
	r->out = out[0];
	r->say = say[0];
	if (r->pid == -1)
		return err_set(err, ERR_TEMP, "%s: cannot start: %s",
		    r->conf->what, strerror(sys));
	setpgid(r->pid, r->pid);	/* in both: whoever comes first */
	return 0;
}

/* -1: nothing is there now.  Closes it at its end. */
static ssize_t
take(int *fd, void *dst, size_t size)
{
	ssize_t n;

	if (*fd == -1)
		return -1;
	do
		n = read(*fd, dst, size);
	while (n == -1 && errno == EINTR);
	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		close_one(fd);
		n = -1;
	}
	return n;
}

static void
show_last(struct run *r)
{
	if (r->last[0] != '\0' && r->nlines++ < LINES_SHOWN)
		log_warn("%s: %s", r->conf->what, r->last);
	r->last[0] = '\0';
}

/* The last line is kept back: if the command fails, it is part of the error. */
static void
end_line(struct run *r)
{
	if (r->linelen == 0)
		return;
	show_last(r);
	memcpy(r->last, r->line, r->linelen);
	r->last[r->linelen] = '\0';
	r->linelen = 0;
}

static void
take_line(struct run *r, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text[i] == '\n')
			end_line(r);
		else if (r->linelen < LINE_LEN - 1 && text[i] != '\0')
			r->line[r->linelen++] = text[i];
}

/* Takes what is there of both; who writes without end is not waited for. */
static void
take_all(struct run *r)
{
	char text[1024], more;
	ssize_t n;
	int i;

	while (r->len < r->size &&
	    (n = take(&r->out, r->data + r->len, r->size - r->len)) > 0)
		r->len += (size_t)n;
	if (r->len == r->size && take(&r->out, &more, 1) == 1) {
		r->full = true;
		explicit_bzero(&more, 1);
	}
	for (i = 0; i < READS_MAX &&
	    (n = take(&r->say, text, sizeof(text))) > 0; i++)
		take_line(r, text, (size_t)n);
}

static bool
stopped(const struct run *r)
{
	return r->conf->stops != NULL && *r->conf->stops > 0;
}

/* 1: it has ended, 0: it is to be ended, -1: that cannot be known. */
static int
await(struct run *r, int *status)
{
	const int64_t end = clock_mono_ms() + (int64_t)r->conf->seconds * 1000;
	struct timespec ts = { .tv_sec = 0 };
	struct pollfd p[2];
	sigset_t none;
	pid_t got;

	sigemptyset(&none);
	for (;;) {
		do
			got = waitpid(r->pid, status, WNOHANG);
		while (got == -1 && errno == EINTR);
		if (got == -1)
			return -1;
		/* Behind it: what an ended one has written is there. */
		take_all(r);
		if (got > 0)
			return 1;
		if (r->full || stopped(r) || clock_mono_ms() >= end)
			return 0;
		p[0] = (struct pollfd){ .fd = r->out, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = r->say, .events = POLLIN };
		ts.tv_nsec = 1000000L * (r->out == -1 && r->say == -1 ?
		    TICK_CLOSED : TICK);
		ppoll(p, 2, &ts, &none);
	}
}

static int
explain_end(const struct run *r, struct err *err)
{
	const struct run_conf *c = r->conf;

	if (r->full)
		return err_set(err, ERR_CONFIG, "%s: the command prints more "
		    "than %zu octets", c->what, r->size);
	if (stopped(r))
		return err_set(err, ERR_TEMP, "stopped");
	err_set(err, ERR_TEMP, "%s: no answer within %d seconds", c->what,
	    c->seconds);
	return err_hint(err, "it cannot ask on this terminal");
}

static int
explain_status(const struct run *r, int status, struct err *err)
{
	const struct run_conf *c = r->conf;
	const char *last = r->last;

	if (WIFSIGNALED(status))
		err_set(err, ERR_CONFIG, "%s: ended by signal %d (%s)%s%s",
		    c->what, WTERMSIG(status), strsignal(WTERMSIG(status)),
		    *last != '\0' ? ": " : "", last);
	else
		err_set(err, ERR_CONFIG, "%s: exit status %d%s%s", c->what,
		    WEXITSTATUS(status), *last != '\0' ? ": " : "", last);
	return err_hint(err, "try the command by hand");
}

int
run_command(const struct run_conf *conf, char *out, size_t size, size_t *len,
    struct err *err)
{
	struct run r = {
		.conf = conf, .out = -1, .say = -1, .data = out, .size = size,
	};
	int status = 0, got, ret = -1;

	*len = 0;
	if (start(&r, err) == -1)
		goto out;
	got = await(&r, &status);
	end_line(&r);
	if (got == -1)
		err_sys(err, ERR_SOFTWARE, errno, "%s: cannot wait for the "
		    "command", conf->what);
	if (got != 1)
		child_end_group(r.pid, TERM_GRACE);
	if (got == 0 || (got == 1 && r.full))
		explain_end(&r, err);
	else if (got == 1 && status != 0)
		explain_status(&r, status, err);
	else if (got == 1)
		ret = 0;
	if (ret == 0 || got == 0)
		show_last(&r);
	*len = r.len;
out:
	close_one(&r.out);
	close_one(&r.say);
	return ret;
}
