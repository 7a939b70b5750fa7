/*
 * What is in a frame: packed items, errors.  No socket is needed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/ipc.h"

#define HEAD	offsetof(struct ipc_msg, data)

static struct ipc_msg out;	/* too large for a stack */

static void
items_come_out_as_they_were_put(void **state)
{
	struct ipc_item item;
	char text[16];
	uint32_t i, n;
	size_t off;

	(void)state;
	ipc_clear(&out, IPC_UIDS);
	for (n = 0;; n++) {
		snprintf(text, sizeof(text), "%u", n * n);
		item.num = n;
		item.size = (uint64_t)n << 33;
		item.text = (const uint8_t *)text;
		item.len = (uint16_t)(n % 7 == 0 ? 0 : strlen(text));
		if (!ipc_put(&out, &item))
			break;
	}
	assert_in_range(out.len, IPC_DATA_MAX - 32, IPC_DATA_MAX);
	off = 0;
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%u", i * i);
		assert_int_equal(ipc_get(&out, &off, &item), 1);
		assert_int_equal(item.num, i);
		assert_int_equal(item.size, (uint64_t)i << 33);
		assert_int_equal(item.len, i % 7 == 0 ? 0 : strlen(text));
		assert_memory_equal(item.text, text, item.len);
	}
	assert_int_equal(ipc_get(&out, &off, &item), 0);
}

static void
item_fills_a_frame_to_its_last_octet(void **state)
{
	static uint8_t text[IPC_DATA_MAX];
	const struct ipc_item empty = { 0 };
	struct ipc_item item;
	size_t off;

	(void)state;
	memset(text, 'x', sizeof(text));
	item.num = 1;
	item.size = 2;
	item.text = text;
	item.len = IPC_DATA_MAX - 14 + 1;
	ipc_clear(&out, IPC_UIDS);
	assert_false(ipc_put(&out, &item));
	assert_int_equal(out.len, 0);
	item.len--;
	assert_true(ipc_put(&out, &item));
	assert_int_equal(out.len, IPC_DATA_MAX);
	assert_false(ipc_put(&out, &empty));
	off = 0;
	assert_int_equal(ipc_get(&out, &off, &item), 1);
	assert_int_equal(item.len, IPC_DATA_MAX - 14);
	assert_int_equal(ipc_get(&out, &off, &item), 0);
}

static void
items_cut_anywhere_are_malformed(void **state)
{
	struct ipc_item item;
	size_t off;
	uint32_t cut, whole;

	(void)state;
	item.num = 1;
	item.size = 2;
	item.text = (const uint8_t *)"uid";
	item.len = 3;
	ipc_clear(&out, IPC_UIDS);
	assert_true(ipc_put(&out, &item));
	whole = out.len;
	for (cut = 1; cut < whole; cut++) {
		out.len = cut;
		off = 0;
		assert_int_equal(ipc_get(&out, &off, &item), -1);
		assert_int_equal(off, 0);
	}
	off = whole + 1;
	out.len = whole;
	assert_int_equal(ipc_get(&out, &off, &item), -1);
}

static void
error_travels_whole(void **state)
{
	struct err got, sent;

	(void)state;
	err_clear(&sent);
	err_sys(&sent, ERR_AUTH, EPERM, "login refused\n");
	err_hint(&sent, "check the password");
	ipc_put_err(&out, &sent);
	assert_int_equal(out.type, IPC_ERROR);
	assert_int_equal(out.flags | out.num | out.id, 0);
	out.flags = IPC_E_PIPELINE;
	out.num = 7;
	out.id = 900;
	err_clear(&got);
	assert_int_equal(ipc_check(&out, HEAD + out.len, &got), 0);
	assert_int_equal(ipc_get_err(&out, &got), 0);
	assert_int_equal(got.kind, ERR_AUTH);
	assert_int_equal(got.sys, EPERM);
	assert_string_equal(got.msg, sent.msg);
	assert_string_equal(got.hint, sent.hint);
	assert_int_equal(out.flags, IPC_E_PIPELINE);
	assert_int_equal(out.num, 7);
	assert_int_equal(out.id, 900);
}

static void
hostile_error_is_made_harmless(void **state)
{
	static const int kinds[] = { 0, 1, -1, 66, 67, 71, 72, 79, 1 << 30 };
	struct err got, sent;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		memset(&sent, '\033', sizeof(sent));
		memcpy(&sent.kind, &kinds[i], sizeof(sent.kind));
		ipc_put_err(&out, &sent);
		err_clear(&got);
		assert_int_equal(ipc_get_err(&out, &got), 0);
		assert_int_equal(got.kind, ERR_SOFTWARE);
		assert_memory_equal(got.msg, "\\033\\033", 8);
		assert_int_equal(strlen(got.msg), ERR_MSG_MAX - 1);
		assert_int_equal(strlen(got.hint), ERR_HINT_MAX - 1);
		assert_null(strchr(got.msg, '\033'));
		assert_null(strchr(got.hint, '\033'));
	}
}

static void
error_of_a_wrong_length_is_refused(void **state)
{
	struct err got, sent;

	(void)state;
	err_clear(&sent);
	err_set(&sent, ERR_AUTH, "x");
	ipc_put_err(&out, &sent);
	out.len--;
	err_clear(&got);
	assert_int_equal(ipc_get_err(&out, &got), -1);
	assert_int_equal(got.kind, ERR_SOFTWARE);
	ipc_put_err(&out, &sent);
	out.type = IPC_LOG;
	err_clear(&got);
	assert_int_equal(ipc_get_err(&out, &got), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_come_out_as_they_were_put),
		cmocka_unit_test(item_fills_a_frame_to_its_last_octet),
		cmocka_unit_test(items_cut_anywhere_are_malformed),
		cmocka_unit_test(error_travels_whole),
		cmocka_unit_test(hostile_error_is_made_harmless),
		cmocka_unit_test(error_of_a_wrong_length_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
