/*
 * Pins: SHA-256 digests of servers' public keys, as RFC 7469 and most tools
 * write them.
 */
#ifndef CONF_PIN_H
#define CONF_PIN_H

struct arena;

#define PIN_PREFIX	"sha256:"

/* What a message says of them. */
#define PIN_WANTED	"\"" PIN_PREFIX "\" and 64 hexadecimal digits, or 44 of " \
			"base64"
#define PIN_HINT	"'popfetch --probe' prints it; put it in quotes"

/*
 * One or more pins apart by blanks, each in hexadecimal or base64 behind its
 * prefix: the same in lower-case hexadecimal apart by one blank, from the arena;
 * NULL if that is not what text is.
 */
const char	*pin_list(struct arena *arena, const char *text);

#endif
