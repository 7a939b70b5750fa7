/*
 * Logging in with USER and PASS.
 */
#include "pop3/auth.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "pop3/cmd.h"
#include "pop3/reply.h"

enum {
	STEP_USER,		/* USER is sent */
	STEP_BOTH,		/* USER and PASS are sent, none is answered */
	STEP_PASS,		/* PASS is sent, USER was answered */
	STEP_OVER,
};

static enum auth_result
auth_fail(struct auth *a)
{
	auth_end(a);
	return AUTH_FAILED;
}

static enum auth_result
auth_put_pass(struct auth *a, struct buf *out, struct err *err)
{
	if (cmd_put_text(out, CMD_PASS, a->pass, strlen(a->pass), err) == -1)
		return auth_fail(a);
	return AUTH_MORE;
}

enum auth_result
auth_start(struct auth *a, const char *user, const char *pass, bool together,
    bool coded, struct buf *out, struct err *err)
{
	a->coded = coded;
	a->step = together ? STEP_BOTH : STEP_USER;
	a->pass = NULL;
	/* Before USER: a password that cannot be sent is no reason to begin. */
	if (cmd_check_text(CMD_PASS, pass, strlen(pass), err) == -1 ||
	    cmd_put_text(out, CMD_USER, user, strlen(user), err) == -1)
		return auth_fail(a);
	a->pass = secret_dup(pass, strlen(pass));
	return together ? auth_put_pass(a, out, err) : AUTH_MORE;
}

static enum auth_result
auth_refused(struct auth *a, enum cmd cmd, const struct reply *r,
    struct err *err)
{
	const bool other = a->coded || reply_says_busy(r);
	enum err_kind kind = reply_kind(r, other ? ERR_TEMP : ERR_AUTH);

	err_set(err, kind, "login refused at %s: %.*s", cmd_name(cmd),
	    (int)r->len, (const char *)r->text);
	if (kind == ERR_AUTH)
		err_hint(err, "check the user name and the password");
	return auth_fail(a);
}

enum auth_result
auth_step(struct auth *a, const struct reply *r, struct buf *out,
    struct err *err)
{
	switch (a->step) {
	case STEP_USER:
		if (!r->ok)
			return auth_refused(a, CMD_USER, r, err);
		a->step = STEP_PASS;
		return auth_put_pass(a, out, err);
	case STEP_BOTH:
		if (!r->ok)
			return auth_refused(a, CMD_USER, r, err);
		a->step = STEP_PASS;
		return AUTH_MORE;
	case STEP_PASS:
		if (!r->ok)
			return auth_refused(a, CMD_PASS, r, err);
		auth_end(a);
		return AUTH_OK;
	default:
		err_set(err, ERR_SOFTWARE, "an answer after the login");
		return AUTH_FAILED;
	}
}

void
auth_mask(const struct auth *a, uint8_t *line, size_t len)
{
	size_t i, n;

	if (a->pass == NULL)
		return;
	n = strlen(a->pass);
	for (i = 0; i + n <= len; i++)
		if (memcmp(line + i, a->pass, n) == 0)
			memset(line + i, '*', n);
}

void
auth_end(struct auth *a)
{
	secret_free(a->pass);
	a->pass = NULL;
	a->step = STEP_OVER;
}
