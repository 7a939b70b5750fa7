/*
 * %T and %F, quoted.
 */
#include "mail/command.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

/* What stands at p: the letter of a place to fill in, or 0. */
static char
place_at(const char *p)
{
	if (p[0] == '%' && (p[1] == 'T' || p[1] == 's' || p[1] == 'F'))
		return p[1];
	return 0;
}

int
command_check(const char *command, struct err *err)
{
	const char *p;

	for (p = command; *p != '\0'; p++) {
		if (!place_at(p))
			continue;
		if ((p > command && strchr("'\"", p[-1]) != NULL) ||
		    (p[2] != '\0' && strchr("'\"", p[2]) != NULL)) {
			err_set(err, ERR_CONFIG, "quotes around %%%c in the "
			    "command of 'mda'", p[1]);
			return err_hint(err, "remove them: what is filled in "
			    "is quoted already");
		}
	}
	return 0;
}

/* Appends one word in single quotes. */
static bool
put_quoted(struct buf *out, const char *word)
{
	const char *q;

	if (!buf_append(out, "'", 1))
		return false;
	while ((q = strchr(word, '\'')) != NULL) {
		if (!buf_append(out, word, (size_t)(q - word)) ||
		    !buf_append(out, "'\\''", 4))
			return false;
		word = q + 1;
	}
	return buf_append(out, word, strlen(word)) && buf_append(out, "'", 1);
}

static bool
put_place(struct buf *out, char place, const char *const *rcpt, size_t n,
    const char *sender)
{
	size_t i;

	if (place == 'F')
		return put_quoted(out, sender[0] == '-' ? "" : sender);
	for (i = 0; i < n; i++)
		if ((i > 0 && !buf_append(out, " ", 1)) ||
		    !put_quoted(out, rcpt[i]))
			return false;
	return true;
}

int
command_build(struct buf *out, const char *command, const char *const *rcpt,
    size_t n, const char *sender, struct err *err)
{
	bool ok = true;
	const char *p;

	for (p = command; ok && *p != '\0'; p++) {
		if (place_at(p)) {
			ok = put_place(out, p[1], rcpt, n, sender);
			p++;
		} else
			ok = buf_append(out, p, 1);
	}
	if (!ok || !buf_append(out, "", 1))
		return err_set(err, ERR_CONFIG, "the command of 'mda' is too "
		    "long");
	return 0;
}
