/*
 * The beginning and the end of a program that is run.
 */
#include "base/child.h"

#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"

#define TICK	5	/* milliseconds between looks at what is left */

void
child_begin(void)
{
	static const int reset[] = { SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGTERM,
	    SIGUSR1 };
	sigset_t none;
	size_t i;

	setpgid(0, 0);
	for (i = 0; i < sizeof(reset) / sizeof(reset[0]); i++)
		signal(reset[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
child_end_group(pid_t pid, int grace)
{
	const int64_t end = clock_mono_ms() + grace;
	pid_t got = 0;

	kill(-pid, SIGTERM);
	do {
		poll(NULL, 0, TICK);
		if (got == 0)
			got = waitpid(pid, NULL, WNOHANG);
	} while (kill(-pid, 0) == 0 && clock_mono_ms() < end);
	if (kill(-pid, SIGKILL) == 0 && got == 0)
		waitpid(pid, NULL, 0);
}
