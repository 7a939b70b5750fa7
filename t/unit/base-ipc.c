/*
 * Frames on their way: order, descriptors, queue, ends.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/ipc.h"

#define HEAD	offsetof(struct ipc_msg, data)
#define MANY	500	/* full frames: more than the kernel takes */

static struct ipc *ours, *theirs;
static int raw;			/* our end, to send what ipc_send would not */
static struct ipc_msg out, in;	/* too large for a stack */
static int open_before;

static int sendmsg_fails;	/* errno of the next sendmsg */

#ifdef __linux__
/* In front of libc's. */
ssize_t
sendmsg(int fd, const struct msghdr *mh, int flags)
{
	if (sendmsg_fails != 0) {
		errno = sendmsg_fails;
		sendmsg_fails = 0;
		return -1;
	}
	return (ssize_t)syscall(SYS_sendmsg, fd, mh, flags);
}
#endif

/* For tests that mean nothing without the call above. */
static void
need_fakes(void)
{
#ifndef __linux__
	skip();
#endif
}

static int
count_open(void)
{
	int fd, n;

	for (n = fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	return n;
}

static int
setup(void **state)
{
	struct err err;
	int fds[2];

	(void)state;
	err_clear(&err);
	open_before = count_open();
	if (ipc_pair(fds, &err) == -1)
		return -1;
	raw = fds[0];
	ours = ipc_new(fds[0]);
	theirs = ipc_new(fds[1]);
	memset(&out, 0, sizeof(out));
	sendmsg_fails = 0;
	return 0;
}

/* Every test ends with as many descriptors as it began with. */
static int
teardown(void **state)
{
	(void)state;
	ipc_free(ours);
	ipc_free(theirs);
	return count_open() == open_before ? 0 : -1;
}

/* A descriptor of an unlinked file that holds one octet. */
static int
some_file(void)
{
	char name[] = "/tmp/base-ipc.XXXXXX";
	int fd;

	assert_true((fd = mkstemp(name)) != -1);
	unlink(name);
	assert_int_equal(write(fd, "x", 1), 1);
	return fd;
}

/* Sends any octets with any number of descriptors. */
static void
send_raw(const void *data, size_t len, const int *fds, size_t nfds)
{
	static union {
		struct cmsghdr	align;
		char		room[CMSG_SPACE(16 * sizeof(int))];
	} ctl;
	struct cmsghdr *cm;
	struct msghdr mh;
	struct iovec iov;

	memset(&mh, 0, sizeof(mh));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (nfds > 0) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cm), fds, nfds * sizeof(int));
	}
	assert_int_equal(sendmsg(raw, &mh, 0), len);
}

static void
assert_refused(void)
{
	struct err err;
	int fd;

	err_clear(&err);
	fd = 12345;
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	assert_int_equal(fd, -1);
}

static void
frame_arrives_as_it_was_sent(void **state)
{
	struct err err;
	int fd;

	(void)state;
	err_clear(&err);
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 0);
	ipc_clear(&out, IPC_DONE);
	out.num = 1;
	out.id = 2;
	out.flags = 3;
	out.size = 1ULL << 40;
	out.octets = 5;
	memset(out.digest, 6, DIGEST_LEN);
	memset(out.head, 7, DIGEST_LEN);
	out.len = 4;
	memcpy(out.data, "data", 4);
	assert_int_equal(ipc_send(ours, &out, -1, &err), 0);
	memset(&in, '#', sizeof(in));
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 1);
	assert_memory_equal(&in, &out, HEAD + 4);
	assert_int_equal(in.data[4], '\0');
	assert_int_equal(fd, -1);
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 0);
	assert_false(err_isset(&err));
}

static void
only_what_is_used_of_a_frame_travels(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	ipc_clear(&out, IPC_LOG);
	out.len = 5;
	assert_int_equal(ipc_send(ours, &out, -1, &err), 0);
	assert_int_equal(recv(ipc_fd(theirs), &in, sizeof(in), 0), HEAD + 5);
}

