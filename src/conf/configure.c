/*
 * From an address and a server to a run-control file.
 */
#include "conf/configure.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/providers.h"
#include "conf/show.h"

#define DOMAIN_MAX	253
#define LINE		72		/* columns of a comment */

/* Letters, digits and hyphens in labels between dots; lowers them. */
static bool
take_domain(char *domain)
{
	char *s;
	bool dot = true;

	for (s = domain; *s != '\0'; s++) {
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
		if (*s == '.' ? dot : !((*s >= 'a' && *s <= 'z') ||
		    (*s >= '0' && *s <= '9') || *s == '-'))
			return false;
		dot = *s == '.';
	}
	return !dot && strchr(domain, '.') != NULL &&
	    strlen(domain) <= DOMAIN_MAX;
}

static bool
is_local(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

/* A provider that --configure can do nothing about. */
static int
fail_provider(const struct provider *p, struct err *err)
{
	err_set(err, ERR_UNAVAILABLE, "%s: %s", p->name, p->first);
	if (p->login == PROVIDER_OAUTH)
		err_hint(err, "popfetch cannot log in with OAuth2 yet, see "
		    "popfetch-providers(7)");
	return -1;
}

int
configure_start(struct configure *c, const char *address, struct err *err)
{
	const char *at = strrchr(address, '@');

	memset(c, 0, sizeof(*c));
	if (at != NULL) {
		c->local = mem_strndup(address, (size_t)(at - address));
		c->domain = mem_strdup(at + 1);
	}
	if (at == NULL || !is_local(c->local) || !take_domain(c->domain)) {
		err_set(err, ERR_USAGE, "'%s' is not a mail address", address);
		return err_hint(err, "write it as joe@example.org");
	}
	c->provider = provider_find(c->domain);
	if (c->provider == NULL)
		return 0;
	if (c->provider->login == PROVIDER_OAUTH ||
	    c->provider->login == PROVIDER_NOWHERE)
		return fail_provider(c->provider, err);
	c->host = c->provider->host;
	return 0;
}

void
configure_free(struct configure *c)
{
	free(c->local);
	free(c->domain);
}

/* A comment of as many lines as it takes. */
static void
comment(FILE *out, const char *indent, const char *text)
{
	const size_t width = LINE - 8 * strlen(indent);
	size_t column = 0, n;

	while (*text != '\0') {
		n = strcspn(text, " ");
		if (column == 0 || column + 1 + n > width) {
			fprintf(out, "%s%s#", column > 0 ? "\n" : "", indent);
			column = 1;
		}
		fprintf(out, " %.*s", (int)n, text);
		column += 1 + n;
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void
write_notes(FILE *out, const struct configure *c)
{
	const struct provider *p = c->provider;

	if (c->foreign)
		comment(out, "", "The server is outside the address's domain; "
		    "its name came by DNS, unsigned.  Make sure that it is "
		    "your provider's before you give it a password.");
	if (p == NULL)
		return;
	fprintf(out, "# %s, see popfetch-providers(7).\n", p->name);
	if (p->first != NULL) {
		fputs("# First:\n", out);
		comment(out, "", p->first);
	}
	if (p->also != NULL) {
		fputs("# Also:\n", out);
		comment(out, "", p->also);
	}
}

void
configure_write(FILE *out, const struct configure *c)
{
	const bool local = c->provider != NULL &&
	    c->provider->login == PROVIDER_LOCAL;
	char *user;

	if (asprintf(&user, "%s%s%s", c->local, local ? "" : "@",
	    local ? "" : c->domain) == -1)
		return;
	write_notes(out, c);
	fprintf(out, "poll %s via %s", c->domain, c->host);
	if (c->port != NULL)
		fprintf(out, " port %s", c->port);
	fprintf(out, " %s\n\tuser ", c->starttls ? "starttls" : "ssl");
	show_string(out, user, false);
	fputs("\n\t# The password is asked for at a terminal; or let a program "
	    "print it:\n\t# passwordeval ", out);
	free(user);
	if (asprintf(&user, "pass show mail/%s", c->domain) == -1)
		return;
	show_string(out, user, false);
	free(user);
	fputs("\n\t# Mail stays on the server; 'no keep' deletes what is "
	    "delivered.\n\tkeep\n\tmaildir \"~/Maildir\"\n", out);
}
