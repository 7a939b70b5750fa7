/*
 * What dot_feed has to compute, as plainly as it can be said: the whole input
 * is there at once and every octet is looked at with what follows it.  The
 * fuzzer and the unit test compare with this.
 */
#ifndef SLOWDOT_H
#define SLOWDOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slowdot {
	size_t		used;	/* octets of input that are settled */
	size_t		len;	/* octets of output */
	uint64_t	octets;
	bool		end;
};

/*
 * Decodes in[0..len) into out, which has room for len octets.  Octets at the
 * end that cannot be settled without the next one are not in used.
 */
static struct slowdot
slowdot(const uint8_t *in, size_t len, uint8_t *out)
{
	struct slowdot s = { 0, 0, 0, false };
	bool start = true;	/* of a line */
	size_t i = 0;

	while (i < len && !s.end) {
		size_t left = len - i;

		if (start && in[i] == '.') {
			if (left == 1 || (left == 2 && in[i + 1] == '\r'))
				break;
			if (in[i + 1] == '\r' && in[i + 2] == '\n') {
				s.end = true;
				i += 3;
			} else {
				start = false;
				i += 1;
			}
		} else if (in[i] == '\r' && left == 1) {
			break;
		} else if (in[i] == '\r' && in[i + 1] == '\n') {
			out[s.len++] = '\n';
			s.octets += 2;
			start = true;
			i += 2;
		} else {
			out[s.len++] = in[i];
			s.octets += 1;
			start = false;
			i += 1;
		}
	}
	s.used = i;
	return s;
}

#endif
