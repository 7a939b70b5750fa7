/*
 * pty: somebody at a terminal, who waits for a prompt and answers it.
 *
 *	pty prompt answer command [argument ...]
 *
 * The command gets a terminal of its own, also as standard input, output and
 * error.  What is shown on it goes to standard output.  The exit status is the
 * command's, 128 and the number for a signal, 99 if there was no prompt.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_UNASKED	99
#define SECONDS		60

static void
run(int master, char **argv)
{
	int fd;

	if (setsid() == -1 || (fd = open(ptsname(master), O_RDWR)) == -1 ||
	    ioctl(fd, TIOCSCTTY, 0) == -1)
		err(1, "terminal");
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
	execvp(argv[0], argv);
	err(1, "%s", argv[0]);
}

/* Until the terminal is closed.  True if there was a prompt. */
static bool
serve(int master, const char *prompt, const char *answer)
{
	char seen[65536];
	size_t len = 0;
	bool asked = false;
	ssize_t n;

	while ((n = read(master, seen + len, sizeof(seen) - len)) > 0) {
		if (write(STDOUT_FILENO, seen + len, (size_t)n) != n)
			err(1, "write");
		len += (size_t)n;
		if (asked || memmem(seen, len, prompt, strlen(prompt)) == NULL)
			continue;
		asked = true;
		if (write(master, answer, strlen(answer)) == -1 ||
		    write(master, "\n", 1) == -1)
			err(1, "answer");
	}
	return asked;
}

int
main(int argc, char **argv)
{
	int master, status;
	bool asked;
	pid_t pid;

	if (argc < 4)
		errx(1, "usage: pty prompt answer command [argument ...]");
	if ((master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1 ||
	    grantpt(master) == -1 || unlockpt(master) == -1)
		err(1, "posix_openpt");
	alarm(SECONDS);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0)
		run(master, argv + 3);
	asked = serve(master, argv[1], argv[2]);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	if (!asked)
		return EXIT_UNASKED;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}
