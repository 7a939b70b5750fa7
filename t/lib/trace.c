/*
 * Starts a command under ptrace(2) and waits for its processes.
 */
#ifdef __linux__
#include "trace.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define OPTIONS	(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | \
		    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

void
trace_skip(const char *why)
{
	warn("%s", why);
	exit(EXIT_SKIP);
}

void
trace_resume(pid_t pid, bool to_call, int sig)
{
	/* One that was killed while it was stopped is no error. */
	(void)ptrace(to_call ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL,
	    (void *)(uintptr_t)sig);
}

/* Starts the command; it goes on to its execve when it is traced. */
static pid_t
start(char *argv[])
{
	int gate[2];
	pid_t pid;
	char c;

	if (pipe(gate) == -1 || (pid = fork()) == -1)
		err(EX_OSERR, NULL);
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &c, 1) != 1)
			_exit(EXIT_SKIP);
		close(gate[0]);
		execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(127);
	}
	close(gate[0]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)OPTIONS) == -1)
		trace_skip("ptrace");
	if (write(gate[1], "", 1) != 1)
		err(EX_OSERR, NULL);
	close(gate[1]);
	return (pid);
}

int
trace_run(char *argv[], const struct trace *t)
{
	int status, result = 1;
	pid_t pid, root;

	root = start(argv);
	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR) {
		if (pid == -1)
			continue;
		if (WIFSTOPPED(status)) {
			t->stopped(pid, status);
			continue;
		}
		t->ended(pid, status);
		if (pid == root)
			result = WIFEXITED(status) ? WEXITSTATUS(status) :
			    128 + WTERMSIG(status);
	}
	return (result);
}

#endif
