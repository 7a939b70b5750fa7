/*
 * mpoprc: "defaults", "account NAME[: NAME,...]" and commands, one a line.
 */
#include "conf/import_p.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/import.h"
#include "conf/show.h"

#define BLANKS	" \t"

#define FILTERS	"popfetch has no filters; the program behind 'mda' can have " \
		"them"
#define PROXY	"popfetch does not go through proxies"
#define CLIENT	"popfetch has no client certificates"
#define CHOICE	"popfetch leaves that to OpenSSL, from TLS 1.2 on"

static import_put	put_auth, put_check, put_delivery, put_keep, put_new,
			put_timeout, put_trust;

enum {
	HOST, PORT, USER, TLS, STARTTLS,
};

static const struct import_rule rules[] = {
	[HOST] = { "host", NULL, NULL },
	[PORT] = { "port", import_put_number, "port" },
	[USER] = { "user", import_put_string, "user" },
	[TLS] = { "tls", NULL, NULL },
	[STARTTLS] = { "tls_starttls", NULL, NULL },
	{ "timeout", put_timeout, "timeout" },
	{ "password", import_put_string, "password" },
	{ "passwordeval", import_put_string, "passwordeval" },
	{ "auth", put_auth, NULL },
	{ "tls_trust_file", put_trust, "sslcertfile" },
	{ "tls_certcheck", put_check, NULL },
	{ "tls_fingerprint", import_put_note, "pins are not in this version; "
	    "'sslcertfile' trusts a certificate that nobody signed" },
	{ "tls_host_override", import_put_note, "the certificate must be for "
	    "the host" },
	{ "tls_crl_file", import_put_note, "popfetch reads no lists of "
	    "revoked certificates" },
	{ "tls_key_file", import_put_note, CLIENT },
	{ "tls_cert_file", import_put_note, CLIENT },
	{ "tls_priorities", import_put_note, CHOICE },
	{ "tls_min_dh_prime_bits", import_put_note, CHOICE },
	{ "keep", put_keep, NULL },
	{ "skipsize", import_put_number, "limit" },
	{ "killsize", import_put_note, "popfetch deletes nothing that it has "
	    "not delivered; 'limit' leaves large messages on the server" },
	{ "only_new", put_new, NULL },
	{ "delivery", put_delivery, NULL },
	{ "filter", import_put_note, FILTERS },
	{ "uidls_file", import_put_note, "'popfetch --import' with such a file "
	    "enters what mpop has fetched" },
	{ "received_header", import_put_note_on, "popfetch adds no header "
	    "fields" },
	{ "pipelining", NULL, NULL },
	{ "proxy_host", import_put_note_on, PROXY },
	{ "proxy_port", NULL, NULL },
	{ "socket", import_put_note, PROXY },
	{ "source_ip", import_put_note_on, "the system chooses the address" },
	{ "ntlmdomain", import_put_note, "popfetch does not speak NTLM" },
};

#define NRULES	(sizeof(rules) / sizeof(rules[0]))

struct section {
	const char		*name;
	struct import_setting	 v[NRULES];
};

static void
put_auth(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	static const char *const plain[] = { "on", "user", "plain", "login" };
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcasecmp(value, plain[i]) == 0)
			return;
	import_note(w, "%s %s: popfetch logs in with a password under TLS, in "
	    "this version with nothing else", rule->name, value);
}

static void
put_keep(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	const size_t digits = strspn(value, "0123456789");

	(void)rule;
	if (digits > 0)
		fprintf(w->out, "\tkeep %s%s\n", value,
		    value[digits] == '\0' ? "d" : "");
	else
		fputs(import_is_on(value) ? "\tkeep\n" : "\tno keep\n", w->out);
}

static void
put_new(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	(void)rule;
	if (!import_is_on(value))
		fputs("\tfetchall\n", w->out);
}

static void
put_trust(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	if (strcmp(value, "system") != 0 && *value != '\0')
		import_put_path(w, rule, value);
}

static void
put_timeout(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	if (strcmp(value, "off") != 0)
		import_put_number(w, rule, value);
}

static void
put_check(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	if (!import_is_on(value))
		import_note(w, "%s %s: there is no login without a right "
		    "certificate; 'sslcertfile' trusts one that nobody signed",
		    rule->name, value);
}

static void
put_delivery(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	static const struct import_rule maildir = { .word = "maildir" };
	static const struct import_rule mda = { .word = "mda" };
	const size_t n = strcspn(value, BLANKS);
	const char *rest = value + n + strspn(value + n, BLANKS);

	if (n == 7 && strncmp(value, "maildir", n) == 0)
		import_put_path(w, &maildir, rest);
	else if (n == 3 && strncmp(value, "mda", n) == 0)
		import_put_string(w, &mda, rest);
	else
		import_note(w, "%s %s: popfetch delivers to a Maildir, or by a "
		    "program: mda \"procmail\" can write an mbox", rule->name,
		    value);
}

/* Implicit TLS is what popfetch does if nothing is said. */
static void
put_tls(struct import_writer *w, const struct section *s)
{
	const char *tls = s->v[TLS].value, *starttls = s->v[STARTTLS].value;

	w->line = s->v[TLS].line;
	if (tls == NULL || !import_is_on(tls))
		import_put_clear(w, s->v[HOST].value);
	else if (starttls == NULL || import_is_on(starttls))
		fputs("\tstarttls\n", w->out);
	else
		fputs("\tssl\n", w->out);
}

