/*
 * Settings of another fetcher as lines of a run-control file.
 */
#include "conf/import_p.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "conf/show.h"

void
import_note(struct import_writer *w, const char *fmt, ...)
{
	struct err text = { .kind = ERR_NONE };
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	/* A value goes into a comment, which must not end in the middle. */
	err_set(&text, ERR_CONFIG, "%s", msg);
	fputs("\t# ", w->out);
	if (w->line > 0)
		fprintf(w->out, "line %u: ", w->line);
	fprintf(w->out, "%s\n", text.msg);
	(*w->open)++;
}

void
import_put_string(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	fprintf(w->out, "\t%s ", rule->word);
	show_string(w->out, value, false);
	fputc('\n', w->out);
}

void
import_put_path(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	fprintf(w->out, "\t%s ", rule->word);
	show_string(w->out, value, strcmp(rule->word, "maildir") == 0);
	fputc('\n', w->out);
}

void
import_put_number(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	const size_t digits = strspn(value, "0123456789");

	if (digits == 0 || strspn(value + digits, "kKmM") !=
	    strlen(value + digits))
		import_note(w, "%s %s: not a number", rule->name, value);
	else if (value[strspn(value, "0")] != '\0')
		fprintf(w->out, "\t%s %s\n", rule->word, value);
}

void
import_put_note(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	import_note(w, "%s %s: %s", rule->name, value, rule->word);
}

bool
import_is_on(const char *value)
{
	static const char *const no[] = { "off", "no", "false", "0", "" };
	size_t i;

	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strcasecmp(value, no[i]) == 0)
			return false;
	return true;
}

void
import_put_note_on(struct import_writer *w, const struct import_rule *rule,
    const char *value)
{
	if (import_is_on(value))
		import_put_note(w, rule, value);
}

void
import_put_clear(struct import_writer *w, const char *host)
{
	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strncmp(host, "127.", 4) == 0)
		fputs("\ttls off\n", w->out);
	else
		import_note(w, "the password went over the line in the clear; "
		    "popfetch uses TLS, and 'tls off' would go without");
}

void
import_put_head(struct import_writer *w)
{
	struct err name = { .kind = ERR_NONE };

	err_set(&name, ERR_CONFIG, "%s", w->name);
	fprintf(w->out, "# from %s\n", name.msg);
}

const struct import_rule *
import_rule(const struct import_rule *rules, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

void
import_put_all(struct import_writer *w, const struct import_rule *rules,
    const struct import_setting *settings, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		w->line = settings[i].line;
		if (settings[i].value != NULL && rules[i].put != NULL)
			rules[i].put(w, &rules[i], settings[i].value);
	}
	w->line = 0;
}
