/*
 * Tests of base/digest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/text.h"

/* FIPS 180-2, appendix B, and the empty string: the first 16 octets. */
#define SHA_EMPTY	"e3b0c44298fc1c149afbf4c8996fb924"
#define SHA_ABC		"ba7816bf8f01cfea414140de5dae2223"
#define SHA_ABCDBCDE	"248d6a61d20638b8e5c026930c3e6039"

static const char abcdbcde[] =
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void
assert_digest(struct digest *d, const char *want)
{
	uint8_t out[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1];

	digest_end(d, out);
	text_hex(hex, out, sizeof(out));
	assert_string_equal(hex, want);
}

static void
sha256_is_the_standards(void **state)
{
	struct digest *d;

	(void)state;
	d = digest_new();
	assert_digest(d, SHA_EMPTY);
	digest_reset(d);
	digest_add(d, "abc", 3);
	assert_digest(d, SHA_ABC);
	digest_reset(d);
	digest_add(d, abcdbcde, strlen(abcdbcde));
	assert_digest(d, SHA_ABCDBCDE);
	digest_free(d);
	digest_free(NULL);
}

static void
sha256_does_not_depend_on_the_pieces(void **state)
{
	struct digest *d;
	size_t i;

	(void)state;
	d = digest_new();
	for (i = 0; i <= strlen(abcdbcde); i++) {
		digest_reset(d);
		digest_add(d, abcdbcde, i);
		digest_add(d, abcdbcde + i, strlen(abcdbcde) - i);
		assert_digest(d, SHA_ABCDBCDE);
	}
	digest_free(d);
}

static void
reset_forgets_what_was_added(void **state)
{
	struct digest *d;

	(void)state;
	d = digest_new();
	digest_add(d, "other", 5);
	digest_reset(d);
	digest_add(d, "abc", 3);
	assert_digest(d, SHA_ABC);
	digest_free(d);
}

static void
two_digests_do_not_mix(void **state)
{
	struct digest *a, *b;

	(void)state;
	a = digest_new();
	b = digest_new();
	digest_add(a, "a", 1);
	digest_add(b, abcdbcde, strlen(abcdbcde));
	digest_add(a, "bc", 2);
	assert_digest(a, SHA_ABC);
	assert_digest(b, SHA_ABCDBCDE);
	digest_free(a);
	digest_free(b);
}

static void
crc32c_is_that_of_rfc3720(void **state)
{
	static const uint8_t pdu[48] = {
		0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
		0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
		0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
	};
	uint8_t b[32];
	size_t i;

	(void)state;
	assert_int_equal(crc32c(0, "", 0), 0);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	memset(b, 0, sizeof(b));
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x8a9136aa);
	memset(b, 0xff, sizeof(b));
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x62a8ab43);
	for (i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x46dd794e);
	for (i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(31 - i);
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x113fdb5c);
	assert_int_equal(crc32c(0, pdu, sizeof(pdu)), 0xd9963a56);
}

/* Bit by bit, as the polynomial says. */
static uint32_t
crc_slow(const uint8_t *p, size_t len)
{
	uint32_t c = 0xffffffff;
	int k;

	for (; len > 0; len--) {
		c ^= *p++;
		for (k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78 : 0);
	}
	return ~c;
}

static void
crc32c_is_right_at_every_length_and_alignment(void **state)
{
	uint8_t b[80];
	size_t at, len;

	(void)state;
	for (at = 0; at < sizeof(b); at++)
		b[at] = (uint8_t)(at * 73 + 5);
	for (at = 0; at < 9; at++)
		for (len = 0; at + len <= sizeof(b); len++)
			assert_int_equal(crc32c(0, b + at, len),
			    crc_slow(b + at, len));
}

static void
crc32c_goes_on_from_its_seed(void **state)
{
	uint32_t want;
	size_t i;

	(void)state;
	want = crc32c(0, abcdbcde, strlen(abcdbcde));
	for (i = 0; i <= strlen(abcdbcde); i++)
		assert_int_equal(crc32c(crc32c(0, abcdbcde, i), abcdbcde + i,
		    strlen(abcdbcde) - i), want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_is_the_standards),
		cmocka_unit_test(sha256_does_not_depend_on_the_pieces),
		cmocka_unit_test(reset_forgets_what_was_added),
		cmocka_unit_test(two_digests_do_not_mix),
		cmocka_unit_test(crc32c_is_that_of_rfc3720),
		cmocka_unit_test(crc32c_is_right_at_every_length_and_alignment),
		cmocka_unit_test(crc32c_goes_on_from_its_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
