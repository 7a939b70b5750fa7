/*
 * Logging in with USER and PASS.
 */
#include "pop3/auth.h"

#include <string.h>
#include <strings.h>

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
    struct buf *out, struct err *err)
{
	a->step = together ? STEP_BOTH : STEP_USER;
	a->pass = NULL;
	/* Before USER: a password that cannot be sent is no reason to begin. */
	if (cmd_check_text(CMD_PASS, pass, strlen(pass), err) == -1 ||
	    cmd_put_text(out, CMD_USER, user, strlen(user), err) == -1)
		return auth_fail(a);
	a->pass = secret_dup(pass, strlen(pass));
	return together ? auth_put_pass(a, out, err) : AUTH_MORE;
}

static bool
is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Whether a word that starts so is in the text, in either case. */
static bool
text_says(const uint8_t *text, size_t len, const char *word)
{
	size_t i, n = strlen(word);

	for (i = 0; i + n <= len; i++)
		if ((i == 0 || !is_letter(text[i - 1])) &&
		    strncasecmp((const char *)text + i, word, n) == 0)
			return true;
	return false;
}

/*
 * Where no code tells, the words are all there is.  They only ever make a
 * refusal temporary (Q17).
 */
static enum err_kind
words_kind(const struct reply *r)
{
	static const char *const busy[] = {
		"lock", "busy", "in use", "wait", "temporar"
	};
	size_t i;

	for (i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
		if (text_says(r->text, r->len, busy[i]))
			return ERR_TEMP;
	return ERR_AUTH;
}

static enum auth_result
auth_refused(struct auth *a, enum cmd cmd, const struct reply *r,
    struct err *err)
{
	enum err_kind kind = reply_kind(r, words_kind(r));

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
