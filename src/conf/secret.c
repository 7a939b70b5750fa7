/*
 * An account's password: found, read, asked for, and checked.
 */
#include "conf/secret.h"

#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <readpassphrase.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/netrc.h"
#include "conf/rc_file.h"
#include "conf/run.h"
#include "conf/secret_file.h"

#define PROMPT_MAX	256
#define SECONDS		30	/* that a command or a descriptor has */

static int
check(const char *s, size_t n, struct err *err)
{
	if (n == 0)
		return err_set(err, ERR_CONFIG, "the password is empty");
	if (memchr(s, '\0', n) != NULL)
		return err_set(err, ERR_CONFIG, "the password holds a NUL");
	/* More than one line would be more than one command. */
	if (memchr(s, '\r', n) != NULL || memchr(s, '\n', n) != NULL)
		return err_set(err, ERR_CONFIG,
		    "the password holds an end of line");
	if (n > CONF_LOGIN_MAX)
		return err_set(err, ERR_CONFIG,
		    "the password is longer than %d octets", CONF_LOGIN_MAX);
	return 0;
}

/* The account's password is this, from there, without its last newline. */
static int
accept_from(struct account *a, const char *what, const char *s, size_t n,
    struct err *err)
{
	if (n > 0 && s[n - 1] == '\n')
		n--;
	if (check(s, n, err) == -1)
		return err_wrap(err, "%s", what);
	a->password = secret_dup(s, n);
	return 0;
}

/* --- in the first process */

/*
 * Octet by octet, so that what is behind the line is left for the next account.
 */
static int
read_line(int fd, char *line, size_t size, size_t *len, struct err *err)
{
	const int64_t end = clock_mono_ms() + SECONDS * 1000;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n;

	for (*len = 0; *len < size; *len += (size_t)n) {
		if ((left = end - clock_mono_ms()) <= 0 ||
		    poll(&p, 1, (int)left) == 0)
			return err_set(err, ERR_TEMP, "passwordfd %d: no "
			    "line within %d seconds", fd, SECONDS);
		n = read(fd, line + *len, 1);
		if (n == -1 && (errno == EINTR || errno == EAGAIN)) {
			n = 0;
			continue;
		}
		if (n == -1)
			return err_sys(err, ERR_CONFIG, errno, "passwordfd %d",
			    fd);
		if (n == 0 || line[*len] == '\n')
			return 0;
	}
	return 0;
}

static int
from_fd(struct account *a, struct err *err)
{
	/* Room for one octet too many, so that check sees it. */
	char *line, what[32];
	const int fd = a->passwordfd, flags = fcntl(fd, F_GETFD);
	size_t len;
	int ret = -1;

	/* What others leave open has no FD_CLOEXEC, and what we open has. */
	if (flags == -1 || (flags & FD_CLOEXEC) != 0) {
		err_set(err, ERR_CONFIG, "passwordfd %d: not open", fd);
		return err_hint(err, "start it as 'popfetch %d<FILE'", fd);
	}
	snprintf(what, sizeof(what), "passwordfd %d", fd);
	line = secret_new(CONF_LOGIN_MAX + 1);
	if (read_line(fd, line, CONF_LOGIN_MAX + 1, &len, err) == 0)
		ret = accept_from(a, what, line, len, err);
	secret_free(line);
	return ret;
}

void
secret_close(const struct conf *c)
{
	size_t i;
	int fd;

	for (i = 0; i < c->naccounts; i++) {
		fd = c->accounts[i]->passwordfd;
		if (c->accounts[i]->active && fd > STDERR_FILENO)
			close(fd);
	}
}

/* 1 if it was there. */
static int
from_credentials(struct conf *c, struct account *a, struct err *err)
{
	const char *dir = text_env("CREDENTIALS_DIRECTORY");
	struct secret_file f;
	int ret;

	/* A name with a slash could be any file. */
	if (dir == NULL || strchr(a->label, '/') != NULL ||
	    strcmp(a->label, ".") == 0 || strcmp(a->label, "..") == 0)
		return 0;
	ret = secret_file_read(&f, arena_printf(c->arena, "%s/%s", dir,
	    a->label), err);
	if (ret == 1 && accept_from(a, f.path, f.text, f.len, err) == -1)
		ret = -1;
	secret_file_close(&f);
	return ret;
}

/* Whose accounts these are, and that user's .netrc; NULL: there is none. */
static const char *
find_netrc(struct conf *c, uid_t *user)
{
	const struct passwd *pw;

	*user = geteuid();
	if (c->runas == NULL)
		return rc_file_join(c, NULL, ".netrc");
	if ((pw = getpwnam(c->runas)) == NULL)
		return NULL;
	*user = pw->pw_uid;
	return arena_printf(c->arena, "%s/.netrc", pw->pw_dir);
}

