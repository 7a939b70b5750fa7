/*
 * Pins in the one form that everything behind compares.
 */
#include "conf/pin.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define PREFIX		PIN_PREFIX
#define PREFIX_LEN	(sizeof(PREFIX) - 1)
#define DIGEST_OCTETS	32
#define HEX_LEN		(2 * DIGEST_OCTETS)
#define BASE64_LEN	43	/* and one = behind */
#define BLANKS		" \t\r\n"

/* The base64 of a digest as hexadecimal; false: it is none. */
static bool
from_base64(char *hex, const char *s, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t digest[DIGEST_OCTETS];
	uint32_t bits = 0;
	unsigned nbits = 0;
	size_t i, n = 0;
	const char *d;

	if (len == BASE64_LEN + 1 && s[BASE64_LEN] == '=')
		len--;
	if (len != BASE64_LEN)
		return false;
	for (i = 0; i < len; i++) {
		if ((d = strchr(digits, s[i])) == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(d - digits);
		if ((nbits += 6) < 8)
			continue;
		nbits -= 8;
		digest[n++] = (uint8_t)(bits >> nbits);
	}
	/* What is left over must not say anything. */
	if ((bits & ((1u << nbits) - 1)) != 0)
		return false;
	text_hex(hex, digest, sizeof(digest));
	return true;
}

/* One pin, with its prefix, as PREFIX and lower-case hexadecimal. */
static bool
put_pin(char *dst, const char *s, size_t len)
{
	size_t i;

	if (len < PREFIX_LEN || strncmp(s, PREFIX, PREFIX_LEN) != 0)
		return false;
	s += PREFIX_LEN;
	len -= PREFIX_LEN;
	memcpy(dst, PREFIX, PREFIX_LEN);
	dst += PREFIX_LEN;
	if (len != HEX_LEN)
		return from_base64(dst, s, len);
	for (i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)s[i]))
			return false;
		dst[i] = (char)tolower((unsigned char)s[i]);
	}
	dst[i] = '\0';
	return true;
}

const char *
pin_list(struct arena *arena, const char *text)
{
	char pin[PREFIX_LEN + HEX_LEN + 1];
	const char *s, *pins = NULL;
	size_t len;

	for (s = text + strspn(text, BLANKS); *s != '\0';
	    s += len, s += strspn(s, BLANKS)) {
		len = strcspn(s, BLANKS);
		if (!put_pin(pin, s, len))
			return NULL;
		pins = pins == NULL ? arena_printf(arena, "%s", pin) :
		    arena_printf(arena, "%s %s", pins, pin);
	}
	return pins;
}
