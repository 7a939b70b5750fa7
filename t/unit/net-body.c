/* Where the octets of a message go. */
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
#include "net/body.h"

#define BIG	(700u * 1024)	/* several writes */

static const char small[] = "Return-Path: <joe@example.org>\n"
    "Status: RO\nSubject: hello\n\nbody\n";

/* An open file without a name. */
static int
nameless(void)
{
	char name[] = "net-body.XXXXXX";
	int fd = mkstemp(name);

	assert_int_not_equal(fd, -1);
	assert_int_equal(unlink(name), 0);
	return fd;
}

/* Gives the pool a file and returns a descriptor to look at it. */
static int
give(struct body *b, uint32_t id)
{
	struct err err = { .kind = ERR_NONE };
	int fd = nameless(), seen = dup(fd);

	assert_int_not_equal(seen, -1);
	assert_int_equal(body_file(b, id, fd, &err), 0);
	return seen;
}

static void
assert_holds(int fd, const void *data, size_t len)
{
	char *got = malloc(len + 1);

	assert_non_null(got);
	assert_int_equal(pread(fd, got, len + 1, 0), len);
	assert_memory_equal(got, data, len);
	free(got);
	close(fd);
}

/* One message in pieces of that size. */
static struct body_sum
message(struct body *b, bool store, const void *data, size_t len, size_t piece)
{
	struct err err = { .kind = ERR_NONE };
	struct body_sum sum;
	size_t n;

	body_begin(b, store);
	for (; len > 0; len -= n) {
		n = len < piece ? len : piece;
		assert_int_equal(body_data(b, data, n, &err), 0);
		data = (const char *)data + n;
	}
	assert_int_equal(body_end(b, &sum, &err), 0);
	return sum;
}

static void
any_split_gives_the_same_file_and_digests(void **state)
{
	static const size_t pieces[] = { 1000, 65536, 100000, 262144, BIG };
	struct body *b = body_new(0);
	struct body_sum sum, first;
	char *data = malloc(BIG);
	size_t i;
	int fd;

	(void)state;
	assert_non_null(data);
	for (i = 0; i < BIG; i++)
		data[i] = (char)(i * 31 + i / 997);
	memcpy(data, small, strlen(small));
	first = message(b, false, data, BIG, 7);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		fd = give(b, 1);
		sum = message(b, true, data, BIG, pieces[i]);
		assert_int_equal(sum.size, BIG);
		assert_memory_equal(sum.digest, first.digest, DIGEST_LEN);
		assert_memory_equal(sum.head, first.head, DIGEST_LEN);
		assert_holds(fd, data, BIG);
	}
	free(data);
	body_free(b);
}

/* Pieces that fill the gathered write by one octet too many, and large ones
 * behind small ones. */
static void
uneven_pieces_keep_their_order(void **state)
{
	static const size_t pieces[] = {
		60000, 60000, 60000, 60000, 22145, 1000, 70000, 5, 262144
	};
	struct err err = { .kind = ERR_NONE };
	struct body *b = body_new(0);
	struct body_sum sum;
	uint8_t *data = malloc(BIG);
	size_t i, len = 0;
	int fd = give(b, 1);

	(void)state;
	assert_non_null(data);
	for (i = 0; i < BIG; i++)
		data[i] = (uint8_t)(i * 31 + i / 997);
	body_begin(b, true);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_int_equal(body_data(b, data + len, pieces[i], &err), 0);
		len += pieces[i];
	}
	assert_int_equal(body_end(b, &sum, &err), 0);
	assert_int_equal(sum.size, len);
	assert_holds(fd, data, len);
	free(data);
	body_free(b);
}

static void
files_are_used_in_the_order_they_came(void **state)
{
	struct body *b = body_new(0);
	int one, two;

	(void)state;
	assert_false(body_ready(b));
	one = give(b, 7);
	two = give(b, 3);
	assert_true(body_ready(b));
	assert_int_equal(message(b, true, "one", 3, 3).id, 7);
	assert_int_equal(message(b, true, "second", 6, 6).id, 3);
	assert_false(body_ready(b));
	assert_holds(one, "one", 3);
	assert_holds(two, "second", 6);
	body_free(b);
}

