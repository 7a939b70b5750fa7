/*
 * Frames between courier and fetcher.
 */
#include "config.h"

#include "base/ipc.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define IPC_HEAD	offsetof(struct ipc_msg, data)
#define IPC_SNDBUF	(1024 * 1024)	/* some 30 full frames in flight */
#define IPC_FDS_MAX	8	/* seen at once; the rest the kernel closes */
#define IPC_ITEM_HEAD	(sizeof(uint32_t) + sizeof(uint64_t) + sizeof(uint16_t))

/* A hole in the head would send what the stack held before. */
_Static_assert(IPC_HEAD == 5 * sizeof(uint32_t) + 2 * sizeof(uint64_t) +
    2 * DIGEST_LEN, "struct ipc_msg has padding");
_Static_assert(sizeof(struct err) <= IPC_DATA_MAX, "an error fits a frame");

/* A frame that the kernel did not take yet. */
struct ipc_out {
	STAILQ_ENTRY(ipc_out)	 next;
	int			 passfd;	/* ours; -1: none */
	size_t			 len;
	uint8_t			 frame[];
};

struct ipc {
	int				 fd;
	size_t				 queued;
	STAILQ_HEAD(, ipc_out)		 queue;
};

/* Room and alignment for the descriptors that come with one frame. */
union ipc_control {
	struct cmsghdr	align;
	char		room[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))];
};

void
ipc_clear(struct ipc_msg *m, enum ipc_type type)
{
	memset(m, 0, IPC_HEAD);
	m->type = type;
}

int
ipc_check(struct ipc_msg *m, size_t n, struct err *err)
{
	if (n < IPC_HEAD || n > IPC_HEAD + IPC_DATA_MAX ||
	    m->len != n - IPC_HEAD)
		return err_set(err, ERR_SOFTWARE,
		    "internal frame of a wrong length (%zu octets)", n);
	if (m->type == 0 || m->type >= IPC_TYPE_END)
		return err_set(err, ERR_SOFTWARE,
		    "internal frame of unknown type %lu",
		    (unsigned long)m->type);
	*(m->data + m->len) = '\0';
	return 0;
}

bool
ipc_put(struct ipc_msg *m, const struct ipc_item *item)
{
	uint8_t *p;

	if (m->len > IPC_DATA_MAX - IPC_ITEM_HEAD ||
	    item->len > IPC_DATA_MAX - IPC_ITEM_HEAD - m->len)
		return false;
	p = m->data + m->len;
	memcpy(p, &item->num, sizeof(item->num));
	p += sizeof(item->num);
	memcpy(p, &item->size, sizeof(item->size));
	p += sizeof(item->size);
	memcpy(p, &item->len, sizeof(item->len));
	p += sizeof(item->len);
	if (item->len > 0)
		memcpy(p, item->text, item->len);
	m->len += (uint32_t)(IPC_ITEM_HEAD + item->len);
	return true;
}

int
ipc_get(const struct ipc_msg *m, size_t *off, struct ipc_item *item)
{
	const uint8_t *p;

	if (*off == m->len)
		return 0;
	if (*off > m->len || m->len - *off < IPC_ITEM_HEAD)
		return -1;
	p = m->data + *off;
	memcpy(&item->num, p, sizeof(item->num));
	p += sizeof(item->num);
	memcpy(&item->size, p, sizeof(item->size));
	p += sizeof(item->size);
	memcpy(&item->len, p, sizeof(item->len));
	p += sizeof(item->len);
	if (m->len - *off - IPC_ITEM_HEAD < item->len)
		return -1;
	item->text = p;
	*off += IPC_ITEM_HEAD + item->len;
	return 1;
}

void
ipc_put_err(struct ipc_msg *m, const struct err *err)
{
	ipc_clear(m, IPC_ERROR);
	m->len = sizeof(*err);
	memcpy(m->data, err, sizeof(*err));
}

/* Is it one that has a name?  A switch: the compiler then misses no new one. */
static bool
ipc_known(enum err_kind kind)
{
	switch (kind) {
	case ERR_USAGE:
	case ERR_DATA:
	case ERR_NOHOST:
	case ERR_UNAVAILABLE:
	case ERR_SOFTWARE:
	case ERR_CANTCREAT:
	case ERR_IO:
	case ERR_TEMP:
	case ERR_PROTOCOL:
	case ERR_AUTH:
	case ERR_CONFIG:
		return true;
	case ERR_NONE:
		break;
	}
	return false;
}

int
ipc_get_err(const struct ipc_msg *m, struct err *err)
{
	struct err raw;

	if (m->type != IPC_ERROR || m->len != sizeof(raw))
		return err_set(err, ERR_SOFTWARE, "malformed internal error");
	memcpy(&raw, m->data, sizeof(raw));
	err_clear(err);
	err->kind = ipc_known(raw.kind) ? raw.kind : ERR_SOFTWARE;
	err->sys = raw.sys;
	text_vis(err->msg, sizeof(err->msg), raw.msg,
	    strnlen(raw.msg, sizeof(raw.msg) - 1));
	text_vis(err->hint, sizeof(err->hint), raw.hint,
	    strnlen(raw.hint, sizeof(raw.hint) - 1));
	return 0;
}

int
ipc_pair(int fds[2], struct err *err)
{
	const int size = IPC_SNDBUF;
	int i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, fds) == -1)
		return err_sys(err, ERR_TEMP, errno, "socketpair");
	/* Best effort: a smaller buffer only makes the queue longer. */
	for (i = 0; i < 2; i++)
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	return 0;
}

struct ipc *
ipc_new(int fd)
{
	struct ipc *c;

	c = mem_alloc(sizeof(*c));
	c->fd = fd;
	STAILQ_INIT(&c->queue);
	return c;
}

