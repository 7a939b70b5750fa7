/*
 * getmailrc: sections in brackets, "name = value"; a file is one account.
 */
#include "conf/import_p.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "conf/import.h"
#include "conf/show.h"

#define BLANKS		" \t"
#define COMMAND_MAX	65536
#define NAME_MAX_LEN	64	/* of a section's or a setting's name */

#define CLIENT	"popfetch has no client certificates"
#define CHOICE	"popfetch leaves that to OpenSSL, from TLS 1.2 on"
#define HEADER	"popfetch adds no header fields"
#define LOGIN	"popfetch logs in with a password under TLS, in this version " \
		"with nothing else"
#define LOG	"popfetch writes to standard error"

static import_put	put_command, put_all;

enum {
	TYPE, SERVER, DEST_TYPE, DEST_PATH, DEST_ARGUMENTS,
	DELETE, DELETE_AFTER,
};

static const struct import_rule rules[] = {
	[TYPE] = { "retriever.type", NULL, NULL },
	[SERVER] = { "retriever.server", NULL, NULL },
	[DEST_TYPE] = { "destination.type", NULL, NULL },
	[DEST_PATH] = { "destination.path", NULL, NULL },
	[DEST_ARGUMENTS] = { "destination.arguments", NULL, NULL },
	[DELETE] = { "options.delete", NULL, NULL },
	[DELETE_AFTER] = { "options.delete_after", NULL, NULL },
	{ "retriever.port", import_put_number, "port" },
	{ "retriever.timeout", import_put_number, "timeout" },
	{ "retriever.username", import_put_string, "user" },
	{ "retriever.password", import_put_string, "password" },
	{ "retriever.password_command", put_command, "passwordeval" },
	{ "retriever.ca_certs", import_put_path, "sslcertfile" },
	{ "retriever.ssl_fingerprints", import_put_note, "pins are not in "
	    "this version; 'sslcertfile' trusts a certificate that nobody "
	    "signed" },
	{ "retriever.ssl_cert_hostname", import_put_note, "the certificate "
	    "must be for the host" },
	{ "retriever.ssl_version", import_put_note, CHOICE },
	{ "retriever.ssl_ciphers", import_put_note, CHOICE },
	{ "retriever.keyfile", import_put_note, CLIENT },
	{ "retriever.certfile", import_put_note, CLIENT },
	{ "retriever.use_apop", import_put_note_on, LOGIN },
	{ "retriever.use_xoauth2", import_put_note_on, LOGIN },
	{ "retriever.delete_dup_msgids", import_put_note_on, "popfetch goes by "
	    "the server's UIDs" },
	{ "options.read_all", put_all, NULL },
	{ "options.delete_bigger_than", import_put_note, "popfetch deletes "
	    "nothing that it has not delivered" },
	{ "options.max_message_size", import_put_number, "limit" },
	{ "options.max_messages_per_session", import_put_number,
	    "fetchlimit" },
	{ "options.max_bytes_per_session", import_put_note, "'fetchlimit' "
	    "counts messages" },
	{ "options.delivered_to", import_put_note_on, HEADER },
	{ "options.received", import_put_note_on, HEADER },
	{ "options.message_log", import_put_note, LOG },
	{ "options.message_log_syslog", import_put_note_on, LOG },
	{ "options.message_log_verbose", NULL, NULL },
	{ "options.verbose", NULL, NULL },
	{ "options.logfile", import_put_note, LOG },
	{ "options.to_oldmail_on_each_mail", NULL, NULL },
	{ "options.use_netrc", import_put_note_on, "'passwordeval' runs a "
	    "program that prints the password" },
	{ "options.netrc_file", import_put_note, "'passwordeval' runs a "
	    "program that prints the password" },
};

#define NRULES	(sizeof(rules) / sizeof(rules[0]))

struct getmailrc {
	struct import_writer	*w;
	struct import_setting	 v[NRULES];
	char			 section[NAME_MAX_LEN];
	char			**values;	/* allocated, one for each
						   setting's line */
	size_t			 nvalues;
	char			**last;		/* what a next line adds to */
	const struct import_rule *rule;
	unsigned		 line;
};