static void
both_ends_are_close_on_exec_and_never_block(void **state)
{
	(void)state;
	assert_true(fcntl(ipc_fd(ours), F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(ipc_fd(theirs), F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(ipc_fd(ours), F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(ipc_fd(theirs), F_GETFL) & O_NONBLOCK);
}

static void
queued_frames_keep_their_order(void **state)
{
	struct err err;
	uint32_t got, sent;
	int fd;

	(void)state;
	err_clear(&err);
	for (sent = 0; sent < MANY; sent++) {
		ipc_clear(&out, IPC_RETR);
		out.num = sent;
		out.len = IPC_DATA_MAX;
		out.data[IPC_DATA_MAX - 1] = (uint8_t)sent;
		assert_int_equal(ipc_send(ours, &out, -1, &err), 0);
	}
	assert_true(ipc_queued(ours) > 0);
	assert_int_equal(ipc_queued(ours) % (HEAD + IPC_DATA_MAX), 0);
	for (got = 0; got < MANY; got++) {
		assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 1);
		assert_int_equal(in.num, got);
		assert_int_equal(in.len, IPC_DATA_MAX);
		assert_int_equal(in.data[IPC_DATA_MAX - 1], (uint8_t)got);
		assert_int_equal(ipc_flush(ours, &err), 0);
	}
	assert_int_equal(ipc_queued(ours), 0);
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 0);
}

static void
new_frame_does_not_overtake_the_queue(void **state)
{
	struct err err;
	uint32_t i;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	ipc_clear(&out, IPC_RETR);
	sendmsg_fails = EAGAIN;
	for (i = 0; i < 3; i++) {
		out.num = i;
		assert_int_equal(ipc_send(ours, &out, -1, &err), 0);
	}
	assert_int_equal(ipc_queued(ours), 3 * HEAD);
	assert_int_equal(ipc_flush(ours, &err), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 1);
		assert_int_equal(in.num, i);
	}
}

static void
descriptor_arrives_close_on_exec(void **state)
{
	struct stat a, b;
	struct err err;
	int fd, got;

	(void)state;
	err_clear(&err);
	fd = some_file();
	ipc_clear(&out, IPC_FILE);
	assert_int_equal(ipc_send(ours, &out, fd, &err), 0);
	assert_int_equal(ipc_recv(theirs, &in, &got, &err), 1);
	assert_true(got != -1 && got != fd);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstat(got, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(got);
}

static void
queued_descriptor_is_a_duplicate(void **state)
{
	static const int later[] = { EAGAIN, ENOBUFS, ETOOMANYREFS };
	struct stat a, b;
	struct err err;
	size_t i;
	int fd, got;

	(void)state;
	need_fakes();
	err_clear(&err);
	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		fd = some_file();
		assert_int_equal(fstat(fd, &a), 0);
		ipc_clear(&out, IPC_FILE);
		sendmsg_fails = later[i];
		assert_int_equal(ipc_send(ours, &out, fd, &err), 0);
		assert_int_equal(ipc_queued(ours), HEAD);
		close(fd);
		assert_int_equal(ipc_flush(ours, &err), 0);
		assert_int_equal(ipc_queued(ours), 0);
		assert_int_equal(ipc_recv(theirs, &in, &got, &err), 1);
		assert_int_equal(fstat(got, &b), 0);
		assert_int_equal(a.st_ino, b.st_ino);
		close(got);
	}
}

static void
freeing_closes_what_is_queued(void **state)
{
	struct err err;
	int fd;

	(void)state;
	need_fakes();
	err_clear(&err);
	fd = some_file();
	ipc_clear(&out, IPC_FILE);
	sendmsg_fails = EAGAIN;
	assert_int_equal(ipc_send(ours, &out, fd, &err), 0);
	close(fd);
	/* The teardown counts. */
}

static void
descriptors_where_none_belong_are_closed(void **state)
{
	int fds[12];
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++)
		fds[i] = some_file();
	ipc_clear(&out, IPC_DONE);
	send_raw(&out, HEAD, fds, 1);
	assert_refused();
	ipc_clear(&out, IPC_FILE);
	send_raw(&out, HEAD, NULL, 0);
	assert_refused();
	send_raw(&out, HEAD, fds, 2);
	assert_refused();
	send_raw(&out, HEAD, fds, 3);
	assert_refused();
	send_raw(&out, HEAD, fds, 12);
	assert_refused();
	/* One that is right, in a frame that is not. */
	send_raw(&out, HEAD + 1, fds, 1);
	assert_refused();
	for (i = 0; i < 12; i++)
		close(fds[i]);
}

