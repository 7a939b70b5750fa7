/* From a name to a connected TCP socket. */
#include "net/dial.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#define WHITE		" \t\r\n"
#define DIAL_ADDRS	16	/* addresses that are tried, at most */

/* All attempts at one name; pfd and addr go together. */
struct race {
	const struct addrinfo	*addr[DIAL_ADDRS];
	size_t			 naddr;
	size_t			 next;		/* address not tried yet */
	struct pollfd		 pfd[DIAL_ADDRS];
	size_t			 open;		/* attempts under way */
	bool			 refused;	/* at least one was */
	int			 sys;		/* the first other failure */
	int			 noroute;	/* of an unreachable one */
};

void
dial_where(char *dst, size_t size, const char *host, const char *port)
{
	if (strchr(host, ':') != NULL)
		snprintf(dst, size, "[%s]:%s", host, port);
	else
		snprintf(dst, size, "%s:%s", host, port);
}

static int
resolve(struct addrinfo **list, const char *host, const char *port,
    struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int e, sys;

	e = getaddrinfo(host, port, &hints, list);
	sys = errno;
	switch (e) {
	case 0:
		return 0;
	case EAI_NONAME:
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
	case EAI_NODATA:
#endif
		err_set(err, ERR_NOHOST, "there is no host '%s'", host);
		return err_hint(err, "check the spelling of the server's name");
	case EAI_SERVICE:
		return err_set(err, ERR_CONFIG, "there is no port '%s'", port);
	case EAI_SYSTEM:
		return err_sys(err, ERR_TEMP, sys, "cannot look up '%s'", host);
	default:
		err_set(err, e == EAI_FAIL ? ERR_NOHOST : ERR_TEMP,
		    "cannot look up '%s': %s", host, gai_strerror(e));
		return err_hint(err, "check that this machine is online and "
		    "its name server answers");
	}
}

/* The resolver's order, but the two families in turns (RFC 8305 section 4). */
static void
interleave(struct race *r, const struct addrinfo *list)
{
	const struct addrinfo *same = list, *other = list;
	int family = list->ai_family;

	while (r->naddr < DIAL_ADDRS) {
		while (same != NULL && same->ai_family != family)
			same = same->ai_next;
		while (other != NULL && other->ai_family == family)
			other = other->ai_next;
		if (same == NULL && other == NULL)
			break;
		if (same != NULL) {
			r->addr[r->naddr++] = same;
			same = same->ai_next;
		}
		if (other != NULL && r->naddr < DIAL_ADDRS) {
			r->addr[r->naddr++] = other;
			other = other->ai_next;
		}
	}
}

static void
note_failure(struct race *r, int sys)
{
	switch (sys) {
	case ECONNREFUSED:
		r->refused = true;
		break;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		r->noroute = sys;
		break;
	default:
		if (r->sys == 0)
			r->sys = sys;
	}
}

/* Begins the next attempt. */
static void
attempt(struct race *r)
{
	const struct addrinfo *ai = r->addr[r->next++];
	int fd, on = 1;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    ai->ai_protocol);
	if (fd == -1) {
		note_failure(r, errno);
		return;
	}
	/* Commands go out as soon as they are written; best effort. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1 &&
	    errno != EINPROGRESS && errno != EINTR) {
		note_failure(r, errno);
		close(fd);
		return;
	}
	r->pfd[r->open++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
}

/* Looks at the attempts after poll; returns the descriptor that connected,
 * or -1.  What failed is closed and taken out, and *failed set. */
static int
harvest(struct race *r, bool *failed)
{
	size_t i;

	for (i = 0; i < r->open;) {
		int fd = r->pfd[i].fd, sys = 0;
		socklen_t len = sizeof(sys);

		if (r->pfd[i].revents == 0) {
			i++;
			continue;
		}
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &len) == -1)
			sys = errno;
		if (sys == 0 && (r->pfd[i].revents & POLLOUT) == 0) {
			i++;
			continue;
		}
		r->pfd[i] = r->pfd[--r->open];
		if (sys == 0)
			return fd;
		note_failure(r, sys);
		close(fd);
		*failed = true;
	}
	return -1;
}

/* The first descriptor that connects, or -1: the deadline has passed, or, with
 * no attempt open and none left, all have failed. */
