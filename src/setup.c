/*
 * Starting from nothing.
 */
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "conf/configure.h"
#include "net/discover.h"
#include "net/tls.h"

void
setup_hint(void)
{
	log_error("a new account:   popfetch --configure you@example.org "
	    ">>~/.popfetchrc");
	log_error("from fetchmail:  popfetch --import ~/.fetchmailrc "
	    ">>~/.popfetchrc");
	log_error("then 'popfetch' fetches; popfetch(1) and popfetchrc(5) tell "
	    "the rest");
}

static bool
is_attended(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* A question whose answer is no if nobody says yes. */
static bool
ask(const char *question)
{
	char answer[16];

	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

static int
find_server(struct configure *c, struct discovered *d, char port[8],
    struct err *err)
{
	struct tls_roots *roots = tls_roots_load(NULL, NULL, err);
	int r;

	if (roots == NULL)
		return -1;
	r = discover(d, c->domain, roots, err);
	tls_roots_free(roots);
	if (r == -1)
		return -1;
	c->host = d->host;
	c->starttls = d->starttls;
	c->foreign = d->foreign;
	if (d->port != (d->starttls ? 110 : 995)) {
		snprintf(port, 8, "%u", d->port);
		c->port = port;
	}
	return 0;
}

/* DNS is not signed: anybody on the way could have named the server. */
static int
confirm(const struct configure *c, struct err *err)
{
	char *question;
	bool yes;

	if (!c->foreign)
		return 0;
	log_warn("the server of %s is %s, by DNS, which is outside that "
	    "domain", c->domain, c->host);
	if (!is_attended())
		return 0;
	if (asprintf(&question, "Is %s your provider's?", c->host) == -1)
		return err_set(err, ERR_TEMP, "out of memory");
	yes = ask(question);
	free(question);
	if (yes)
		return 0;
	err_set(err, ERR_UNAVAILABLE, "no server for %s", c->domain);
	return err_hint(err, "ask your provider for its name");
}

static char *
print(const struct configure *c, struct err *err)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL) {
		err_set(err, ERR_TEMP, "out of memory");
		return NULL;
	}
	configure_write(out, c);
	fclose(out);
	if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
		return text;
	err_set(err, ERR_IO, "cannot write to standard output");
	free(text);
	return NULL;
}

char *
setup(const char *address, bool *test, struct err *err)
{
	struct configure c;
	struct discovered d;
	char port[8], *text = NULL;

	*test = false;
	/* A password may be written into it later. */
	file_private(STDOUT_FILENO);
	if (configure_start(&c, address, err) == 0 &&
	    (c.host != NULL || find_server(&c, &d, port, err) == 0) &&
	    confirm(&c, err) == 0)
		text = print(&c, err);
	configure_free(&c);
	if (text != NULL && is_attended())
		*test = ask("Try the login now?");
	return text;
}
