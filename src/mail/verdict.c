/*
 * Exit statuses of MDAs.
 */
#include "mail/verdict.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"

/* The shell's own. */
#define SHELL_CANNOT_RUN	126
#define SHELL_NOT_FOUND		127

/* qmail-command(8)'s own. */
#define QMAIL_ENOUGH		99	/* done, no further instructions */
#define QMAIL_PERMANENT		100
#define QMAIL_HARD		112
#define QMAIL_TEMPORARY		111

static enum verdict
as_sysexits(int code)
{
	switch (code) {
	case EX_OK:
		return VERDICT_YES;
	case EX_OSERR:
	case EX_TEMPFAIL:
		return VERDICT_LATER;
	default:
		return VERDICT_NO;
	}
}

static enum verdict
as_qmail(int code)
{
	switch (code) {
	case EX_OK:
	case QMAIL_ENOUGH:
		return VERDICT_YES;
	case EX_USAGE:
	case EX_DATAERR:
	case EX_SOFTWARE:
	case EX_PROTOCOL:
	case EX_NOPERM:
	case EX_CONFIG:
	case QMAIL_PERMANENT:
	case QMAIL_HARD:
		return VERDICT_NO;
	default:
		return VERDICT_LATER;
	}
}

/* A status of qmail's is a refusal in the other style, even its "done". */
static void
hint_at_style(int code, struct err *err)
{
	if (code == QMAIL_ENOUGH || code == QMAIL_PERMANENT ||
	    code == QMAIL_TEMPORARY)
		err_hint(err, "if that is meant as in qmail-command(8), say "
		    "'mda-style qmail'");
}

static enum verdict
verdict_exit(int code, bool qmail, struct err *err)
{
	enum verdict v;

	if (code == SHELL_CANNOT_RUN || code == SHELL_NOT_FOUND) {
		err_set(err, ERR_CONFIG, "the MDA cannot be run (exit status "
		    "%d of the shell)", code);
		err_hint(err, "correct the command of 'mda'");
		return VERDICT_BROKEN;
	}
	v = qmail ? as_qmail(code) : as_sysexits(code);
	if (v == VERDICT_LATER)
		err_set(err, ERR_TEMP, "the MDA asks to try again later (exit "
		    "status %d)", code);
	if (v == VERDICT_NO) {
		err_set(err, ERR_DATA, "the MDA refused it (exit status %d)",
		    code);
		if (!qmail)
			hint_at_style(code, err);
	}
	return v;
}

enum verdict
verdict_of(int status, bool qmail, struct err *err)
{
	if (!WIFSIGNALED(status))
		return verdict_exit(WEXITSTATUS(status), qmail, err);
	err_set(err, ERR_TEMP, "the MDA was ended by signal %d (%s)",
	    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return VERDICT_NO;
}
