/*
 * Showing the configuration, what there is to say about it, and its keywords.
 */
#include "conf/show.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/rc_table.h"

/* What an account says about one keyword. */
struct value {
	enum {
		VALUE_NONE,		/* nothing */
		VALUE_FLAG,		/* number is 0 or 1 */
		VALUE_NUMBER,
		VALUE_WORD,		/* text that need not be quoted */
		VALUE_STRING,
		VALUE_LIST,
	}		 kind;
	uint64_t	 number;
	const char	*text;
	char		 room[40];		/* for text */
	struct conf_list list;
};

/* In this order; a server's options stand before those of its user. */
static const char *const order[] = {
	"via", "aka", "proto", "port", "auth", "timeout",
	"plugin", "user", "password", "passwordeval", "passwordfile",
	"passwordfd", "is", "ssl", "starttls", "tls", "sslcertck",
	"sslcertfile", "sslcertpath", "sslcommonname", "sslfingerprint",
	"tlspin", "keep", "flush", "fetchall", "limit", "fetchlimit",
	"max-delete", "expunge", "max-failures", "maildir", "mda",
	"mda-style", "mda-unknown", "preconnect", "postconnect", "on-new",
};

#define NORDER	(sizeof(order) / sizeof(order[0]))

static void
set_flag(struct value *v, enum conf_tri flag)
{
	if (flag == TRI_UNSET)
		return;
	v->kind = VALUE_FLAG;
	v->number = flag == TRI_YES;
}

static void
set_text(struct value *v, const char *text)
{
	if (text == NULL)
		return;
	v->kind = VALUE_STRING;
	v->text = text;
}

/* One of several words may hold for TLS: the one that says it all. */
static void
set_tls(struct value *v, const struct rc_key *key, const struct account *a)
{
	if (a->tls_by_port)
		return;
	if (key->arg == RC_ARG_TLS) {
		if (a->tls == CONF_TLS_OFF) {
			v->kind = VALUE_WORD;
			v->text = "off";
		}
	} else if (a->tls == (enum conf_tls)key->lo)
		set_flag(v, TRI_YES);
}

static void
set_keep(struct value *v, const struct account *a)
{
	const int64_t minutes = a->keep_for / 60;
	const int64_t parts[] = {
		minutes / 1440, minutes / 60 % 24, minutes % 60,
	};
	char *s = v->room;
	size_t i;

	set_flag(v, a->keep);
	if (minutes == 0)
		return;
	for (i = 0; i < 3; i++)
		if (parts[i] > 0)
			s += sprintf(s, "%" PRId64 "%c", parts[i], "dhm"[i]);
	v->kind = VALUE_WORD;
	v->text = v->room;
}

/* A number is not shown if it is the one that is built in. */
static void
set_number(struct value *v, const struct rc_key *key, const struct account *a)
{
	const void *field = (const char *)a + key->offset;
	uint64_t built_in = 0;

	if (key->arg == RC_ARG_SIZE)
		v->number = *(const uint64_t *)field;
	else if (key->arg == RC_ARG_COUNT)
		v->number = *(const uint32_t *)field;
	else
		v->number = (uint64_t)(int64_t)*(const int *)field;
	if (key->offset == offsetof(struct account, timeout))
		built_in = CONF_TIMEOUT;
	else if (key->offset == offsetof(struct account, max_failures))
		built_in = CONF_MAX_FAILURES;
	else if (key->arg == RC_ARG_FD)
		built_in = UINT64_MAX;
	if (v->number != built_in)
		v->kind = VALUE_NUMBER;
}

static void
set_choice(struct value *v, const struct rc_key *key, enum conf_tri choice)
{
	const bool style = strcmp(key->name, "mda-style") == 0;

	if (choice == TRI_UNSET)
		return;
	v->kind = VALUE_WORD;
	if (choice == TRI_YES)
		v->text = style ? "qmail" : "hold";
	else
		v->text = style ? "sysexits" : "redeliver";
}

