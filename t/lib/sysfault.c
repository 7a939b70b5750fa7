/*
 * sysfault: ends a process before its n-th system call, makes that call fail
 * (-e), or makes a read or a write handle half of what it was asked to (-s).
 * Follows every process that the command starts.  Linux only.
 *
 *	sysfault [-sv] [-p path] [-n number] [-f call] [-e errno] [-c file]
 *	    [--] command [argument ...]
 *
 * With -f only calls of that name are counted, which is steadier: how often a
 * process polls is chance.
 *
 * A process is named by its line of descent: 0 is the command, 0.1 its first
 * child, 0.1.2 the second child of that.  A thread counts as a child.
 */
#include "trace.h"

#ifdef __linux__
#include <sys/types.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#endif

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#if defined(__linux__) && defined(PTRACE_GET_SYSCALL_INFO)

#if defined(__x86_64__)
#define REG_CALL	orig_rax
#define REG_RESULT	rax
#define REG_COUNT	rdx
#elif defined(__aarch64__)
#define REG_RESULT	regs[0]
#define REG_COUNT	regs[2]
#endif

struct task {
	char		*path;
	unsigned long	 calls;
	unsigned long	 matches;	/* calls that are counted */
	pid_t		 pid;
	unsigned int	 children;
	bool		 alive;
	bool		 parked;	/* stopped until its parent is known */
	bool		 failing;	/* its call returns -fault.error */
};

static struct {
	const char	*path;
	unsigned long	 nth;
	long		 call;		/* -1: any */
	int		 error;		/* 0: SIGKILL */
	bool		 half;
	bool		 done;
} fault = { .path = "0", .call = -1 };

static struct task **tasks;
static size_t ntasks;
static FILE *counts;
static bool verbose;

static const struct {
	const char	*name;
	int		 error;
} errors[] = {
	{ "EACCES", EACCES }, { "EAGAIN", EAGAIN }, { "EBADF", EBADF },
	{ "ECONNRESET", ECONNRESET }, { "EDQUOT", EDQUOT },
	{ "EEXIST", EEXIST }, { "EINTR", EINTR }, { "EINVAL", EINVAL },
	{ "EIO", EIO }, { "EMFILE", EMFILE }, { "ENFILE", ENFILE },
	{ "ENOENT", ENOENT }, { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC },
	{ "ENOSYS", ENOSYS }, { "EPERM", EPERM }, { "EPIPE", EPIPE },
	{ "EROFS", EROFS }, { "ESTALE", ESTALE }, { "ETIMEDOUT", ETIMEDOUT },
};

/* The calls that matter to who reads a trace; the others are numbers. */
#define CALL(name)	{ SYS_##name, #name }
static const struct {
	long		 number;
	const char	*name;
} calls[] = {
	CALL(bind), CALL(brk), CALL(clone), CALL(close), CALL(connect),
	CALL(dup), CALL(execve), CALL(exit), CALL(exit_group),
	CALL(fallocate), CALL(fchmod), CALL(fcntl), CALL(fdatasync),
	CALL(flock), CALL(fstat), CALL(fsync), CALL(ftruncate), CALL(futex),
	CALL(getdents64), CALL(getpid), CALL(getrandom), CALL(ioctl),
	CALL(kill), CALL(linkat), CALL(lseek), CALL(mkdirat), CALL(mmap),
	CALL(mprotect), CALL(munmap), CALL(openat), CALL(pipe2), CALL(ppoll),
	CALL(prctl), CALL(pread64), CALL(pselect6), CALL(pwrite64),
	CALL(read), CALL(recvfrom), CALL(recvmsg), CALL(renameat),
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
	CALL(sendmsg), CALL(sendto), CALL(setgid), CALL(setgroups), CALL(setuid),
	CALL(setsockopt), CALL(shutdown), CALL(socket),
	CALL(socketpair), CALL(sync), CALL(syncfs), CALL(umask),
	CALL(unlinkat), CALL(utimensat), CALL(wait4), CALL(write), CALL(writev),
#ifdef SYS_access
	CALL(access), CALL(dup2), CALL(fork), CALL(link), CALL(mkdir), CALL(open),
	CALL(poll), CALL(rename), CALL(rmdir), CALL(stat), CALL(unlink),
	CALL(vfork),
#endif
#ifdef SYS_clone3
	CALL(clone3),
#endif
#ifdef SYS_close_range
	CALL(close_range),
#endif
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
#ifdef SYS_renameat2
	CALL(renameat2),
#endif
};

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: sysfault [-sv] [-p path] [-n number] [-f call] "
	    "[-e errno] [-c file]\n\t[--] command [argument ...]\n");
	exit(EX_USAGE);
}

