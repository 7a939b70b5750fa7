/*
 * Lines on standard output.
 */
#include "mail/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "mail/courier.h"
#include "mail/progress.h"

/* What a pipe takes in one piece, wherever: POSIX promises 512, all systems
 * that are meant have this. */
#define LINE_MAX_OCTETS	4096
/* A string, quoted: four of them and the rest of an object are one line. */
#define STRING_MAX	960

/* As the journal has UIDs: one word that grep(1) finds in both. */
#define PLAIN		"!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"

#define FORMAT		1	/* "v"; additions leave it as it is */

static enum report_form report_form;
static bool report_labels;
static struct err report_failed;

void
report_open(enum report_form form, bool labels)
{
	report_form = form;
	report_labels = labels;
}

bool
report_is_json(void)
{
	return report_form == REPORT_JSON;
}

int
report_write(const void *data, size_t len, struct err *err)
{
	return file_write(STDOUT_FILENO, data, len, "standard output", err);
}

int
report_close(struct err *err)
{
	if (!err_isset(&report_failed))
		return 0;
	if (!err_isset(err))
		*err = report_failed;
	return -1;
}

/* The line with its end; after one that failed no other is tried. */
static void
put_line(struct buf *b)
{
	static const char end[] = "\n";

	if (!err_isset(&report_failed) && buf_append(b, end, 1))
		(void)report_write(buf_data(b), buf_len(b), &report_failed);
	buf_free(b);
}

/* --- strings of JSON */

char *
report_quote(char *dst, size_t size, const void *src, size_t len)
{
	static const char cut[] = "...";
	const uint8_t *p = src, *end = p + len;
	size_t n = 0, fits = 0, taken, got;
	char one[JSON_ONE];

	for (; p < end; p += taken) {
		got = json_one(one, p, (size_t)(end - p), &taken);
		if (n + got + 1 > size) {
			memcpy(dst + fits, cut, sizeof(cut));
			return dst;
		}
		memcpy(dst + n, one, got);
		n += got;
		if (n + sizeof(cut) <= size)
			fits = n;
	}
	dst[n] = '\0';
	return dst;
}

/* --- objects */

static void
begin_object(struct buf *b, const char *event)
{
	buf_init(b, LINE_MAX_OCTETS);
	(void)buf_printf(b, "{\"v\":%d,\"event\":\"%s\"", FORMAT, event);
}

static void
put_octets(struct buf *b, const char *key, const void *value, size_t len)
{
	char quoted[STRING_MAX];

	(void)buf_printf(b, ",\"%s\":\"%s\"", key,
	    report_quote(quoted, sizeof(quoted), value, len));
}

static void
put_string(struct buf *b, const char *key, const char *value)
{
	if (value != NULL)
		put_octets(b, key, value, strlen(value));
}

static void
put_number(struct buf *b, const char *key, uint64_t value)
{
	(void)buf_printf(b, ",\"%s\":%" PRIu64, key, value);
}

static void
end_object(struct buf *b)
{
	(void)buf_append(b, "}", 1);
	put_line(b);
}

/* --- what is reported */

static void
message_columns(const struct report_message *m)
{
	const char *words[] = { m->state, m->action, m->why };
	char label[STRING_MAX];
	struct buf b;
	size_t i;

	buf_init(&b, 2 * LINE_MAX_OCTETS);
	if (report_labels)
		(void)buf_printf(&b, "%s\t", text_vis(label, sizeof(label),
		    m->label, strlen(m->label)));
	(void)buf_printf(&b, "%" PRIu32 "\t", m->num);
	if (m->uidlen > 0)
		(void)text_pct(&b, m->uid, m->uidlen, PLAIN);
	else
		(void)buf_append(&b, "-", 1);
	(void)buf_printf(&b, "\t%" PRIu64, m->size);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] != NULL)
			(void)buf_printf(&b, "\t%s", words[i]);
	put_line(&b);
}

void
report_message(const struct report_message *m)
{
	struct buf b;

	if (report_form != REPORT_JSON) {
		message_columns(m);
		return;
	}
	begin_object(&b, "message");
	put_string(&b, "account", m->label);
	put_number(&b, "number", m->num);
	if (m->uidlen > 0)
		put_octets(&b, "uid", m->uid, m->uidlen);
	put_number(&b, "size", m->size);
	put_string(&b, "state", m->state);
	put_string(&b, "action", m->action);
	put_string(&b, "why", m->why);
	put_string(&b, "path", m->path);
	end_object(&b);
}