/* The next word of a list like ("pass", "show", "x"), unquoted; or NULL. */
static char *
next_word(const char **at)
{
	const char *s = *at + strspn(*at, " \t(,)"), *end;
	char quote;

	if (*s == '\0')
		return NULL;
	quote = *s;
	if (quote == '"' || quote == '\'') {
		end = strchr(++s, quote);
		if (end == NULL)
			end = s + strlen(s);
		*at = *end == '\0' ? end : end + 1;
	} else {
		end = s + strcspn(s, " \t,)");
		*at = end;
	}
	return mem_strndup(s, (size_t)(end - s));
}

/* What getmail puts in for a name in a program's argument. */
static const char *
placeholder(const char *word)
{
	if (strcmp(word, "%(sender)") == 0)
		return "%F";
	if (strcmp(word, "%(recipient)") == 0)
		return "%T";
	return NULL;
}

static void
append_word(struct buf *b, const char *word)
{
	const char *as = placeholder(word), *s;

	if (as != NULL || (*word != '\0' && strspn(word, "abcdefghijklmnopqrs"
	    "tuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%") ==
	    strlen(word))) {
		(void)buf_printf(b, "%s", as != NULL ? as : word);
		return;
	}
	(void)buf_append(b, "'", 1);
	for (s = word; *s != '\0'; s++)
		if (*s == '\'')
			(void)buf_append(b, "'\\''", 4);
		else
			(void)buf_append(b, s, 1);
	(void)buf_append(b, "'", 1);
}

/* Adds a list's words as a shell would want them. */
static void
append_list(struct buf *b, const char *list)
{
	char *word;

	while ((word = next_word(&list)) != NULL) {
		if (buf_len(b) > 0)
			(void)buf_append(b, " ", 1);
		append_word(b, word);
		free(word);
	}
}

static void
put_line(struct import_writer *w, const char *word, struct buf *b)
{
	const struct import_rule as = { .word = word };

	(void)buf_append(b, "", 1);
	import_put_string(w, &as, (const char *)buf_data(b));
	buf_free_secret(b);
}

static void
put_command(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	struct buf b;

	buf_init(&b, COMMAND_MAX);
	append_list(&b, value);
	put_line(w, rule->word, &b);
}

static void
put_all(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	if (import_is_on(value))
		import_note(w, "%s %s: popfetch fetches each message once; "
		    "'fetchall' gets all of them in every run", rule->name,
		    value);
}

static void
put_keep(struct import_writer *w, const struct import_setting *v)
{
	const char *after = v[DELETE_AFTER].value;

	if (v[DELETE].value != NULL && import_is_on(v[DELETE].value))
		fputs("\tno keep\n", w->out);
	else if (after != NULL && after[strspn(after, "0123456789")] == '\0' &&
	    after[strspn(after, "0")] != '\0')
		fprintf(w->out, "\tkeep %sd\n", after);
	else
		fputs("\tkeep\n", w->out);
}

static void
put_destination(struct import_writer *w, const struct import_setting *v)
{
	static const struct import_rule maildir = { .word = "maildir" };
	const char *type = v[DEST_TYPE].value, *path = v[DEST_PATH].value;
	struct buf b;

	w->line = v[DEST_TYPE].line;
	if (type == NULL || path == NULL)
		import_note(w, "no destination with a path: popfetch delivers "
		    "to ~/Maildir if nothing is said");
	else if (strcasecmp(type, "Maildir") == 0)
		import_put_path(w, &maildir, path);
	else if (strcasecmp(type, "MDA_external") == 0) {
		buf_init(&b, COMMAND_MAX);
		append_word(&b, path);
		if (v[DEST_ARGUMENTS].value != NULL)
			append_list(&b, v[DEST_ARGUMENTS].value);
		put_line(w, "mda", &b);
	} else
		import_note(w, "destination.type %s: popfetch delivers to a "
		    "Maildir, or by a program: mda \"procmail\" can write an "
		    "mbox", type);
	w->line = 0;
}

static int
put_account(struct import_writer *w, const struct getmailrc *rc,
    struct err *err)
{
	const char *type = rc->v[TYPE].value, *host = rc->v[SERVER].value;