static void
set_port(struct value *v, const char *port)
{
	set_text(v, port);
	if (port == NULL || port[strspn(port, "0123456789")] != '\0')
		return;
	v->kind = VALUE_NUMBER;
	v->number = strtoul(port, NULL, 10);
}

static void
get(struct value *v, const struct account *a, const struct rc_key *key,
    bool secrets)
{
	const void *field = key->offset == RC_NOFIELD ? NULL :
	    (const char *)a + key->offset;

	memset(v, 0, sizeof(*v));
	switch (key->arg) {
	case RC_ARG_FLAG:
		set_flag(v, *(const enum conf_tri *)field);
		break;
	case RC_ARG_TLSFLAG:
	case RC_ARG_TLS:
		set_tls(v, key, a);
		break;
	case RC_ARG_KEEP:
		set_keep(v, a);
		break;
	case RC_ARG_CHOICE:
		set_choice(v, key, *(const enum conf_tri *)field);
		break;
	case RC_ARG_SECRET:
		if (a->password != NULL)
			set_text(v, secrets ? a->password : SHOW_MASK);
		break;
	case RC_ARG_COUNT:
	case RC_ARG_FD:
	case RC_ARG_SECONDS:
	case RC_ARG_SIZE:
		set_number(v, key, a);
		break;
	case RC_ARG_PORT:
		set_port(v, a->port);
		break;
	case RC_ARG_PROTO:
	case RC_ARG_AUTH:
		set_text(v, *(const char *const *)field);
		if (v->kind == VALUE_STRING)
			v->kind = VALUE_WORD;
		break;
	case RC_ARG_LOCAL:
		v->list = (struct conf_list){ a->local, a->nlocal };
		v->kind = a->nlocal > 0 ? VALUE_LIST : VALUE_NONE;
		break;
	case RC_ARG_NAMES:
		v->list = *(const struct conf_list *)field;
		v->kind = v->list.n > 0 ? VALUE_LIST : VALUE_NONE;
		break;
	default:
		set_text(v, *(const char *const *)field);
		break;
	}
	/* The label is the host already. */
	if (key->offset == offsetof(struct account, host) &&
	    strcmp(a->host, a->label) == 0)
		v->kind = VALUE_NONE;
}

void
show_string(FILE *out, const char *s, bool percent)
{
	putc('"', out);
	for (; *s != '\0'; s++)
		if (*s == '\\' || (percent && *s == '%'))
			fprintf(out, "%c%c", *s, *s);
		else if (*s < ' ' || *s == '"' || *s == '`' || *s == 0x7f)
			fprintf(out, "\\x%02x", (unsigned char)*s);
		else
			putc(*s, out);
	putc('"', out);
}

static void
rc_value(FILE *out, const struct account *a, const struct rc_key *key,
    const struct value *v)
{
	/* One that conf_finish refused has its paths as they were said. */
	const bool percent = a->refused == NULL &&
	    key->offset == offsetof(struct account, maildir);
	size_t i;

	if (v->kind == VALUE_NONE)
		return;
	fprintf(out, "\t%s%s", v->kind == VALUE_FLAG && v->number == 0 ?
	    "no " : "", key->name);
	if (v->kind == VALUE_NUMBER)
		fprintf(out, " %" PRIu64, v->number);
	else if (v->kind == VALUE_WORD)
		fprintf(out, " %s", v->text);
	else if (v->kind == VALUE_STRING) {
		putc(' ', out);
		show_string(out, v->text, percent);
	}
	for (i = 0; v->kind == VALUE_LIST && i < v->list.n; i++) {
		putc(' ', out);
		show_string(out, v->list.v[i], false);
	}
	putc('\n', out);
}

static void
global_string(FILE *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(out, "set %s ", name);
	show_string(out, value, false);
	putc('\n', out);
}

