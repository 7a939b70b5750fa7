/*
 * The session machine under a server that says anything, cut anyhow.  The
 * first line of an input is the driver's part of a play (play.h), the rest is
 * the server's.
 */
#include "play.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* FNV-1a: any change of the input cuts it elsewhere. */
static uint32_t
hash(const uint8_t *data, size_t len)
{
	uint32_t h = 2166136261u;

	while (len-- > 0)
		h = (h ^ *data++) * 16777619u;
	return h | 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct cut cuts[] = {
		{ 0, 0, 0 }, { 0, 1, 0 }, { 0, 0, hash(data, len) }
	};
	const uint8_t *lf = memchr(data, '\n', len);
	struct play pl[3];
	size_t i, n;

	if (lf == NULL)
		return 0;
	n = (size_t)(lf - data);
	for (i = 0; i < 3; i++) {
		play_run(&pl[i], (const char *)data, n, lf + 1, len - n - 1,
		    cuts[i]);
		play_eof(&pl[i]);
		PLAY_CHECK(play_same(&pl[0], &pl[i]));
	}
	for (i = 0; i < 3; i++)
		play_free(&pl[i]);
	return 0;
}
