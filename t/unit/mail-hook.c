/*
 * A command around a poll, or a plugin: what it gets, and how its end is told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "mail/hook.h"

static volatile sig_atomic_t stops;
static struct err err;

static void
on_signal(int sig)
{
	(void)sig;
	stops++;
}

static int
run_for(const char *command, int seconds, int bears)
{
	static const char *const env[] = {
		"HOOK_A", "one two", "HOOK_B", "", NULL,
	};
	const struct hook h = {
		.what = "preconnect", .command = command, .env = env,
		.seconds = seconds, .stops = &stops, .bears = bears,
	};

	err_clear(&err);
	return hook_run(&h, &err);
}

static int
run(const char *command)
{
	return run_for(command, 60, 0);
}

static void
fails(const char *command, const char *msg)
{
	assert_int_equal(run(command), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_string_equal(err.msg, msg);
}

static void
its_exit_status_decides(void **state)
{
	(void)state;
	assert_int_equal(run(":"), 0);
	assert_false(err_isset(&err));
	fails("exit 3", "preconnect: exit status 3");
	fails("kill -HUP $$", "preconnect: ended by signal 1 (Hangup)");
	fails("exec /none/such 2>/dev/null", "preconnect: exit status 127");
}

static void
it_has_its_environment_and_nothing_else_to_read(void **state)
{
	int fd = open("/dev/null", O_RDWR);	/* not close-on-exec */
	char command[64];

	(void)state;
	assert_int_equal(run("[ \"$HOOK_A/${HOOK_B-no}\" = 'one two/' ]"), 0);
	assert_int_equal(run("[ -z \"$(cat)\" ]"), 0);
	snprintf(command, sizeof(command), "! ( : >&%d ) 2>/dev/null", fd);
	assert_int_equal(run(command), 0);
	close(fd);
}

static void
what_it_prints_goes_to_standard_error(void **state)
{
	int saved = dup(STDERR_FILENO), p[2];
	char said[16] = "";

	(void)state;
	assert_return_code(pipe(p), errno);
	dup2(p[1], STDERR_FILENO);
	close(p[1]);
	assert_int_equal(run("echo out; echo err >&2"), 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(read(p[0], said, sizeof(said) - 1), 8);
	close(p[0]);
	assert_string_equal(said, "out\nerr\n");
}

static void
one_that_takes_too_long_is_ended_with_its_group(void **state)
{
	char dir[] = "/tmp/mail-hook.XXXXXX", command[128], path[64];
	int64_t began = clock_mono_ms();

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/ended", dir);
	snprintf(command, sizeof(command),
	    "(trap 'echo >%s; exit' TERM; while :; do sleep 0.01; done) & wait",
	    path);
	assert_int_equal(run_for(command, 1, 0), -1);
	assert_string_equal(err.msg, "preconnect: took longer than 1 seconds "
	    "('timeout') and was ended");
	assert_in_range(clock_mono_ms() - began, 1000, 30000);
	assert_return_code(unlink(path), errno);
	assert_return_code(rmdir(dir), errno);
}

static void
what_it_leaves_in_the_background_is_not_waited_for(void **state)
{
	int64_t began = clock_mono_ms();
	char pid[32] = "";
	int saved = dup(STDERR_FILENO), p[2];

	(void)state;
	assert_return_code(pipe(p), errno);
	dup2(p[1], STDERR_FILENO);
	close(p[1]);
	assert_int_equal(run("sleep 100 & echo $!"), 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_true(read(p[0], pid, sizeof(pid) - 1) > 0);
	close(p[0]);
	assert_true(clock_mono_ms() - began < 90000);
	assert_return_code(kill((pid_t)atol(pid), SIGKILL), errno);
}

static void
a_signal_too_many_ends_it(void **state)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block, before;

	(void)state;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &before);
	stops = 0;
	fails("kill -USR1 $PPID; sleep 100", "preconnect: stopped");
	assert_int_equal(stops, 1);
	assert_int_equal(run_for("exit 0", 60, 1), 0);
	stops = 0;
	assert_int_equal(run_for("kill -USR1 $PPID; sleep 0.1", 60, 1), 0);
	stops = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR1, SIG_DFL);
}

/* What a program at the socket answers to "ping", up to its end. */
static void
answers(char *const *argv, const char *want)
{
	struct pollfd p = { .events = POLLIN };
	char got[64] = "";
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	err_clear(&err);
	assert_int_equal(hook_start(argv, &pid, &p.fd, &err), 0);
	assert_int_equal(write(p.fd, "ping\n", 5), 5);
	assert_return_code(shutdown(p.fd, SHUT_WR), errno);
	while (poll(&p, 1, 60000) == 1 &&
	    (n = read(p.fd, got + len, sizeof(got) - 1 - len)) > 0)
		len += (size_t)n;
	assert_string_equal(got, want);
	close(p.fd);
	hook_end(pid);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

static void
a_program_has_the_socket_at_both_ends(void **state)
{
	/* Not close-on-exec, and not taken for another use. */
	int null = open("/dev/null", O_RDWR), fd = fcntl(null, F_DUPFD, 7);
	char script[64];
	char *cat[] = { strdup("cat"), NULL };
	char *sh[] = { strdup("sh"), strdup("-c"), script, NULL };

	(void)state;
	answers(cat, "ping\n");
	snprintf(script, sizeof(script),
	    "( : >&%d ) 2>/dev/null && echo open; cat; echo end", fd);
	answers(sh, "ping\nend\n");
	close(fd);
	close(null);
	free(cat[0]);
	free(sh[0]);
	free(sh[1]);
}

static void
a_program_that_is_not_there_is_told(void **state)
{
	char name[] = "/none/such", *argv[] = { name, NULL };
	pid_t pid;
	int fd;

	(void)state;
	err_clear(&err);
	assert_int_equal(hook_start(argv, &pid, &fd, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_string_equal(err.msg, "plugin: cannot run '/none/such': No such "
	    "file or directory");
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void
a_program_that_stays_is_ended_with_its_group(void **state)
{
	char sh[] = "sh", c[] = "-c";
	char script[] = "trap '' TERM; sleep 100 & echo $!; wait; sleep 100";
	char *argv[] = { sh, c, script, NULL }, line[32] = "";
	struct pollfd p = { .events = POLLIN };
	pid_t pid;

	(void)state;
	err_clear(&err);
	assert_int_equal(hook_start(argv, &pid, &p.fd, &err), 0);
	assert_int_equal(poll(&p, 1, 60000), 1);
	assert_true(read(p.fd, line, sizeof(line) - 1) > 0);
	close(p.fd);
	hook_end(pid);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	/* Its child is nobody's and may be a zombie for a moment. */
	while (kill(-pid, 0) == 0)
		poll(NULL, 0, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_exit_status_decides),
		cmocka_unit_test(
		    it_has_its_environment_and_nothing_else_to_read),
		cmocka_unit_test(what_it_prints_goes_to_standard_error),
		cmocka_unit_test(
		    one_that_takes_too_long_is_ended_with_its_group),
		cmocka_unit_test(
		    what_it_leaves_in_the_background_is_not_waited_for),
		cmocka_unit_test(a_signal_too_many_ends_it),
		cmocka_unit_test(a_program_has_the_socket_at_both_ends),
		cmocka_unit_test(a_program_that_is_not_there_is_told),
		cmocka_unit_test(a_program_that_stays_is_ended_with_its_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
