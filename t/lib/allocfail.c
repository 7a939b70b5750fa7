/*
 * allocfail: an LD_PRELOAD library that makes the n-th allocation of a process
 * fail.  With glibc only.
 *
 *	ALLOCFAIL_FILE	where the counts go; it stays mapped, so that a process
 *			that may not write files any more still counts
 *	ALLOCFAIL_PATH	the process: 0 is the first one, 0.1 its first child,
 *			0.1.2 the second child of that (as in sysfault.c)
 *	ALLOCFAIL_N	the number of the allocation; unset: none fails
 *	ALLOCFAIL_EVER	set: all that follow fail, too
 *
 * What malloc, calloc, realloc and their kin allocate counts, whoever asks:
 * libc for strdup, asprintf and stdio, and the other libraries.  All but what
 * getpwnam and getpwuid ask for: in glibc 2.36 a failure there is an assertion
 * (nss_database.c) or a null pointer, which no caller can do anything about.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_LEN	40
#define PROCESSES	16

struct process {
	char		 path[NAME_LEN];
	unsigned long	 count;
	unsigned long	 failed;
};

static struct process none;
static struct process *all, *self = &none;
static unsigned long nth;
static unsigned int children;
static bool ever, is_target, spared;
static struct passwd *(*real_getpwnam)(const char *name);
static struct passwd *(*real_getpwuid)(uid_t uid);

void	*__libc_malloc(size_t size);
void	*__libc_calloc(size_t n, size_t size);
void	*__libc_realloc(void *p, size_t size);
void	*__libc_memalign(size_t align, size_t size);
pid_t	 __fork(void);
void	*memalign(size_t align, size_t size);

/* The slot of this process; a path appears once, as nobody is traced twice. */
static void
name_self(const char *path)
{
	const char *target = getenv("ALLOCFAIL_PATH");
	struct process *p;

	for (p = all; p < all + PROCESSES - 1 && p->path[0] != '\0'; p++)
		continue;
	snprintf(p->path, sizeof(p->path), "%s", path);
	p->count = p->failed = 0;
	self = p;
	is_target = nth != 0 && target != NULL && strcmp(target, path) == 0;
}

static void __attribute__((constructor))
begin(void)
{
	const char *file = getenv("ALLOCFAIL_FILE"), *n = getenv("ALLOCFAIL_N");
	const size_t size = PROCESSES * sizeof(*all);
	void *map;
	int fd;

	*(void **)&real_getpwnam = dlsym(RTLD_NEXT, "getpwnam");
	*(void **)&real_getpwuid = dlsym(RTLD_NEXT, "getpwuid");
	if (file == NULL || (fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC,
	    0600)) == -1)
		return;
	if (ftruncate(fd, (off_t)size) == 0 && (map = mmap(NULL, size,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) != MAP_FAILED) {
		all = map;
		nth = n == NULL ? 0 : strtoul(n, NULL, 10);
		ever = getenv("ALLOCFAIL_EVER") != NULL;
		name_self("0");
	}
	close(fd);
	/* What it runs is not what is tested. */
	unsetenv("LD_PRELOAD");
}

pid_t
fork(void)
{
	char path[NAME_LEN];
	pid_t pid;

	children++;
	if ((pid = __fork()) == 0 && all != NULL) {
		snprintf(path, sizeof(path), "%.24s.%u", self->path, children);
		children = 0;
		name_self(path);
	}
	return (pid);
}

static bool
fails(void)
{
	unsigned long n;

	if (spared)
		return (false);
	n = ++self->count;
	if (!is_target || n < nth || (n > nth && !ever))
		return (false);
	self->failed++;
	errno = ENOMEM;
	return (true);
}

struct passwd *
getpwnam(const char *name)
{
	struct passwd *pw;

	spared = true;
	pw = real_getpwnam(name);
	spared = false;
	return (pw);
}

struct passwd *
getpwuid(uid_t uid)
{
	struct passwd *pw;

	spared = true;
	pw = real_getpwuid(uid);
	spared = false;
	return (pw);
}

void *
malloc(size_t size)
{
	return (fails() ? NULL : __libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return (fails() ? NULL : __libc_calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	return (fails() ? NULL : __libc_realloc(p, size));
}

void *
memalign(size_t align, size_t size)
{
	return (fails() ? NULL : __libc_memalign(align, size));
}

void *
aligned_alloc(size_t align, size_t size)
{
	return (memalign(align, size));
}

int
posix_memalign(void **p, size_t align, size_t size)
{
	void *q = memalign(align, size);

	if (q == NULL)
		return (ENOMEM);
	*p = q;
	return (0);
}