static int
race_run(struct race *r, int64_t deadline)
{
	int64_t now, wait, stagger = 0;
	int fd;

	for (;;) {
		now = clock_mono_ms();
		if (now >= deadline)
			return -1;
		if (r->next < r->naddr && (r->open == 0 || now >= stagger)) {
			attempt(r);
			stagger = now + DIAL_STAGGER_MS;
			continue;
		}
		if (r->open == 0)
			return -1;
		wait = deadline;
		if (r->next < r->naddr && stagger < deadline)
			wait = stagger;
		if (poll(r->pfd, (nfds_t)r->open, (int)(wait - now)) > 0) {
			bool failed = false;

			if ((fd = harvest(r, &failed)) != -1)
				return fd;
			if (failed)
				stagger = 0;
		}
	}
}

static int
failure(const struct race *r, bool late, const char *host, const char *port,
    struct err *err)
{
	char where[DIAL_WHERE_MAX];

	dial_where(where, sizeof(where), host, port);
	if (late || r->sys == ETIMEDOUT) {
		err_set(err, ERR_TEMP, "no answer from %s while connecting",
		    where);
		return err_hint(err, "the server, or a firewall on the way, "
		    "drops connections to this port");
	}
	if (r->sys != 0)
		return err_sys(err, ERR_UNAVAILABLE, r->sys,
		    "cannot connect to %s", where);
	if (!r->refused) {
		err_sys(err, ERR_UNAVAILABLE, r->noroute,
		    "cannot connect to %s", where);
		return err_hint(err, "check that this machine is online");
	}
	err_sys(err, ERR_UNAVAILABLE, ECONNREFUSED, "cannot connect to %s",
	    where);
	return err_hint(err, "nothing listens there: check the server's name "
	    "and port");
}

static void
describe_peer(struct dialed *d)
{
	union {
		struct sockaddr_storage	 ss;
		struct sockaddr		 sa;
		struct sockaddr_in	 in;
		struct sockaddr_in6	 in6;
	} u;
	socklen_t len = sizeof(u);

	strlcpy(d->addr, "?", sizeof(d->addr));
	d->loopback = false;
	if (getpeername(d->fd, &u.sa, &len) == -1)
		return;
	(void)getnameinfo(&u.sa, len, d->addr, sizeof(d->addr), NULL, 0,
	    NI_NUMERICHOST);
	if (u.sa.sa_family == AF_INET)
		d->loopback = ntohl(u.in.sin_addr.s_addr) >> 24 == 127;
	else if (u.sa.sa_family == AF_INET6)
		d->loopback = IN6_IS_ADDR_LOOPBACK(&u.in6.sin6_addr) ||
		    (IN6_IS_ADDR_V4MAPPED(&u.in6.sin6_addr) &&
		    u.in6.sin6_addr.s6_addr[12] == 127);
}

int
dial(struct dialed *d, const char *host, const char *port, int64_t deadline,
    struct err *err)
{
	struct race r = { .naddr = 0 };
	struct addrinfo *list = NULL;
	bool late;

	if (resolve(&list, host, port, err) == -1)
		return -1;
	interleave(&r, list);
	d->fd = race_run(&r, deadline);
	late = r.open > 0 || r.next < r.naddr;
	while (r.open > 0)
		close(r.pfd[--r.open].fd);
	freeaddrinfo(list);
	if (d->fd == -1)
		return failure(&r, late, host, port, err);
	describe_peer(d);
	return 0;
}

void
dial_plugged(struct dialed *d, int fd)
{
	d->fd = fd;
	d->loopback = false;
	strlcpy(d->addr, "plugin", sizeof(d->addr));
}

/* What stands for the place at s, or NULL. */
static const char *
place(const char *s, const char *host, const char *port)
{
	return s[0] != '%' ? NULL : s[1] == 'h' ? host : s[1] == 'p' ? port :
	    NULL;
}

/* One word of len octets, filled in. */
static char *
fill_in(struct arena *arena, const char *word, size_t len, const char *host,
    const char *port)
{
	size_t i, longest = strlen(host) > strlen(port) ? strlen(host) :
	    strlen(port);
	char *dst = arena_alloc(arena, len * (longest + 1) + 1), *d = dst;
	const char *value;

	for (i = 0; i < len; i++)
		if ((value = place(word + i, host, port)) != NULL) {
			d = stpcpy(d, value);
			i++;
		} else
			*d++ = word[i];
	*d = '\0';
	return dst;
}

char **
dial_plugin(struct arena *arena, const char *command, const char *host,
    const char *port)
{
	/* Each word but the last has a blank behind it. */
	char **argv = arena_alloc(arena, (strlen(command) / 2 + 2) *
	    sizeof(*argv));
	const char *s = command + strspn(command, WHITE);
	size_t len, n = 0;

	for (; *s != '\0'; s += len, s += strspn(s, WHITE)) {
		len = strcspn(s, WHITE);
		argv[n++] = fill_in(arena, s, len, host, port);
	}
	return n == 0 ? NULL : argv;
}