static void
malformed_frames_are_refused(void **state)
{
	static uint8_t large[HEAD + IPC_DATA_MAX + 1];

	(void)state;
	ipc_clear(&out, IPC_LOG);
	send_raw(&out, HEAD - 1, NULL, 0);
	assert_refused();
	send_raw(&out, 1, NULL, 0);
	assert_refused();
	send_raw(&out, HEAD + 1, NULL, 0);
	assert_refused();
	out.len = 2;
	send_raw(&out, HEAD + 1, NULL, 0);
	assert_refused();
	out.len = UINT32_MAX;
	send_raw(&out, HEAD, NULL, 0);
	assert_refused();
	out.len = 0;
	out.type = 0;
	send_raw(&out, HEAD, NULL, 0);
	assert_refused();
	out.type = IPC_TYPE_END;
	send_raw(&out, HEAD, NULL, 0);
	assert_refused();

	ipc_clear(&out, IPC_LOG);
	out.len = IPC_DATA_MAX;
	memcpy(large, &out, HEAD);
	send_raw(large, sizeof(large), NULL, 0);
	assert_refused();
	out.len = IPC_DATA_MAX + 1;
	memcpy(large, &out, HEAD);
	send_raw(large, sizeof(large), NULL, 0);
	assert_refused();
}

static void
check_ends_the_data_even_of_a_full_frame(void **state)
{
	struct err err;

	(void)state;
	err_clear(&err);
	memset(&in, '#', sizeof(in));
	ipc_clear(&in, IPC_LOG);
	in.len = IPC_DATA_MAX;
	assert_int_equal(ipc_check(&in, HEAD + IPC_DATA_MAX, &err), 0);
	assert_int_equal(in.data[IPC_DATA_MAX - 1], '#');
	assert_int_equal(in.nul, '\0');
	in.len++;
	assert_int_equal(ipc_check(&in, HEAD + IPC_DATA_MAX + 1, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
}

static void
closed_end_is_told_from_an_error(void **state)
{
	struct err err;
	int fd;

	(void)state;
	err_clear(&err);
	ipc_clear(&out, IPC_BYE);
	assert_int_equal(ipc_send(ours, &out, -1, &err), 0);
	ipc_free(ours);
	ours = NULL;
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 1);
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), -1);
	assert_false(err_isset(&err));
	assert_int_equal(fd, -1);
	/* No SIGPIPE either. */
	assert_int_equal(ipc_send(theirs, &out, -1, &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	assert_non_null(strstr(err.msg, "gone"));
}

static void
last_words_survive_a_close_with_frames_unread(void **state)
{
	struct err err;
	int fd;

	(void)state;
	err_clear(&err);
	ipc_clear(&out, IPC_QUIT);
	assert_int_equal(ipc_send(theirs, &out, -1, &err), 0);
	ipc_clear(&out, IPC_BYE);
	assert_int_equal(ipc_send(ours, &out, -1, &err), 0);
	ipc_free(ours);
	ours = NULL;
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), 1);
	assert_int_equal(in.type, IPC_BYE);
	assert_int_equal(ipc_recv(theirs, &in, &fd, &err), -1);
	assert_false(err_isset(&err));
}

#define IPC_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IPC_TEST(frame_arrives_as_it_was_sent),
		IPC_TEST(only_what_is_used_of_a_frame_travels),
		IPC_TEST(both_ends_are_close_on_exec_and_never_block),
		IPC_TEST(queued_frames_keep_their_order),
		IPC_TEST(descriptor_arrives_close_on_exec),
		IPC_TEST(new_frame_does_not_overtake_the_queue),
		IPC_TEST(queued_descriptor_is_a_duplicate),
		IPC_TEST(freeing_closes_what_is_queued),
		IPC_TEST(descriptors_where_none_belong_are_closed),
		IPC_TEST(malformed_frames_are_refused),
		IPC_TEST(check_ends_the_data_even_of_a_full_frame),
		IPC_TEST(closed_end_is_told_from_an_error),
		IPC_TEST(last_words_survive_a_close_with_frames_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