static void
rc_globals(FILE *out, const struct conf *c)
{
	fprintf(out, "set jobs %" PRIu32 "\nset per-host %" PRIu32 "\n",
	    c->jobs, c->per_host);
	global_string(out, "state", c->state);
	global_string(out, "runas", c->runas);
	global_string(out, "logfile", c->logfile);
	if (c->syslog != TRI_UNSET)
		fprintf(out, "set %ssyslog\n",
		    c->syslog == TRI_NO ? "no " : "");
}

void
show_account(FILE *out, const struct account *a, bool secrets)
{
	const struct rc_key *key;
	struct value v;
	size_t k;

	fputs(a->skip ? "skip " : "poll ", out);
	show_string(out, a->label, false);
	putc('\n', out);
	for (k = 0; k < NORDER; k++) {
		key = rc_key_find(order[k]);
		get(&v, a, key, secrets);
		rc_value(out, a, key, &v);
	}
}

void
show_rc(FILE *out, const struct conf *c, bool secrets)
{
	size_t i;

	rc_globals(out, c);
	for (i = 0; i < c->naccounts; i++) {
		putc('\n', out);
		show_account(out, c->accounts[i], secrets);
	}
}

static void
json_value(FILE *out, const char *name, const struct value *v)
{
	size_t i;

	if (v->kind == VALUE_NONE)
		return;
	fprintf(out, ",\"%s\":", name);
	if (v->kind == VALUE_FLAG)
		fputs(v->number != 0 ? "true" : "false", out);
	else if (v->kind == VALUE_NUMBER)
		fprintf(out, "%" PRIu64, v->number);
	else if (v->kind != VALUE_LIST)
		json_string(out, v->text);
	else {
		for (i = 0; i < v->list.n; i++) {
			putc(i == 0 ? '[' : ',', out);
			json_string(out, v->list.v[i]);
		}
		putc(']', out);
	}
}

/* What the file language says without the word, JSON says with it. */
static void
json_ssl(FILE *out, const struct account *a)
{
	if (!a->tls_by_port && (a->tls == CONF_TLS_STLS ||
	    a->tls == CONF_TLS_OFF))
		fputs(",\"ssl\":false", out);
}

void
show_json(FILE *out, const struct conf *c, bool secrets)
{
	const struct account *a;
	const struct rc_key *key;
	struct value v;
	size_t i, k;

	for (i = 0; i < c->naccounts; i++) {
		a = c->accounts[i];
		fputs("{\"label\":", out);
		json_string(out, a->label);
		fprintf(out, ",\"active\":%s", a->active ? "true" : "false");
		for (k = 0; k < NORDER; k++) {
			key = rc_key_find(order[k]);
			get(&v, a, key, secrets);
			json_value(out, key->name, &v);
		}
		json_ssl(out, a);
		fputs("}\n", out);
	}
}

static void
print_finding(FILE *out, const struct finding *f)
{
	/* The word of the kind goes between place and message. */
	struct finding shown = *f;
	struct err err;
	char msg[ERR_MSG_MAX];

	snprintf(msg, sizeof(msg), "%s: %s",
	    f->kind == FINDING_ERROR ? "error" : "note", f->msg);
	shown.msg = msg;
	finding_err(&shown, &err);
	fprintf(out, "%s%s%s\n", err.msg, err.hint[0] != '\0' ? "; " : "",
	    err.hint);
	if (f->excerpt != NULL)
		fputs(f->excerpt, out);
}

static void
json_finding(FILE *out, const struct finding *f)
{
	fprintf(out, "{\"v\":1,\"event\":\"%s\",\"kind\":\"config\"",
	    f->kind == FINDING_ERROR ? "error" : "note");
	if (f->file != NULL) {
		fputs(",\"file\":", out);
		json_string(out, f->file);
	}
	if (f->line != 0)
		fprintf(out, ",\"line\":%u", f->line);
	if (f->column != 0)
		fprintf(out, ",\"column\":%u", f->column);
	fputs(",\"text\":", out);
	json_string(out, f->msg);
	if (f->hint != NULL) {
		fputs(",\"hint\":", out);
		json_string(out, f->hint);
	}
	fputs("}\n", out);
}

