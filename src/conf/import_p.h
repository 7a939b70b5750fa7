/*
 * Configurations of one setting a line, as a table: what becomes of each.
 * Shared by import_mpop.c and import_getmail.c; nobody else's.
 */
#ifndef CONF_IMPORT_P_H
#define CONF_IMPORT_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct import_writer {
	FILE		*out;
	const char	*name;		/* of the file */
	unsigned	 line;		/* of the setting at hand */
	size_t		*open;		/* notes so far */
};

struct import_rule;

/* Writes what a value comes to. */
typedef void import_put(struct import_writer *w,
	    const struct import_rule *rule, const char *value);

struct import_rule {
	const char	*name;
	import_put	*put;		/* NULL: another setting sees to it, or
					   there is nothing to say */
	const char	*word;		/* the keyword here, or what there is to
					   say */
};

struct import_setting {
	const char	*value;		/* NULL: not said */
	unsigned	 line;
};

/* The keyword and the value, on a line of its own. */
import_put	import_put_string, import_put_path, import_put_number;

/* The rule's words as a comment; _on: unless the value says no. */
import_put	import_put_note, import_put_note_on;

/* A comment of one line, with the setting's place. */
void	import_note(struct import_writer *w, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Whether a value says yes; what it is not, says no. */
bool	import_is_on(const char *value);

/* How the connection is made secure: in the clear only to this machine. */
void	import_put_clear(struct import_writer *w, const char *host);

/* The first line of what is written. */
void	import_put_head(struct import_writer *w);

/* The rule of that name, or NULL. */
const struct import_rule *import_rule(const struct import_rule *rules,
	    size_t n, const char *name);

/* All of the settings, in the order of the rules. */
void	import_put_all(struct import_writer *w, const struct import_rule *rules,
	    const struct import_setting *settings, size_t n);

#endif
