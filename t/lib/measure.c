/*
 * measure: runs a command for a limited time and says what it cost.
 *
 *	measure file seconds command [argument ...]
 *
 * The file gets one line: the milliseconds it took and the KiB of memory that
 * the largest of its processes had resident.  The exit status is the
 * command's, 128 and the number for a signal, and 124 if the time was over; then
 * all its processes are ended.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define EXIT_LATE	124

static volatile sig_atomic_t late;
static volatile pid_t child;

static void
on_alarm(int sig)
{
	(void)sig;
	late = 1;
	kill(-child, SIGKILL);
}

static long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * 1000LL + ts.tv_nsec / 1000000);
}

static void
start(char *argv[])
{
	switch (child = fork()) {
	case -1:
		err(EX_OSERR, "fork");
	case 0:
		setpgid(0, 0);
		execvp(argv[0], argv);
		err(EX_UNAVAILABLE, "%s", argv[0]);
	}
	setpgid(child, child);
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct rusage ru;
	long long from;
	FILE *f;
	int status;

	if (argc < 4)
		errx(EX_USAGE, "usage: measure file seconds command ...");
	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	from = now_ms();
	start(argv + 3);
	alarm((unsigned int)atoi(argv[2]));
	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			err(EX_OSERR, "waitpid");
	getrusage(RUSAGE_CHILDREN, &ru);
	if ((f = fopen(argv[1], "w")) == NULL || fprintf(f, "%lld %ld\n",
	    now_ms() - from, ru.ru_maxrss) < 0 || fclose(f) != 0)
		err(EX_CANTCREAT, "%s", argv[1]);
	if (late)
		return (EXIT_LATE);
	return (WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status));
}
