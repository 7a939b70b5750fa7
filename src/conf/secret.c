/*
 * An account's password: checked, and asked for if the run-control file has
 * none.
 */
#include "conf/secret.h"

#include <readpassphrase.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"

#define PROMPT_MAX	256

static int
check(const struct account *a, struct err *err)
{
	size_t n = strlen(a->password);

	if (n == 0)
		return err_set(err, ERR_CONFIG, "the password is empty");
	if (n > CONF_LOGIN_MAX)
		return err_set(err, ERR_CONFIG,
		    "the password is longer than %d octets", CONF_LOGIN_MAX);
	/* More than one line would be more than one command. */
	if (strpbrk(a->password, "\r\n") != NULL)
		return err_set(err, ERR_CONFIG,
		    "the password holds an end of line");
	return 0;
}

static int
ask(struct account *a, struct err *err)
{
	/* Room for one octet too many, so that check sees it. */
	char answer[CONF_LOGIN_MAX + 2];
	char prompt[PROMPT_MAX], shown[PROMPT_MAX];

	snprintf(prompt, sizeof(prompt), "Password for %s at %s (%s)",
	    a->user, a->host, a->label);
	text_vis(shown, sizeof(shown) - 2, prompt, strlen(prompt));
	strlcat(shown, ": ", sizeof(shown));
	if (readpassphrase(shown, answer, sizeof(answer),
	    RPP_REQUIRE_TTY) == NULL) {
		explicit_bzero(answer, sizeof(answer));
		err_set(err, ERR_CONFIG, "no password");
		return err_hint(err, "add 'password' to the account");
	}
	a->password = secret_dup(answer, strlen(answer));
	explicit_bzero(answer, sizeof(answer));
	return 0;
}

int
secret_get(struct account *a, struct err *err)
{
	if (a->password == NULL && ask(a, err) == -1)
		return -1;
	return check(a, err);
}
