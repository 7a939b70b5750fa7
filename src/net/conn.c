/* The plain transport. */
#include "net/conn.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

static int
plain_handshake(struct conn *c, struct err *err)
{
	(void)c;
	(void)err;
	return 0;
}

static ssize_t
plain_read(struct conn *c, void *buf, size_t len, struct err *err)
{
	ssize_t n;

	do
		n = recv(c->fd, buf, len, 0);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		return n;
	if (n == 0)
		return CONN_EOF;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return CONN_WANT_READ;
	err_sys(err, ERR_TEMP, errno, "connection lost");
	return CONN_ERR;
}

static ssize_t
plain_write(struct conn *c, const void *buf, size_t len, struct err *err)
{
	ssize_t n;

	do
		n = send(c->fd, buf, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return CONN_WANT_WRITE;
	err_sys(err, ERR_TEMP, errno, "connection lost");
	return CONN_ERR;
}

static void
plain_close(struct conn *c)
{
	close(c->fd);
	free(c);
}

static const struct conn_ops plain_ops = {
	.handshake = plain_handshake,
	.read = plain_read,
	.write = plain_write,
	.close = plain_close,
};

struct conn *
conn_plain(int fd)
{
	struct conn *c = mem_alloc(sizeof(*c));

	c->ops = &plain_ops;
	c->fd = fd;
	return c;
}

int
conn_release(struct conn *c)
{
	int fd = c->fd;

	free(c);
	return fd;
}
