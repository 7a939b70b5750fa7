/*
 * Pins of public keys: both notations mean the same, and what is none is told.
 */
#include <stdio.h>

#include "conf-rc.h"

/* Of the digest 00 01 ... 1e ff, in both ways. */
#define HEX	"000102030405060708090a0b0c0d0e0f" \
		"101112131415161718191a1b1c1d1eff"
#define UPPER	"000102030405060708090A0B0C0D0E0F" \
		"101112131415161718191A1B1C1D1EFF"
#define BASE64	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8"
/* One that has + and / in it. */
#define HEX2	"fbefbefbefbefbefbefbefbefbefbefb" \
		"efbefffffffffffffffffffffffffffc"
#define BASE64_2 "++++++++++++++++++++++++//////////////////w"

#define WANTS	"rc:1:15: 'tlspin' wants \"sha256:\" and 64 hexadecimal " \
		"digits, or 44 of base64"
#define HINT	"'popfetch --probe' prints it; put it in quotes"

static void
means(const char *value, const char *pins)
{
	char text[512];
	struct conf *c;

	snprintf(text, sizeof(text), "poll a tlspin '%s'", value);
	c = parse(text);
	assert_string_equal(c->accounts[0]->tlspin, pins);
	conf_free(c);
}

static void
hexadecimal_and_base64_mean_the_same(void **state)
{
	(void)state;
	means("sha256:" HEX, "sha256:" HEX);
	means("sha256:" UPPER, "sha256:" HEX);
	means("sha256:" BASE64 "=", "sha256:" HEX);
	means("sha256:" BASE64, "sha256:" HEX);
	means("sha256:" BASE64_2, "sha256:" HEX2);
}

static void
several_are_apart_by_blanks(void **state)
{
	(void)state;
	means(" sha256:" BASE64 "=\n\tsha256:" UPPER " ",
	    "sha256:" HEX " sha256:" HEX);
}

static void
defaults_are_taken_over_and_replaced(void **state)
{
	struct conf *c = parse("defaults tlspin 'sha256:" HEX "' poll a "
	    "poll b tlspin 'sha256:" HEX2 "'");

	(void)state;
	assert_string_equal(c->accounts[0]->tlspin, "sha256:" HEX);
	assert_string_equal(c->accounts[1]->tlspin, "sha256:" HEX2);
	conf_free(c);
}

static void
what_is_no_pin_is_told(void **state)
{
	static const char *const wrong[] = {
		"''", "' '", "sha256", "'sha256:'", "'" HEX "'",
		"'sha1:" HEX "'", "'SHA256:" HEX "'", "'sha256:" HEX "0'",
		"'sha256:g" HEX "'", "'sha256:" HEX " x'",
		"'sha256:" BASE64 "=='", "'sha256:" BASE64 "A'",
		/* Two bits too many, an octet too few, no digit of base64. */
		"'sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv9='",
		"'sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=='",
		"'sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH-8='",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "poll a tlspin %s", wrong[i]);
		refuses(text, WANTS, HINT);
	}
	refuses("poll a tlspin", "rc:1:8: 'tlspin' without a pin", "");
}

static void
a_fingerprint_is_refused_and_a_pin_recommended(void **state)
{
	(void)state;
	refuses("poll a sslfingerprint '00:11'", "rc:1:8: 'sslfingerprint': "
	    "a fingerprint in MD5 can be forged; use 'tlspin' with the pin "
	    "that 'popfetch --probe' prints", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hexadecimal_and_base64_mean_the_same),
		cmocka_unit_test(several_are_apart_by_blanks),
		cmocka_unit_test(defaults_are_taken_over_and_replaced),
		cmocka_unit_test(what_is_no_pin_is_told),
		cmocka_unit_test(
		    a_fingerprint_is_refused_and_a_pin_recommended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
