/*
 * What sysfault and powerloss share: a command whose processes are traced.
 */
#ifndef TRACE_H
#define TRACE_H

#include <sys/types.h>
#include <stdbool.h>

#define EXIT_SKIP	77	/* what Automake and Bats take for "skipped" */

struct trace {
	/* A process, maybe a new one, has stopped and waits to be resumed. */
	void	(*stopped)(pid_t pid, int status);
	void	(*ended)(pid_t pid, int status);
};

/*
 * Runs a command and all that it starts under ptrace(2), with a stop at each
 * system call that trace_resume asks for; returns its exit status.
 */
int	trace_run(char *argv[], const struct trace *t);

/* Lets a stopped process go on; to its next system call or on its own. */
void	trace_resume(pid_t pid, bool to_call, int sig);

/* This system cannot do it. */
void	trace_skip(const char *why) __attribute__((noreturn));

#endif