static void
put_account(struct import_writer *w, const struct section *s)
{
	size_t i;
	bool keep = false;

	fputs("\npoll ", w->out);
	show_string(w->out, *s->name != '\0' ? s->name : s->v[HOST].value,
	    false);
	if (*s->name != '\0') {
		fputs(" via ", w->out);
		show_string(w->out, s->v[HOST].value, false);
	}
	fputc('\n', w->out);
	import_put_all(w, rules, s->v, NRULES);
	put_tls(w, s);
	for (i = 0; i < NRULES; i++)
		keep |= rules[i].put == put_keep && s->v[i].value != NULL;
	w->line = 0;
	if (!keep)
		import_note(w, "mpop deletes what it has delivered; popfetch "
		    "does with 'no keep'");
}

static bool
is_same(const struct import_setting *a, const struct import_setting *b)
{
	if (a->value == NULL || b->value == NULL)
		return a->value == b->value;
	return strcmp(a->value, b->value) == 0;
}

/* "account default: work" is another name for a maildrop, not another one. */
static bool
is_known(const struct section *all, const struct section *s)
{
	const struct section *a;

	for (a = all; a < s; a++)
		if (is_same(&a->v[HOST], &s->v[HOST]) &&
		    is_same(&a->v[PORT], &s->v[PORT]) &&
		    is_same(&a->v[USER], &s->v[USER]))
			return true;
	return false;
}

/* Sections so far, the first of which is what stands behind "defaults". */
struct mpoprc {
	struct import_writer	*w;
	struct section		*v;
	size_t			 n;
	struct section		*at;		/* the one being read */
	unsigned		 line;
};

static void
copy_sections(struct mpoprc *rc, struct section *s, char *names)
{
	char *name;
	size_t i, k;

	while ((name = strsep(&names, ",")) != NULL) {
		name += strspn(name, BLANKS);
		name[strcspn(name, BLANKS)] = '\0';
		for (i = 1; i + 1 < rc->n; i++)
			for (k = 0; strcmp(rc->v[i].name, name) == 0 &&
			    k < NRULES; k++)
				if (rc->v[i].v[k].value != NULL)
					s->v[k] = rc->v[i].v[k];
	}
}

static void
begin_account(struct mpoprc *rc, char *arg)
{
	char *colon = strchr(arg, ':');
	struct section *s;

	rc->v = mem_grow(rc->v, rc->n, rc->n + 1, sizeof(*rc->v));
	s = &rc->v[rc->n++];
	*s = rc->v[0];
	if (colon != NULL) {
		*colon++ = '\0';
		copy_sections(rc, s, colon);
	}
	arg[strcspn(arg, BLANKS)] = '\0';
	s->name = arg;
	rc->at = s;
}

/* A value may stand in double quotes. */
static char *
unquote(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && strchr(BLANKS, s[len - 1]) != NULL)
		s[--len] = '\0';
	if (len > 1 && s[0] == '"' && s[len - 1] == '"') {
		s[len - 1] = '\0';
		s++;
	}
	return s;
}

static void
take_line(struct mpoprc *rc, char *line)
{
	const struct import_rule *rule;
	char *arg;

	line += strspn(line, BLANKS);
	if (*line == '#' || *line == '\0')
		return;
	arg = line + strcspn(line, BLANKS);
	if (*arg != '\0')
		*arg++ = '\0';
	arg = unquote(arg + strspn(arg, BLANKS));
	if (strcmp(line, "defaults") == 0) {
		rc->at = &rc->v[0];
		memset(rc->at->v, 0, sizeof(rc->at->v));
	} else if (strcmp(line, "account") == 0)
		begin_account(rc, arg);
	else if ((rule = import_rule(rules, NRULES, line)) != NULL) {
		rc->at->v[rule - rules].value = arg;
		rc->at->v[rule - rules].line = rc->line;
	} else {
		rc->w->line = rc->line;
		import_note(rc->w, "'%s' is not a word of mpop that popfetch "
		    "knows", line);
	}
}

int
import_mpoprc(FILE *out, const struct import_file *f, size_t *open,
    struct err *err)
{
	struct import_writer w = { .out = out, .name = f->name, .open = open };
	struct mpoprc rc = { .w = &w, .n = 1 };
	char *at = f->text, *line;
	size_t len, i, first, n = 0;

	rc.v = mem_array(1, sizeof(*rc.v));
	rc.v[0].name = "";
	rc.at = &rc.v[0];
	import_put_head(&w);
	while ((line = import_line(&at, f->text + f->len, &len)) != NULL) {
		rc.line++;
		take_line(&rc, line);
	}
	/* A file without any account is one itself. */
	first = rc.n > 1 ? 1 : 0;
	for (i = first; i < rc.n; i++)
		if (rc.v[i].v[HOST].value != NULL &&
		    !is_known(&rc.v[first], &rc.v[i])) {
			put_account(&w, &rc.v[i]);
			n++;
		}
	free(rc.v);
	if (n > 0)
		return 0;
	return err_set(err, ERR_CONFIG, "%s: no account with a host",
	    f->name);
}
