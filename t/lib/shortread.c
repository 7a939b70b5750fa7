/*
 * shortread: an LD_PRELOAD library that chops or ends what a process receives
 * over TCP.  It counts octets of the wire: TLS records are torn apart, too.
 *
 *	SHORTREAD_FILE	gets how many there were, as a long; it stays mapped, so
 *			that a process that may not write files can count
 *	SHORTREAD_PIECE	the most that one read gives
 *	SHORTREAD_CUT	after so many the stream has ended
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static ssize_t	(*real_read)(int fd, void *buf, size_t len);
static ssize_t	(*real_recv)(int fd, void *buf, size_t len, int flags);
static size_t	 piece = SIZE_MAX, end = SIZE_MAX;
static size_t	 uncounted, *taken = &uncounted;

static size_t
number(const char *name, size_t otherwise)
{
	const char *s = getenv(name);

	return (s == NULL ? otherwise : strtoul(s, NULL, 10));
}

static void __attribute__((constructor))
begin(void)
{
	const char *file = getenv("SHORTREAD_FILE");
	void *map;
	int fd;

	/* POSIX lets a pointer of one kind come as one of the other. */
	*(void **)&real_read = dlsym(RTLD_NEXT, "read");
	*(void **)&real_recv = dlsym(RTLD_NEXT, "recv");
	piece = number("SHORTREAD_PIECE", SIZE_MAX);
	end = number("SHORTREAD_CUT", SIZE_MAX);
	if (file == NULL || (fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC,
	    0600)) == -1)
		return;
	if (ftruncate(fd, sizeof(*taken)) == 0 && (map = mmap(NULL,
	    sizeof(*taken), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) !=
	    MAP_FAILED)
		taken = map;
	close(fd);
	/* What it runs is not what is tested. */
	unsetenv("LD_PRELOAD");
}

static bool
is_tcp(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss), typelen = sizeof(int);
	int type;

	return (getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    (ss.ss_family == AF_INET || ss.ss_family == AF_INET6) &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &typelen) == 0 &&
	    type == SOCK_STREAM);
}

/* How much of len may be read now. */
static size_t
allowed(size_t len)
{
	if (len > piece)
		len = piece;
	if (len > end - *taken)
		len = end - *taken;
	return (len);
}

/* Who waits for more is woken, as by a server that has closed. */
static ssize_t
account(int fd, ssize_t n)
{
	if (n > 0)
		*taken += (size_t)n;
	if (*taken == end)
		(void)shutdown(fd, SHUT_RD);
	return (n);
}

ssize_t
read(int fd, void *buf, size_t len)
{
	if (!is_tcp(fd))
		return (real_read(fd, buf, len));
	return (account(fd, real_read(fd, buf, allowed(len))));
}

ssize_t
recv(int fd, void *buf, size_t len, int flags)
{
	if (!is_tcp(fd))
		return (real_recv(fd, buf, len, flags));
	if (flags & MSG_PEEK)
		return (real_recv(fd, buf, allowed(len), flags));
	return (account(fd, real_recv(fd, buf, allowed(len), flags)));
}