/* 1 if it was there. */
static int
from_netrc(struct conf *c, struct account *a, struct err *err)
{
	const char *path, *found = NULL;
	struct secret_file f;
	uid_t user;
	int ret;

	if ((path = find_netrc(c, &user)) == NULL)
		return 0;
	if ((ret = secret_file_read(&f, path, err)) == 1)
		found = netrc_find(f.text, f.len, a->label, a->host, a->user);
	if (ret == 1 && found == NULL)
		ret = 0;
	else if (ret == 1 && (secret_file_private(&f, user, err) == -1 ||
	    accept_from(a, path, found, strlen(found), err) == -1))
		ret = -1;
	secret_file_close(&f);
	return ret;
}

static int
from_terminal(struct account *a, struct err *err)
{
	/* Room for one octet too many, so that check sees it. */
	char *answer = secret_new(CONF_LOGIN_MAX + 1);
	char prompt[PROMPT_MAX], shown[PROMPT_MAX];
	int ret = -1;

	snprintf(prompt, sizeof(prompt), "Password for %s at %s (%s)",
	    a->user, a->host, a->label);
	text_vis(shown, sizeof(shown) - 2, prompt, strlen(prompt));
	strlcat(shown, ": ", sizeof(shown));
	if (readpassphrase(shown, answer, CONF_LOGIN_MAX + 2,
	    RPP_REQUIRE_TTY) != NULL)
		ret = accept_from(a, "terminal", answer, strlen(answer), err);
	else {
		err_set(err, ERR_CONFIG, "no password, and no terminal to "
		    "ask for it");
		err_hint(err, "add 'passwordeval \"COMMAND\"' to the account "
		    "(for a URL: '--password-command COMMAND'), or a line for "
		    "%s to ~/.netrc", a->host);
	}
	secret_free(answer);
	return ret;
}

/* As an MDA: what anybody can change may end up in such a command. */
static int
check_root(const struct conf *c, struct err *err)
{
	if (geteuid() != 0 || c->runas != NULL)
		return 0;
	err_set(err, ERR_CONFIG, "the command of passwordeval is not run as "
	    "root");
	return err_hint(err, "add 'set runas USER', or 'set runas root'");
}

int
secret_get(struct conf *c, struct account *a, struct err *err)
{
	int got;

	if (a->password != NULL)
		return check(a->password, strlen(a->password), err);
	if (a->passwordeval != NULL)
		return check_root(c, err);
	if (a->passwordfile != NULL)
		return 0;
	if (a->passwordfd != -1)
		return from_fd(a, err);
	if ((got = from_credentials(c, a, err)) == 0 &&
	    (got = from_netrc(c, a, err)) == 0)
		return from_terminal(a, err);
	return got == 1 ? 0 : -1;
}

/* --- in the account's process */

static int
from_command(struct account *a, const volatile sig_atomic_t *stops,
    struct err *err)
{
	const char *const env[] = {
		"POPFETCH_ACCOUNT", a->label,
		"POPFETCH_HOST", a->host,
		"POPFETCH_USER", a->user,
		NULL,
	};
	const struct run_conf rc = {
		.what = "passwordeval", .command = a->passwordeval,
		.env = env, .seconds = SECONDS, .stops = stops,
	};
	char *out = secret_new(SECRET_SIZE_MAX);
	size_t len;
	int ret = -1;

	if (run_command(&rc, out, SECRET_SIZE_MAX, &len, err) == 0 &&
	    (ret = accept_from(a, "passwordeval", out, len, err)) == -1)
		err_hint(err, "try the command by hand: it must print the "
		    "password and nothing else");
	secret_free(out);
	return ret;
}

static int
from_file(struct account *a, struct err *err)
{
	struct secret_file f;
	int ret = secret_file_read(&f, a->passwordfile, err);

	if (ret == 0) {
		err_sys(err, ERR_CONFIG, ENOENT, "%s", f.path);
		err_hint(err, "write the password there, with mode 600, or "
		    "correct the name");
	}
	if (ret == 1 && secret_file_private(&f, geteuid(), err) == -1)
		ret = -1;
	if (ret == 1 && accept_from(a, f.path, f.text, f.len, err) == -1) {
		ret = -1;
		err_hint(err, "it must hold the password and nothing else");
	}
	secret_file_close(&f);
	err_wrap(err, "passwordfile");
	return ret == 1 ? 0 : -1;
}

int
secret_ask(struct account *a, const volatile sig_atomic_t *stops,
    struct err *err)
{
	if (a->password != NULL) {
		secret_lock(a->password);
		return 0;
	}
	return a->passwordeval != NULL ? from_command(a, stops, err) :
	    from_file(a, err);
}