void
report_fact(const char *label, const char *name, const void *value, size_t len)
{
	char vis[2][STRING_MAX];
	struct buf b;

	if (report_form != REPORT_JSON) {
		buf_init(&b, LINE_MAX_OCTETS);
		if (report_labels)
			(void)buf_printf(&b, "%s\t", text_vis(vis[0],
			    sizeof(vis[0]), label, strlen(label)));
		(void)buf_printf(&b, "%s\t%s", text_vis(vis[0],
		    sizeof(vis[0]), name, strlen(name)), text_vis(vis[1],
		    sizeof(vis[1]), value, len));
		put_line(&b);
		return;
	}
	begin_object(&b, "fact");
	put_string(&b, "account", label);
	put_string(&b, "name", name);
	put_octets(&b, "value", value, len);
	end_object(&b);
}

/* "work: 3 new of 27, 1.2 MiB" */
static void
waiting_line(const char *label, const struct courier_summary *sum)
{
	char vis[STRING_MAX], size[PROGRESS_SIZE];
	struct buf b;

	buf_init(&b, LINE_MAX_OCTETS);
	(void)buf_printf(&b, "%s: %" PRIu32 " new of %" PRIu32,
	    text_vis(vis, sizeof(vis), label, strlen(label)), sum->waiting,
	    sum->listed);
	if (sum->waiting > 0)
		(void)buf_printf(&b, ", %s", progress_size(size,
		    sum->waiting_octets));
	put_line(&b);
}

static void
put_sums(struct buf *b, const struct courier_summary *sum)
{
	put_number(b, "fetched", sum->fetched);
	put_number(b, "octets", sum->octets);
	put_number(b, "deleted", sum->deleted);
	put_number(b, "kept", sum->kept);
	put_number(b, "skipped", sum->skipped);
	put_number(b, "failed", sum->failed);
	put_number(b, "set_aside", sum->set_aside);
}

/* What only some modes find out. */
static void
put_listed(struct buf *b, const struct courier_summary *sum)
{
	put_number(b, "messages", sum->listed);
	put_number(b, "new", sum->waiting);
	put_number(b, "new_octets", sum->waiting_octets);
	put_number(b, "marked", sum->marked);
}

void
report_account(const char *label, const struct courier_summary *sum)
{
	struct buf b;

	if (report_form == REPORT_WAITING && sum->status == 0)
		waiting_line(label, sum);
	if (report_form != REPORT_JSON)
		return;
	begin_object(&b, "account");
	put_string(&b, "account", label);
	put_sums(&b, sum);
	put_listed(&b, sum);
	if (sum->stopped)
		(void)buf_printf(&b, ",\"stopped\":true");
	put_number(&b, "status", (uint64_t)sum->status);
	end_object(&b);
}

static const char *
kind_word(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
		break;
	case ERR_USAGE:
		return "usage";
	case ERR_DATA:
		return "refused";
	case ERR_NOHOST:
		return "nohost";
	case ERR_UNAVAILABLE:
		return "unavailable";
	case ERR_SOFTWARE:
		return "software";
	case ERR_CANTCREAT:
		return "cantcreate";
	case ERR_IO:
		return "io";
	case ERR_TEMP:
		return "temporary";
	case ERR_PROTOCOL:
		return "protocol";
	case ERR_AUTH:
		return "login";
	case ERR_CONFIG:
		return "config";
	}
	return "none";
}

void
report_error(const char *label, const struct err *err)
{
	struct buf b;

	if (report_form != REPORT_JSON || !err_isset(err))
		return;
	begin_object(&b, "error");
	put_string(&b, "account", label);
	put_string(&b, "kind", kind_word(err->kind));
	put_number(&b, "status", (uint64_t)err->kind);
	put_string(&b, "text", err->msg);
	if (err->hint[0] != '\0')
		put_string(&b, "hint", err->hint);
	end_object(&b);
}

void
report_total(const struct courier_summary *sum, size_t accounts, int status)
{
	struct buf b;

	if (report_form != REPORT_JSON)
		return;
	begin_object(&b, "summary");
	put_number(&b, "accounts", accounts);
	put_sums(&b, sum);
	put_listed(&b, sum);
	put_number(&b, "status", (uint64_t)status);
	end_object(&b);
}