void
show_findings(FILE *out, const struct conf *c, bool json)
{
	size_t i;

	for (i = 0; i < c->nfindings; i++)
		if (json)
			json_finding(out, &c->findings[i]);
		else
			print_finding(out, &c->findings[i]);
}

static const char *const scope_words[] = {
	[RC_STATEMENT] = "statement", [RC_GLOBAL] = "set",
	[RC_SERVER] = "server", [RC_USER] = "user",
	[RC_ANYWHERE] = "set,user", [RC_MARK] = "grammar",
	[RC_NOISE] = "noise",
};

static const char *const arg_words[] = {
	[RC_ARG_NONE] = "-", [RC_ARG_FLAG] = "flag",
	[RC_ARG_TLSFLAG] = "flag", [RC_ARG_KEEP] = "flag,age",
	[RC_ARG_CHOICE] = "word", [RC_ARG_STRING] = "string",
	[RC_ARG_COMMAND] = "command",
	[RC_ARG_NAME] = "name", [RC_ARG_SECRET] = "password",
	[RC_ARG_PATH] = "path", [RC_ARG_COUNT] = "number",
	[RC_ARG_FD] = "number", [RC_ARG_SECONDS] = "seconds",
	[RC_ARG_SIZE] = "size", [RC_ARG_PORT] = "port",
	[RC_ARG_PROTO] = "protocol", [RC_ARG_AUTH] = "mechanism",
	[RC_ARG_TLS] = "word", [RC_ARG_TLSVER] = "version",
	[RC_ARG_PIN] = "pins", [RC_ARG_LOCAL] = "names",
	[RC_ARG_LIST] = "list", [RC_ARG_NAMES] = "list",
	[RC_ARG_HEADER] = "header",
};

void
show_row(FILE *out, bool json, const struct show_row *row)
{
	const struct {
		const char	*name;
		const char	*value;
	} members[] = {
		{ "event", row->event }, { "name", row->name },
		{ "place", row->place }, { "value", row->value },
		{ "class", row->class }, { "as", row->as }, { "note", row->note },
	};
	size_t i;

	if (!json) {
		fprintf(out, "%-18s %-9s %-9s %-8s", row->name, row->place,
		    row->value, row->class);
		if (row->as != NULL)
			fprintf(out, " as '%s'", row->as);
		else if (row->note != NULL)
			fprintf(out, " %s%s", row->when != NULL ? row->when : "",
			    row->note);
		putc('\n', out);
		return;
	}
	fputs("{\"v\":1", out);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].value == NULL)
			continue;
		fprintf(out, ",\"%s\":", members[i].name);
		json_string(out, members[i].value);
	}
	fputs("}\n", out);
}

const char *
show_class(enum rc_class class)
{
	static const char *const words[] = {
		[RC_WORKS] = "works", [RC_HARMLESS] = "harmless",
		[RC_REFUSED] = "refused",
	};

	return words[class];
}

void
show_keywords(FILE *out, bool json)
{
	const struct rc_key *key;
	struct show_row row = { .event = "keyword" };
	size_t i;

	for (i = 0; i < rc_nkeys; i++) {
		key = &rc_keys[i];
		row.name = key->name;
		row.place = scope_words[key->scope];
		row.value = arg_words[key->arg];
		row.class = show_class(key->class);
		row.as = key->canon;
		row.note = key->note;
		row.when = key->class != RC_WORKS ? NULL :
		    key->arg == RC_ARG_AUTH ?
		    "for other than any and password: " : "not 'no': ";
		show_row(out, json, &row);
	}
}