static void
the_pool_has_an_end_and_goes_round(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct body *b = body_new(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < BODY_FILES_MAX; i++)
		close(give(b, i));
	assert_int_equal(body_file(b, i, nameless(), &err), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	assert_int_equal(message(b, true, "x", 1, 1).id, 0);
	close(give(b, 999));
	for (i = 1; i < BODY_FILES_MAX; i++)
		assert_int_equal(message(b, true, "x", 1, 1).id, i);
	assert_int_equal(message(b, true, "x", 1, 1).id, 999);
	body_free(b);
}

static void
a_message_of_the_limit_is_stored(void **state)
{
	struct body *b = body_new(10);
	struct body_sum sum;
	int fd = give(b, 1);

	(void)state;
	sum = message(b, true, "0123456789", 10, 3);
	assert_false(sum.over);
	assert_holds(fd, "0123456789", 10);
	body_free(b);
}

static void
one_over_the_limit_leaves_its_file_empty_for_the_next(void **state)
{
	static char big[400000];
	struct body *b = body_new(300000);
	struct body_sum sum;
	int fd = give(b, 1);

	(void)state;
	sum = message(b, true, big, sizeof(big), 100000);
	assert_true(sum.over);
	assert_true(body_ready(b));
	sum = message(b, true, small, strlen(small), 5);
	assert_false(sum.over);
	assert_int_equal(sum.id, 1);
	assert_int_equal(sum.size, strlen(small));
	assert_holds(fd, small, strlen(small));
	body_free(b);
}

static void
looking_needs_no_file(void **state)
{
	struct body *b = body_new(0);
	struct body_sum one, two;

	(void)state;
	one = message(b, false, small, strlen(small), 9);
	assert_string_equal(one.sender, "joe@example.org");
	/* Status is not part of the stable header. */
	two = message(b, false, "Return-Path: <joe@example.org>\n"
	    "Subject: hello\n\nother\n", 53, 53);
	assert_memory_equal(one.head, two.head, DIGEST_LEN);
	assert_memory_not_equal(one.digest, two.digest, DIGEST_LEN);
	body_free(b);
}

static void
the_sender_is_each_messages_own(void **state)
{
	struct body *b = body_new(0);
	struct body_sum sum;

	(void)state;
	message(b, false, small, strlen(small), 100);
	sum = message(b, false, "Subject: x\n\n", 12, 12);
	assert_string_equal(sum.sender, "");
	assert_int_equal(sum.size, 12);
	body_free(b);
}

static void
a_file_that_cannot_be_written_is_an_error(void **state)
{
	static char big[300000];
	struct err err = { .kind = ERR_NONE };
	struct body_sum sum;
	struct body *b = body_new(0);

	(void)state;
	assert_int_equal(body_file(b, 1, open("/dev/full", O_WRONLY), &err), 0);
	assert_int_equal(body_file(b, 2, open("/dev/full", O_WRONLY), &err), 0);
	body_begin(b, true);
	assert_int_equal(body_data(b, (uint8_t *)big, sizeof(big), &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_string_not_equal(err.hint, "");

	/* A short one is found out at its end. */
	err_clear(&err);
	body_begin(b, true);
	assert_int_equal(body_data(b, (const uint8_t *)"x", 1, &err), 0);
	assert_int_equal(body_end(b, &sum, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	body_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_split_gives_the_same_file_and_digests),
		cmocka_unit_test(uneven_pieces_keep_their_order),
		cmocka_unit_test(files_are_used_in_the_order_they_came),
		cmocka_unit_test(the_pool_has_an_end_and_goes_round),
		cmocka_unit_test(a_message_of_the_limit_is_stored),
		cmocka_unit_test(
		    one_over_the_limit_leaves_its_file_empty_for_the_next),
		cmocka_unit_test(looking_needs_no_file),
		cmocka_unit_test(the_sender_is_each_messages_own),
		cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