static void
ipc_drop_first(struct ipc *c)
{
	struct ipc_out *o;

	o = STAILQ_FIRST(&c->queue);
	STAILQ_REMOVE_HEAD(&c->queue, next);
	c->queued -= o->len;
	if (o->passfd != -1)
		close(o->passfd);
	/* It may have held a password. */
	freezero(o, sizeof(*o) + o->len);
}

void
ipc_free(struct ipc *c)
{
	if (c == NULL)
		return;
	while (!STAILQ_EMPTY(&c->queue))
		ipc_drop_first(c);
	close(c->fd);
	free(c);
}

int
ipc_fd(const struct ipc *c)
{
	return c->fd;
}

/* 1: the kernel has it; 0: not now; -1: the other end is gone. */
static int
ipc_try(const struct ipc *c, const void *frame, size_t len, int passfd,
    struct err *err)
{
	union ipc_control ctl;
	struct cmsghdr *cm;
	struct msghdr mh;
	struct iovec iov;

	memset(&mh, 0, sizeof(mh));
	iov.iov_base = (void *)(uintptr_t)frame;
	iov.iov_len = len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (passfd != -1) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = CMSG_SPACE(sizeof(int));
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &passfd, sizeof(int));
	}
	for (;;) {
		if (sendmsg(c->fd, &mh, MSG_NOSIGNAL) != -1)
			return 1;
		switch (errno) {
		case EINTR:
			continue;
		case EAGAIN:
		case ENOBUFS:
		case ETOOMANYREFS:	/* descriptors that wait to be taken */
			return 0;
		case EPIPE:
		case ECONNRESET:
			return err_set(err, ERR_SOFTWARE,
			    "the other process of this account is gone");
		default:
			return err_sys(err, ERR_SOFTWARE, errno,
			    "cannot send an internal frame");
		}
	}
}

int
ipc_send(struct ipc *c, const struct ipc_msg *m, int passfd, struct err *err)
{
	struct ipc_out *o;
	size_t len;
	int r;

	len = IPC_HEAD + m->len;
	if (STAILQ_EMPTY(&c->queue)) {
		if ((r = ipc_try(c, m, len, passfd, err)) != 0)
			return r == 1 ? 0 : -1;
	}
	if (passfd != -1 &&
	    (passfd = fcntl(passfd, F_DUPFD_CLOEXEC, 0)) == -1)
		return err_sys(err, ERR_SOFTWARE, errno,
		    "cannot duplicate a descriptor");
	o = mem_alloc(sizeof(*o) + len);
	o->passfd = passfd;
	o->len = len;
	memcpy(o->frame, m, len);
	STAILQ_INSERT_TAIL(&c->queue, o, next);
	c->queued += len;
	return 0;
}

size_t
ipc_queued(const struct ipc *c)
{
	return c->queued;
}

int
ipc_flush(struct ipc *c, struct err *err)
{
	struct ipc_out *o;
	int r;

	while ((o = STAILQ_FIRST(&c->queue)) != NULL) {
		if ((r = ipc_try(c, o->frame, o->len, o->passfd, err)) != 1)
			return r;
		ipc_drop_first(c);
	}
	return 0;
}

/*
 * Takes the descriptors out of a received control part.  Returns how many
 * there were; the last one is left open in *fd if it is the only one.
 */
static size_t
ipc_take(struct msghdr *mh, int *fd)
{
	struct cmsghdr *cm;
	size_t i, n, total;
	int got;

	total = 0;
	for (cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET ||
		    cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&got, CMSG_DATA(cm) + i * sizeof(int),
			    sizeof(int));
			if (total++ == 0) {
				*fd = got;
				continue;
			}
			close(got);
			if (*fd != -1)
				close(*fd);
			*fd = -1;
		}
	}
	return total;
}

/* recvmsg without the answers that mean "again". */
static ssize_t
ipc_recvmsg(int fd, struct msghdr *mh)
{
	bool reset;
	ssize_t n;

	/*
	 * Linux reports ECONNRESET once when the other end closed with frames
	 * unread; what it had sent before is still there to be received.
	 */
	reset = false;
	for (;;) {
		n = recvmsg(fd, mh, MSG_CMSG_CLOEXEC);
		if (n != -1)
			return n;
		if (errno == ECONNRESET && reset)
			return 0;
		if (errno == ECONNRESET)
			reset = true;
		else if (errno != EINTR)
			return -1;
	}
}

int
ipc_recv(struct ipc *c, struct ipc_msg *m, int *passfd, struct err *err)
{
	union ipc_control ctl;
	struct msghdr mh;
	struct iovec iov;
	size_t nfds;
	ssize_t n;

	*passfd = -1;
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = m;
	iov.iov_len = IPC_HEAD + IPC_DATA_MAX;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &ctl;
	mh.msg_controllen = sizeof(ctl);
	if ((n = ipc_recvmsg(c->fd, &mh)) == -1) {
		if (errno == EAGAIN)
			return 0;
		return err_sys(err, ERR_SOFTWARE, errno,
		    "cannot receive an internal frame");
	}
	nfds = ipc_take(&mh, passfd);
	if (n == 0 && nfds == 0)
		return -1;
	if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		err_set(err, ERR_SOFTWARE, "internal frame is too long");
		goto bad;
	}
	if (ipc_check(m, (size_t)n, err) == -1)
		goto bad;
	if (nfds != (m->type == IPC_FILE ? 1 : 0)) {
		err_set(err, ERR_SOFTWARE,
		    "internal frame with %zu descriptors", nfds);
		goto bad;
	}
	return 1;

bad:
	if (*passfd != -1)
		close(*passfd);
	*passfd = -1;
	return -1;
}
