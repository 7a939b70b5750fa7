/* How a session failed, and what that says about another one. */
#include "net/failure.h"

#include <inttypes.h>
#include <string.h>

#include "net/events.h"
#include "net/fetcher.h"

#define TURNED_AWAY	"the server may be too busy, or take nobody from this " \
			"address: try again in some minutes"

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

/* What to do where the server has said why it goes no further. */
static const char *
after_refusal(const struct pop3_end *end, enum err_kind kind)
{
	switch (end->refusal) {
	case POP3_REFUSAL_BUSY:
		return "another mail program may have the mailbox open; a "
		    "timer's runs try again after 10 minutes, '--force' at "
		    "once";
	case POP3_REFUSAL_DELAY:
		return "wait some minutes, as a timer's runs do by themselves";
	case POP3_REFUSAL_OTHER:
		break;
	case POP3_REFUSAL_NONE:
	case POP3_REFUSAL_LOGIN:
		return NULL;
	}
	if (kind == ERR_UNAVAILABLE)
		return "it will not pass by itself: ask the server's operator";
	if (kind != ERR_TEMP)
		return NULL;
	if (end->coded)
		return "the server has a fault that should pass: the next run "
		    "tries again";
	return end->phase == POP3_GREETING ? TURNED_AWAY :
	    "the next run tries again; if it lasts, ask the server's operator";
}

/* What to do where the line is gone. */
static const char *
after_loss(const struct pop3_end *end)
{
	switch (end->phase) {
	case POP3_GREETING:
		return TURNED_AWAY;
	case POP3_AUTH:
		if (end->pass_sent)
			return "if it happens again, check the user name and "
			    "the password: some servers refuse them so";
		break;
	case POP3_LISTING:
	case POP3_READY:
		return "nothing is lost: the next run goes on";
	default:
		break;
	}
	return "the next run tries again";
}

static void
advise(struct fetcher *f, const struct pop3_end *end, enum failure_how how)
{
	const char *hint = NULL;

	if (how == FAILURE_ANSWER)
		hint = after_refusal(end, f->err.kind);
	/* The courier has a word to say of a plugin. */
	else if (how == FAILURE_CLOSED && f->err.kind == ERR_TEMP &&
	    f->conf->socket == -1)
		hint = after_loss(end);
	if (hint != NULL)
		err_hint(&f->err, "%s", hint);
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
	advise(f, &end, how);
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
