/*
 * A command's output, its end, and what is said about it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/types.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/run.h"

static char out[64];
static size_t len;
static struct err err;
static char said[16384];	/* what came on standard error */

/* Runs it with standard error going to said. */
static int
run_with(const struct run_conf *conf)
{
	int fd, saved = dup(STDERR_FILENO), ret;
	char path[] = "/tmp/conf-run.XXXXXX";
	ssize_t n;

	assert_return_code(fd = mkstemp(path), errno);
	unlink(path);
	assert_return_code(dup2(fd, STDERR_FILENO), errno);
	err_clear(&err);
	ret = run_command(conf, out, sizeof(out) - 1, &len, &err);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fd, said, sizeof(said) - 1, 0);
	close(fd);
	assert_return_code(n, errno);
	said[n] = '\0';
	out[len] = '\0';
	return ret;
}

static int
run(const char *command)
{
	const struct run_conf conf = {
		.what = "cmd", .command = command, .seconds = 20,
	};

	return run_with(&conf);
}

static void
fails(const char *command, enum err_kind kind, const char *msg)
{
	assert_int_equal(run(command), -1);
	assert_int_equal(err.kind, kind);
	assert_string_equal(err.msg, msg);
}

static void
what_it_prints_is_returned(void **state)
{
	(void)state;
	assert_int_equal(run("echo one; sleep 0.1; printf 'two\\0three'"), 0);
	assert_int_equal(len, 13);
	assert_memory_equal(out, "one\ntwo\0three", 13);
	assert_int_equal(run(":"), 0);
	assert_int_equal(len, 0);
	assert_string_equal(said, "");
}

static void
it_may_fill_the_room_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(run("printf %063d 0"), 0);
	assert_int_equal(len, 63);
	fails("printf %064d 0", ERR_CONFIG,
	    "cmd: the command prints more than 63 octets");
	fails("yes", ERR_CONFIG,
	    "cmd: the command prints more than 63 octets");
}

static void
a_failure_is_told_with_its_last_line(void **state)
{
	(void)state;
	fails("exit 3", ERR_CONFIG, "cmd: exit status 3");
	fails("echo one >&2; echo two >&2; exit 1", ERR_CONFIG,
	    "cmd: exit status 1: two");
	assert_string_equal(said, "popfetch: cmd: one\n");
	assert_string_equal(err.hint, "try the command by hand");
	fails("printf 'no newline\\033[1m' >&2; exit 1", ERR_CONFIG,
	    "cmd: exit status 1: no newline\\033[1m");
	assert_string_equal(said, "");
	fails("kill -9 $$", ERR_CONFIG, "cmd: ended by signal 9 (Killed)");
	assert_int_equal(run("/nowhere/no-such-command"), -1);
	assert_non_null(strstr(err.msg, "exit status 127: "));
}

static void
its_complaints_are_shown_printable(void **state)
{
	(void)state;
	assert_int_equal(run("printf 'a\\n\\n\\033b' >&2; echo x"), 0);
	assert_string_equal(said,
	    "popfetch: cmd: a\npopfetch: cmd: \\033b\n");
	assert_string_equal(out, "x\n");
}

