/* One shell command, waited for; one program at the end of a socket. */
#include "mail/hook.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/err.h"

/* Milliseconds between looks whether it has ended, from the end of its input to
 * SIGTERM, and from that to SIGKILL. */
#define TICK		5
#define END_GRACE	500
#define TERM_GRACE	2000

#define CANNOT_EXEC	127	/* what a shell says of that */

/* In the child. */
static void
exec_command(const struct hook *h)
{
	const char *const *e;
	int in;

	child_begin();
	if ((in = open("/dev/null", O_RDONLY)) == -1 ||
	    dup2(in, STDIN_FILENO) == -1 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		_exit(CANNOT_EXEC);
	closefrom(STDERR_FILENO + 1);
	for (e = h->env; *e != NULL; e += 2)
		setenv(e[0], e[1], 1);
	execl("/bin/sh", "sh", "-c", h->command, (char *)NULL);
	_exit(CANNOT_EXEC);
}

static bool
stopped(const struct hook *h)
{
	return *h->stops > h->bears;
}

/* 1: it has ended, 0: it is to be ended, -1: that cannot be known. */
static int
await(const struct hook *h, pid_t pid, int *status)
{
	const int64_t end = clock_mono_ms() + (int64_t)h->seconds * 1000;
	const struct timespec tick = { .tv_nsec = TICK * 1000000L };
	sigset_t none;
	pid_t got;

	sigemptyset(&none);
	while ((got = waitpid(pid, status, WNOHANG)) == 0 ||
	    (got == -1 && errno == EINTR)) {
		if (stopped(h) || clock_mono_ms() >= end)
			return 0;
		ppoll(NULL, 0, &tick, &none);
	}
	return got > 0 ? 1 : -1;
}

static int
explain_status(const struct hook *h, int status, struct err *err)
{
	if (status == 0)
		return 0;
	if (WIFSIGNALED(status))
		err_set(err, ERR_TEMP, "%s: ended by signal %d (%s)", h->what,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		err_set(err, ERR_TEMP, "%s: exit status %d", h->what,
		    WEXITSTATUS(status));
	return -1;
}

int
hook_run(const struct hook *h, struct err *err)
{
	int status = 0, got;
	pid_t pid;

	switch (pid = fork()) {
	case -1:
		return err_sys(err, ERR_TEMP, errno, "%s: cannot start",
		    h->what);
	case 0:
		exec_command(h);
	}
	setpgid(pid, pid);	/* in both: whoever comes first */
	if ((got = await(h, pid, &status)) == 1)
		return explain_status(h, status, err);
	if (got == -1)
		err_sys(err, ERR_TEMP, errno, "%s: cannot wait for it",
		    h->what);
	child_end_group(pid, TERM_GRACE);
	if (stopped(h))
		return err_set(err, ERR_TEMP, "%s: stopped", h->what);
	return err_set(err, ERR_TEMP, "%s: took longer than %d seconds "
	    "('timeout') and was ended", h->what, h->seconds);
}

/* In the child; what goes wrong is written to a pipe that a program that runs
 * has closed. */
static void
exec_program(char *const *argv, int sock, int report)
{
	const int kept = STDERR_FILENO + 1;
	int sys;

	child_begin();
	if (dup2(sock, STDIN_FILENO) != -1 && dup2(sock, STDOUT_FILENO) != -1 &&
	    dup2(report, kept) != -1 &&
	    fcntl(kept, F_SETFD, FD_CLOEXEC) != -1) {
		closefrom(kept + 1);
		report = kept;
		execvp(argv[0], argv);
	}
	sys = errno;
	_exit(write(report, &sys, sizeof(sys)) == -1 ? EXIT_FAILURE :
	    CANNOT_EXEC);
}

/* What the child wrote, or 0 if it runs the program. */
static int
read_report(int report)
{
	int sys = 0;
	ssize_t n;

	do
		n = read(report, &sys, sizeof(sys));
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(sys) ? sys : 0;
}

int
hook_start(char *const *argv, pid_t *pid, int *fd, struct err *err)
{
	int sock[2] = { -1, -1 }, report[2] = { -1, -1 }, sys;

	*pid = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) != -1 &&
	    fcntl(sock[0], F_SETFL, O_NONBLOCK) != -1 &&
	    pipe2(report, O_CLOEXEC) != -1)
		*pid = fork();
	sys = errno;
	if (*pid == 0)
		exec_program(argv, sock[1], report[1]);
	if (sock[1] != -1)
		close(sock[1]);
	if (report[1] != -1)
		close(report[1]);
	*fd = sock[0];
	if (*pid == -1)
		err_sys(err, ERR_TEMP, sys, "plugin: cannot start");
	else if ((sys = read_report(report[0])) != 0)
		err_sys(err, ERR_CONFIG, sys, "plugin: cannot run '%s'",
		    argv[0]);
	if (report[0] != -1)
		close(report[0]);
	if (!err_isset(err)) {
		setpgid(*pid, *pid);
		return 0;
	}
	if (*fd != -1)
		close(*fd);
	if (*pid != -1)
		waitpid(*pid, NULL, 0);
	return -1;
}

void
hook_end(pid_t pid)
{
	const int64_t end = clock_mono_ms() + END_GRACE;

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_mono_ms() >= end) {
			child_end_group(pid, TERM_GRACE);
			return;
		}
		poll(NULL, 0, TICK);
	}
	kill(-pid, SIGTERM);
}