static struct task *
find(pid_t pid)
{
	size_t i;

	for (i = ntasks; i > 0; i--)
		if (tasks[i - 1]->pid == pid && tasks[i - 1]->alive)
			return (tasks[i - 1]);
	return (NULL);
}

static struct task *
add(pid_t pid)
{
	struct task *t;

	if ((t = calloc(1, sizeof(*t))) == NULL || (tasks = reallocarray(tasks,
	    ntasks + 1, sizeof(struct task *))) == NULL)
		err(EX_OSERR, NULL);
	t->pid = pid;
	t->alive = true;
	/* The first one is the command. */
	if (ntasks == 0 && (t->path = strdup("0")) == NULL)
		err(EX_OSERR, NULL);
	tasks[ntasks++] = t;
	return (t);
}

/* A stop at each system call is dear; who need not be watched runs free. */
static bool
watched(const struct task *t)
{
	if (counts != NULL || t->failing)
		return (true);
	return (fault.nth > 0 && !fault.done && t->path != NULL &&
	    strcmp(t->path, fault.path) == 0);
}

static void
resume(const struct task *t, int sig)
{
	trace_resume(t->pid, watched(t), sig);
}

/*
 * The child may have stopped before its parent's event, or may be still to
 * come; it goes on when it has a name.
 */
static void
born(struct task *parent)
{
	struct task *t;
	unsigned long pid;
	char *path;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) == -1)
		return;
	if ((t = find((pid_t)pid)) == NULL)
		t = add((pid_t)pid);
	if (asprintf(&path, "%s.%u", parent->path != NULL ? parent->path : "?",
	    ++parent->children) == -1)
		err(EX_OSERR, NULL);
	free(t->path);
	t->path = path;
	if (t->parked) {
		t->parked = false;
		resume(t, 0);
	}
}

/* Whoever waits for the event of a parent that is gone waits in vain. */
static void
release_orphans(void)
{
	size_t i;

	for (i = 0; i < ntasks; i++)
		if (tasks[i]->alive && tasks[i]->parked) {
			tasks[i]->parked = false;
			resume(tasks[i], 0);
		}
}

static void
trace(const struct task *t, uint64_t number)
{
	size_t i;

	fprintf(counts, "%s %lu ", t->path, t->calls);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((uint64_t)calls[i].number == number) {
			fprintf(counts, "%s\n", calls[i].name);
			return;
		}
	fprintf(counts, "%llu\n", (unsigned long long)number);
}

#ifdef REG_RESULT
static bool
regs_io(pid_t pid, bool set, struct user_regs_struct *r)
{
	struct iovec iov = { r, sizeof(*r) };

	return (ptrace(set ? PTRACE_SETREGSET : PTRACE_GETREGSET, pid,
	    (void *)NT_PRSTATUS, &iov) == 0);
}

/* At the entry: no call has the number -1. */
static void
skip_call(struct task *t)
{
#ifdef REG_CALL
	struct user_regs_struct r;

	if (!regs_io(t->pid, false, &r))
		return;
	r.REG_CALL = (__typeof__(r.REG_CALL))-1;
	t->failing = regs_io(t->pid, true, &r);
#else
	int none = -1;
	struct iovec iov = { &none, sizeof(none) };

	t->failing = ptrace(PTRACE_SETREGSET, t->pid,
	    (void *)NT_ARM_SYSTEM_CALL, &iov) == 0;
#endif
}

/* At the entry of a call whose third argument is how much it may handle. */
static void
halve(const struct task *t, uint64_t number)
{
	struct user_regs_struct r;

	if (number != SYS_read && number != SYS_write &&
	    number != SYS_recvfrom && number != SYS_sendto &&
	    number != SYS_pread64 && number != SYS_pwrite64)
		return;
	if (!regs_io(t->pid, false, &r) || r.REG_COUNT < 2)
		return;
	r.REG_COUNT /= 2;
	(void)regs_io(t->pid, true, &r);
}

/* At the exit. */
static void
set_result(struct task *t)
{
	struct user_regs_struct r;

	t->failing = false;
	if (!regs_io(t->pid, false, &r))
		return;
	r.REG_RESULT = (__typeof__(r.REG_RESULT))-fault.error;
	(void)regs_io(t->pid, true, &r);
}
#else
static void
skip_call(struct task *t)
{
	(void)t;
}

static void
halve(const struct task *t, uint64_t number)
{
	(void)t;
	(void)number;
}

static void
set_result(struct task *t)
{
	(void)t;
}
#endif