	if (type == NULL || host == NULL)
		return err_set(err, ERR_CONFIG, "%s: no retriever with a type "
		    "and a server", w->name);
	if (strcasestr(type, "POP3") == NULL)
		return err_set(err, ERR_CONFIG, "%s:%u: '%s': popfetch speaks "
		    "POP3 only", w->name, rc->v[TYPE].line, type);
	fputs("\npoll ", w->out);
	show_string(w->out, host, false);
	fputc('\n', w->out);
	w->line = rc->v[TYPE].line;
	if (strncasecmp(type, "Multidrop", 9) == 0)
		import_note(w, "%s: popfetch does not sort a maildrop by "
		    "recipient; the program behind 'mda' can", type);
	if (strcasestr(type, "SSL") != NULL)
		fputs("\tssl\n", w->out);
	else
		import_put_clear(w, host);
	import_put_all(w, rules, rc->v, NRULES);
	put_keep(w, rc->v);
	put_destination(w, rc->v);
	return 0;
}

/* A line that begins with a blank goes on with the value before it. */
static void
add_to_last(struct getmailrc *rc, const char *more)
{
	char *old = *rc->last, *joined;
	const size_t len = strlen(old), add = strlen(more);

	joined = mem_alloc(len + add + 2);
	memcpy(joined, old, len);
	joined[len] = ' ';
	memcpy(joined + len + 1, more, add);
	freezero(old, len);
	*rc->last = joined;
	if (rc->rule != NULL)
		rc->v[rc->rule - rules].value = joined;
}

static void
take_setting(struct getmailrc *rc, char *line, size_t name)
{
	char full[2 * NAME_MAX_LEN], *value = line + name + 1;
	size_t i, end;

	value += strspn(value, BLANKS);
	end = strlen(value);
	while (end > 0 && strchr(BLANKS, value[end - 1]) != NULL)
		end--;
	while (name > 0 && strchr(BLANKS, line[name - 1]) != NULL)
		name--;
	snprintf(full, sizeof(full), "%s.%.*s", rc->section,
	    (int)(name < NAME_MAX_LEN ? name : NAME_MAX_LEN - 1), line);
	for (i = 0; full[i] != '\0'; i++)
		full[i] = (char)tolower((unsigned char)full[i]);
	rc->values = mem_grow(rc->values, rc->nvalues, rc->nvalues + 1,
	    sizeof(*rc->values));
	rc->last = &rc->values[rc->nvalues++];
	*rc->last = mem_strndup(value, end);
	rc->rule = import_rule(rules, NRULES, full);
	rc->w->line = rc->line;
	if (rc->rule != NULL) {
		rc->v[rc->rule - rules].value = *rc->last;
		rc->v[rc->rule - rules].line = rc->line;
	} else if (strncasecmp(rc->section, "filter", 6) == 0)
		import_note(rc->w, "%s: popfetch has no filters; the program "
		    "behind 'mda' can have them", full);
	else
		import_note(rc->w, "'%s' is not a setting of getmail that "
		    "popfetch knows", full);
}

static void
take_line(struct getmailrc *rc, char *line)
{
	const size_t blanks = strspn(line, BLANKS);
	size_t name;

	if (line[blanks] == '\0' || line[blanks] == '#' ||
	    line[blanks] == ';')
		return;
	name = strcspn(line, "=:");
	if (line[0] == '[') {
		name = strcspn(line + 1, "]") + 1;
		strlcpy(rc->section, line + 1, name < NAME_MAX_LEN ? name :
		    NAME_MAX_LEN);
		rc->last = NULL;
	} else if (blanks > 0 && rc->last != NULL)
		add_to_last(rc, line + blanks);
	else if (line[name] != '\0')
		take_setting(rc, line + blanks, name - blanks);
	else {
		rc->w->line = rc->line;
		import_note(rc->w, "neither a section nor a setting");
	}
}

int
import_getmailrc(FILE *out, const struct import_file *f, size_t *open,
    struct err *err)
{
	struct import_writer w = { .out = out, .name = f->name, .open = open };
	struct getmailrc rc = { .w = &w };
	char *at = f->text, *line;
	size_t len, i;
	int r;

	import_put_head(&w);
	while ((line = import_line(&at, f->text + f->len, &len)) != NULL) {
		rc.line++;
		take_line(&rc, line);
	}
	r = put_account(&w, &rc, err);
	for (i = 0; i < rc.nvalues; i++)
		freezero(rc.values[i], strlen(rc.values[i]));
	free(rc.values);
	return r;
}
