/* Locks the fetcher in. */
#include "config.h"

#include "net/sandbox.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <paths.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* A sanitizer maps shadow memory, starts a helper to look for leaks, reads
 * /proc, and writes what it finds to descriptor 2. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZER	true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZER	true
#endif
#endif
#ifndef SANITIZER
#define SANITIZER	false
#endif

/* Where there is no user of that name. */
#define NOBODY_ID	65534

/* --- first half */

static void
close_others(int keep, int also)
{
	const int last = keep > also ? keep : also;
	int fd;

	for (fd = 3; fd < last; fd++)
		if (fd != keep && fd != also)
			close(fd);
	closefrom(last + 1);
}

static int
silence(struct err *err)
{
	int fd, null, last = SANITIZER ? 1 : 2;

	if ((null = open(_PATH_DEVNULL, O_RDWR | O_CLOEXEC)) == -1)
		return err_sys(err, ERR_SOFTWARE, errno, _PATH_DEVNULL);
	for (fd = 0; fd <= last; fd++)
		if (dup2(null, fd) == -1)
			return err_sys(err, ERR_SOFTWARE, errno,
			    _PATH_DEVNULL);
	close(null);
	return 0;
}

static int
give_up_root(struct err *err)
{
	const struct passwd *pw;
	uid_t uid = NOBODY_ID;
	gid_t gid = NOBODY_ID;

	if (geteuid() != 0)
		return 0;
	if ((pw = getpwnam("nobody")) != NULL) {
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	/* From root these set the real, effective and saved ids. */
	if (setgroups(1, &gid) == -1 || setgid(gid) == -1 ||
	    setuid(uid) == -1) {
		/* A user namespace with one user: root in there is that user,
		 * and there is nobody else to become. */
		if (setuid(uid) == -1 && errno == EINVAL)
			return 0;
		return err_sys(err, ERR_SOFTWARE, errno,
		    "cannot become the user 'nobody'");
	}
	if (getuid() == 0 || geteuid() == 0 || setuid(0) == 0)
		return err_set(err, ERR_SOFTWARE, "root cannot be given up");
	return 0;
}

int
sandbox_early(const struct sandbox_conf *conf, struct err *err)
{
	const struct rlimit none = { 0, 0 };

	if (silence(err) == -1)
		return -1;
	close_others(conf->keep, conf->also);
	(void)setrlimit(RLIMIT_CORE, &none);
	if (give_up_root(err) == -1)
		return -1;
#ifdef PR_SET_DUMPABLE
	/* After the change of user, which sets it anew. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	return 0;
}

/* --- second half */

/* A limit that is lower already refuses to be set, and stays. */
static void
set_limits(const struct sandbox_conf *conf)
{
	const struct rlimit files = { conf->max_fds, conf->max_fds };
	const struct rlimit octets = { conf->max_file, conf->max_file };

	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (conf->max_file != 0)
		(void)setrlimit(RLIMIT_FSIZE, &octets);
#ifdef RLIMIT_NPROC
	if (!SANITIZER) {
		const struct rlimit none = { 0, 0 };

		(void)setrlimit(RLIMIT_NPROC, &none);
	}
#endif
}

#ifdef __linux__
/*
 * landlock(7).  The headers of many systems are older than their kernels, and
 * an older kernel takes a longer struct as long as what it does not know is
 * zero: so all of it stands here, and the kernel is asked what it has.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif

#define LL_VERSION		1u	/* flag of create_ruleset */
#define LL_PATH_BENEATH		1	/* kind of rule */

#define LL_FS_READ_FILE		(1ull << 2)
#define LL_FS_READ_DIR		(1ull << 3)
#define LL_FS_ABI1		((1ull << 13) - 1)	/* to MAKE_SYM */
#define LL_FS_REFER		(1ull << 13)	/* ABI 2 */
#define LL_FS_TRUNCATE		(1ull << 14)	/* ABI 3 */
#define LL_FS_IOCTL_DEV		(1ull << 15)	/* ABI 5 */
#define LL_NET_TCP		3ull	/* BIND, CONNECT: ABI 4 */
#define LL_SCOPES		3ull	/* abstract sockets, signals: ABI 6 */

struct ll_ruleset {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

struct ll_path {
	uint64_t	allowed;
	int32_t		fd;
} __attribute__((packed));

/* Leaves one path readable; one that is not there needs nothing. */
static void
ll_allow(int ruleset, const char *path)
{
	struct ll_path rule = { .allowed = LL_FS_READ_FILE };
	struct stat st;

	if ((rule.fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return;
	if (fstat(rule.fd, &st) == 0 && S_ISDIR(st.st_mode))
		rule.allowed |= LL_FS_READ_DIR;
	(void)syscall(SYS_landlock_add_rule, ruleset, LL_PATH_BENEATH, &rule,
	    0);
	close(rule.fd);
}

/* The kernel's ABI; below 1: none. */
static long
ll_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
}

void
sandbox_parts(char *report, size_t size)
{
	const long abi = SANITIZER ? 0 : ll_abi();

	if (abi < 1)
		strlcpy(report, "no_new_privs, rlimits", size);
	else
		snprintf(report, size, "no_new_privs, rlimits, Landlock %ld",
		    abi);
}

/* Returns the ABI that is in force, or 0. */
static int
landlock(const struct sandbox_conf *conf)
{
	struct ll_ruleset attr = { .fs = LL_FS_ABI1 };
	const long abi = ll_abi();
	long fd, e;
	size_t i;

	if (abi < 1)
		return 0;
	if (abi >= 2)
		attr.fs |= LL_FS_REFER;
	if (abi >= 3)
		attr.fs |= LL_FS_TRUNCATE;
	if (abi >= 4)
		attr.net = LL_NET_TCP;
	if (abi >= 5)
		attr.fs |= LL_FS_IOCTL_DEV;
	if (abi >= 6)
		attr.scoped = LL_SCOPES;
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd == -1)
		return 0;
	for (i = 0; i < conf->nreadable; i++)
		if (conf->readable[i] != NULL)
			ll_allow((int)fd, conf->readable[i]);
	e = syscall(SYS_landlock_restrict_self, (int)fd, 0);
	close((int)fd);
	return e == 0 ? (int)abi : 0;
}

static void
lock_in(const struct sandbox_conf *conf, char *report, size_t size)
{
	bool nnp;
	int abi;

	nnp = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	abi = SANITIZER || !nnp ? 0 : landlock(conf);
	strlcpy(report, nnp ? "no_new_privs, rlimits" : "rlimits", size);
	if (SANITIZER)
		strlcat(report, "; no Landlock and no limit on processes in "
		    "a sanitizer build", size);
	else if (abi == 0)
		strlcat(report, "; no Landlock in this kernel", size);
	else
		snprintf(report + strlen(report), size - strlen(report),
		    ", Landlock %d (files%s%s)", abi, abi >= 4 ? ", TCP" : "",
		    abi >= 6 ? ", signals" : "");
}
#else
void
sandbox_parts(char *report, size_t size)
{
	strlcpy(report, "rlimits", size);
}

static void
lock_in(const struct sandbox_conf *conf, char *report, size_t size)
{
	(void)conf;
	strlcpy(report, "rlimits", size);
}
#endif

void
sandbox_late(const struct sandbox_conf *conf, char *report, size_t size)
{
	set_limits(conf);
	lock_in(conf, report, size);
}