/* Counts a call, at its entry; true if it is the one to fail. */
static bool
is_meant(struct task *t, uint64_t number)
{
	if (fault.call != -1 && (uint64_t)fault.call != number)
		return (false);
	t->matches++;
	return (!fault.done && t->matches == fault.nth && t->path != NULL &&
	    strcmp(t->path, fault.path) == 0);
}

static void
syscall_stop(struct task *t)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, (void *)sizeof(info),
	    &info) == -1) {
		if (errno != ESRCH)
			trace_skip("PTRACE_GET_SYSCALL_INFO");
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->failing)
		set_result(t);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		t->calls++;
		if (counts != NULL && verbose && t->path != NULL)
			trace(t, info.entry.nr);
		if (is_meant(t, info.entry.nr)) {
			fault.done = true;
			if (fault.half)
				halve(t, info.entry.nr);
			else if (fault.error != 0)
				skip_call(t);
			else {
				/* A fatal signal skips the call. */
				(void)kill(t->pid, SIGKILL);
				return;
			}
		}
	}
	resume(t, 0);
}

static void
stopped(struct task *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		born(t);
		resume(t, 0);
		return;
	case PTRACE_EVENT_STOP:
		if (t->path == NULL)
			t->parked = true;
		else if (sig == SIGTRAP)
			resume(t, 0);
		else		/* a group stop: only SIGCONT ends it */
			(void)ptrace(PTRACE_LISTEN, t->pid, NULL, NULL);
		return;
	case 0:
		if (sig == (SIGTRAP | 0x80))
			syscall_stop(t);
		else
			resume(t, sig);
		return;
	default:
		resume(t, 0);
	}
}

static void
on_stop(pid_t pid, int status)
{
	struct task *t = find(pid);

	stopped(t != NULL ? t : add(pid), status);
}

static void
on_end(pid_t pid, int status)
{
	struct task *t = find(pid);

	if (t != NULL)
		t->alive = false;
	if (WIFSIGNALED(status))
		release_orphans();
}

static int
parse_error(const char *arg)
{
	const char *why;
	size_t i;
	int n;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, arg) == 0)
			return (errors[i].error);
	n = (int)strtonum(arg, 1, 4095, &why);
	if (why != NULL)
		errx(EX_USAGE, "%s: not an error", arg);
#ifndef REG_RESULT
	errno = ENOSYS;
	trace_skip("-e on this machine");
#endif
	return (n);
}

/* A name, or the number that a trace gives to a call without one. */
static long
parse_call(const char *arg)
{
	const char *why;
	size_t i;
	long n;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, arg) == 0)
			return (calls[i].number);
	n = (long)strtonum(arg, 0, 4095, &why);
	if (why != NULL)
		errx(EX_USAGE, "%s: not a call", arg);
	return (n);
}

static void
parse(int argc, char *argv[])
{
	const char *why;
	int opt;

	/* "+": what belongs to the command is not ours. */
	while ((opt = getopt(argc, argv, "+c:e:f:n:p:sv")) != -1) {
		switch (opt) {
		case 'c':
			if ((counts = fopen(optarg, "we")) == NULL)
				err(EX_USAGE, "%s", optarg);
			break;
		case 'e':
			fault.error = parse_error(optarg);
			break;
		case 'f':
			fault.call = parse_call(optarg);
			break;
		case 'n':
			fault.nth = (unsigned long)strtonum(optarg, 1,
			    1000000000, &why);
			if (why != NULL)
				errx(EX_USAGE, "%s: %s", optarg, why);
			break;
		case 'p':
			fault.path = optarg;
			break;
		case 's':
			fault.half = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	}
	if (optind == argc)
		usage();
}

int
main(int argc, char *argv[])
{
	static const struct trace t = { on_stop, on_end };
	size_t i;
	int result;

	parse(argc, argv);
	result = trace_run(argv + optind, &t);
	if (fault.nth > 0 && !fault.done)
		warnx("%s made no such call", fault.path);
	for (i = 0; i < ntasks; i++) {
		if (counts != NULL)
			fprintf(counts, "%s %lu\n", tasks[i]->path != NULL ?
			    tasks[i]->path : "?", tasks[i]->calls);
		free(tasks[i]->path);
		free(tasks[i]);
	}
	free(tasks);
	if (counts != NULL && fclose(counts) != 0)
		err(EX_IOERR, NULL);
	return (result);
}

#else

int
main(void)
{
	fprintf(stderr, "sysfault: needs Linux 5.3 or later\n");
	return (EXIT_SKIP);
}

#endif