static void
complaints_without_end_are_cut(void **state)
{
	const char *p = said;
	size_t n = 0;

	(void)state;
	assert_int_equal(run("seq 100 >&2; printf %05000d 0 >&2; echo x"), 0);
	for (; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	assert_int_equal(n, 50);
	assert_int_equal(run("printf %05000d 0 >&2; echo x"), 0);
	assert_in_range(strlen(said), 300, 450);
}

static void
it_has_nothing_of_ours(void **state)
{
	const int fd = open("/dev/null", O_RDONLY);	/* no O_CLOEXEC */

	(void)state;
	assert_return_code(fd, errno);
	assert_in_range(fd, 3, 9);
	assert_int_equal(run("cat; for i in 3 4 5 6 7 8 9; do "
	    "(: <&$i) 2>&- && echo $i; done; echo end"), 0);
	close(fd);
	assert_string_equal(out, "end\n");
	/* Group, and the signals of a courier. */
	signal(SIGINT, SIG_IGN);
	assert_int_equal(run("kill -INT $$; echo not here"), -1);
	signal(SIGINT, SIG_DFL);
	assert_non_null(strstr(err.msg, "ended by signal 2"));
	assert_int_equal(run("kill -TERM 0; sleep 20"), -1);
	assert_non_null(strstr(err.msg, "ended by signal 15"));
}

static void
it_finds_words_in_its_environment(void **state)
{
	const char *const env[] = { "POPFETCH_A", "a b", "POPFETCH_B", "",
	    NULL };
	const struct run_conf conf = {
		.what = "cmd", .command = "echo \"$POPFETCH_A/${POPFETCH_B-x}\"",
		.env = env, .seconds = 20,
	};

	(void)state;
	assert_int_equal(run_with(&conf), 0);
	assert_string_equal(out, "a b/\n");
	assert_null(getenv("POPFETCH_A"));
}

/* Whether a process whose number is in the file is gone. */
static void
assert_gone(const char *path)
{
	FILE *fp = fopen(path, "r");
	long pid = 0;
	int i;

	assert_non_null(fp);
	assert_int_equal(fscanf(fp, "%ld", &pid), 1);
	fclose(fp);
	/* Nobody here reaps it; its new parent may take a moment. */
	for (i = 0; i < 1000 && kill((pid_t)pid, 0) == 0; i++)
		poll(NULL, 0, 10);
	assert_int_not_equal(kill((pid_t)pid, 0), 0);
}

static void
one_that_does_not_end_is_ended_with_its_group(void **state)
{
	char path[] = "/tmp/conf-run.XXXXXX", command[256];
	struct run_conf conf = {
		.what = "cmd", .command = command, .seconds = 1,
	};

	(void)state;
	close(mkstemp(path));
	/* The inner one, too, and although it does not listen. */
	snprintf(command, sizeof(command), "sh -c 'trap \"\" TERM; echo $$ >%s;"
	    " while :; do sleep 0.1; done' & wait", path);
	assert_int_equal(run_with(&conf), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_string_equal(err.msg, "cmd: no answer within 1 seconds");
	assert_gone(path);
	unlink(path);
}

/* Not only the shell: what it runs may have to tidy up. */
static void
all_of_the_group_gets_a_chance_to_tidy_up(void **state)
{
	char path[] = "/tmp/conf-run.XXXXXX", command[256];
	struct run_conf conf = {
		.what = "cmd", .command = command, .seconds = 1,
	};
	struct stat st;

	(void)state;
	close(mkstemp(path));
	snprintf(command, sizeof(command), "sh -c 'trap \"echo x >%s; exit\" "
	    "TERM; while :; do sleep 0.1; done' & wait", path);
	assert_int_equal(run_with(&conf), -1);
	assert_return_code(stat(path, &st), errno);
	unlink(path);
	assert_int_equal(st.st_size, 2);
}

static void
endless_complaints_do_not_keep_it_alive(void **state)
{
	const struct run_conf conf = {
		.what = "cmd", .command = "yes >&2", .seconds = 1,
	};

	(void)state;
	assert_int_equal(run_with(&conf), -1);
	assert_string_equal(err.msg, "cmd: no answer within 1 seconds");
}

static void
what_stays_in_the_background_is_not_waited_for(void **state)
{
	char path[] = "/tmp/conf-run.XXXXXX", command[256];
	struct run_conf conf = {
		.what = "cmd", .command = command, .seconds = 20,
	};
	FILE *fp;
	long pid = 0;

	(void)state;
	close(mkstemp(path));
	snprintf(command, sizeof(command),
	    "sleep 300 & echo $! >%s; echo secret", path);
	assert_int_equal(run_with(&conf), 0);
	assert_string_equal(out, "secret\n");
	/* An agent may be needed again. */
	assert_non_null(fp = fopen(path, "r"));
	assert_int_equal(fscanf(fp, "%ld", &pid), 1);
	fclose(fp);
	unlink(path);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

static volatile sig_atomic_t stops;

static void
on_stop(int sig)
{
	stops = sig;
}

static void
a_signal_stops_it(void **state)
{
	struct sigaction sa = { .sa_handler = on_stop };
	char command[64];
	struct run_conf conf = {
		.what = "cmd", .command = command, .seconds = 20,
		.stops = &stops,
	};
	sigset_t set, old;

	(void)state;
	stops = 0;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
	/* As in a courier: let in while waiting only. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	snprintf(command, sizeof(command), "kill -USR1 %ld; sleep 20",
	    (long)getpid());
	assert_int_equal(run_with(&conf), -1);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_string_equal(err.msg, "stopped");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_prints_is_returned),
		cmocka_unit_test(it_may_fill_the_room_and_no_more),
		cmocka_unit_test(a_failure_is_told_with_its_last_line),
		cmocka_unit_test(its_complaints_are_shown_printable),
		cmocka_unit_test(complaints_without_end_are_cut),
		cmocka_unit_test(it_has_nothing_of_ours),
		cmocka_unit_test(it_finds_words_in_its_environment),
		cmocka_unit_test(one_that_does_not_end_is_ended_with_its_group),
		cmocka_unit_test(all_of_the_group_gets_a_chance_to_tidy_up),
		cmocka_unit_test(endless_complaints_do_not_keep_it_alive),
		cmocka_unit_test(what_stays_in_the_background_is_not_waited_for),
		cmocka_unit_test(a_signal_stops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
