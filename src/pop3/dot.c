/*
 * The body of a multi-line response: its end, its dots and its line ends.
 *
 * The loop goes from LF to LF with memchr(3).  Only a CR at the very end of
 * a piece has to be remembered: elsewhere the octet before an LF can be looked
 * at.  A dot at the start of a line is never output, whether it turns out to be
 * stuffing or the end, so it need not be remembered but as a state.
 */
#include "pop3/dot.h"

#include <string.h>

enum {
	AT_START,		/* of a line */
	AT_DOT,			/* "." was the start of this line */
	AT_DOT_CR,		/* "." CR was, and the CR is held back */
	IN_LINE,
	IN_LINE_CR,		/* a CR is held back */
};

void
dot_init(struct dot *d)
{
	d->state = AT_START;
	d->octets = 0;
}

/*
 * Settles the CR that the last piece ended with, by the first octet of this
 * one.  Returns how many octets of this one that took: an LF, or none.
 */
static size_t
dot_held(struct dot *d, const uint8_t *data, struct dot_out *out)
{
	if (data[0] != '\n') {
		out->nhead = 1;
		out->head = '\r';
		d->octets++;
		d->state = IN_LINE;
		return 0;
	}
	if (d->state == AT_DOT_CR) {
		out->end = true;
	} else {
		out->len = 1;		/* the LF is where it has to be */
		d->octets += 2;
	}
	d->state = AT_START;
	return 1;
}

/*
 * Behind a dot that starts a line: the end of the body, as far as it can be
 * seen.  Returns the octets used; none means that the dot was stuffing.
 */
static size_t
dot_final(struct dot *d, const uint8_t *src, const uint8_t *end,
    struct dot_out *out)
{
	d->state = IN_LINE;
	if (*src != '\r')
		return 0;
	if (src + 1 == end) {
		d->state = AT_DOT_CR;
		return 1;
	}
	if (src[1] != '\n')
		return 0;
	d->state = AT_START;
	out->end = true;
	return 2;
}

/*
 * Copies what is left of a line down to dst, and its end if that is there.
 * Returns how many octets of the input that were; *dst moves behind the output.
 */
static size_t
dot_line(struct dot *d, uint8_t **dst, const uint8_t *src, const uint8_t *end)
{
	const uint8_t *lf = memchr(src, '\n', (size_t)(end - src));
	const uint8_t *stop = lf != NULL ? lf : end;
	size_t n = (size_t)(stop - src);
	bool cr = n > 0 && stop[-1] == '\r';

	if (cr)
		n--;
	if (*dst != src)
		memmove(*dst, src, n);
	*dst += n;
	d->octets += n;
	if (lf == NULL) {
		d->state = cr ? IN_LINE_CR : IN_LINE;
		return (size_t)(end - src);
	}
	*(*dst)++ = '\n';
	d->octets += cr ? 2 : 1;
	d->state = cr ? AT_START : IN_LINE;
	return (size_t)(lf + 1 - src);
}

void
dot_feed(struct dot *d, uint8_t *data, size_t len, struct dot_out *out)
{
	const uint8_t *src = data, *end = data + len;
	uint8_t *dst;
	size_t n;

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return;
	if (d->state == AT_DOT_CR || d->state == IN_LINE_CR)
		src += dot_held(d, data, out);
	dst = data + out->len;
	while (src < end && !out->end) {
		if (d->state == AT_START && *src == '.') {
			d->state = AT_DOT;
			src++;
		} else if (d->state == AT_DOT &&
		    (n = dot_final(d, src, end, out)) > 0) {
			src += n;
		} else {
			src += dot_line(d, &dst, src, end);
		}
	}
	out->used = (size_t)(src - data);
	out->len = (size_t)(dst - data);
}
