/* How a session failed, and what that says about another one. */
#include "net/failure.h"

#include <inttypes.h>
#include <string.h>

#include "net/events.h"

/* The body that is coming may have been ended by a dot on its last line, not
 * behind it (Q11). */
static bool
ends_in_dot(const struct fetcher *f)
{
	return memcmp(f->tail, ".\n", sizeof(f->tail)) == 0;
}

int
failure_silence(struct fetcher *f, int64_t seconds, const char *what)
{
	err_set(&f->err, ERR_TEMP, "no answer from %s for %" PRId64 " seconds "
	    "during %s", f->where, seconds, what);
	if (ends_in_dot(f))
		return err_hint(&f->err, "what came ends in a dot: perhaps the "
		    "server leaves out the line end before the final one");
	return err_hint(&f->err, "try again later, or give the server more "
	    "time with 'timeout'");
}

/*
 * Whether one command at a time may do where a flight of them did not (Q14).
 * What breaks off in the middle of an answer is only a line gone dead.
 */
static bool
flight_broken(const struct fetcher *f, const struct pop3_end *end,
    enum failure_how how)
{
	const bool between = end->between && buf_len(&f->in) == 0;

	if (!end->crowded || (how != FAILURE_ANSWER && !between))
		return false;
	if (end->phase == POP3_LISTING)
		return !end->coded;
	return end->phase == POP3_READY && (how == FAILURE_SILENCE ||
	    (how == FAILURE_ANSWER && f->err.kind == ERR_PROTOCOL));
}

/* Whether one message is to blame. */
static bool
body_broken(const struct fetcher *f, const struct pop3_end *end,
    enum failure_how how)
{
	if (end->phase != POP3_READY)
		return false;
	if (how == FAILURE_SILENCE)
		return ends_in_dot(f);
	return how == FAILURE_ANSWER && f->err.kind == ERR_PROTOCOL;
}

void
failure_judge(struct fetcher *f, enum failure_how how)
{
	static const uint32_t refusals[] = {
		[POP3_REFUSAL_NONE] = 0,
		[POP3_REFUSAL_OTHER] = 0,
		[POP3_REFUSAL_LOGIN] = IPC_E_REFUSED,
		[POP3_REFUSAL_BUSY] = IPC_E_BUSY,
		[POP3_REFUSAL_DELAY] = IPC_E_DELAY,
	};
	struct pop3_end end;

	pop3_end(f->pop3, &end);
	f->what = refusals[end.refusal];
	if (end.phase == POP3_CAPA && end.safe && how != FAILURE_ANSWER)
		f->what |= IPC_E_CAPA;
	/* Nobody knows whether these credentials are good (Q16). */
	if (end.pass_sent && end.refusal == POP3_REFUSAL_NONE)
		f->what |= IPC_E_DOUBT;
	if (flight_broken(f, &end, how))
		f->what |= IPC_E_PIPELINE;
	if (body_broken(f, &end, how))
		f->suspect = end.suspect;
}
