/*
 * The run-control file: text to accounts, by recursive descent over the table
 * of rc_table.h.  Words may come in any order within an entry.
 */
#ifndef CONF_RC_PARSE_H
#define CONF_RC_PARSE_H

#include <stddef.h>

struct conf;
struct err;

/*
 * Parses text, which came from a file shown as name, into conf; text is not
 * needed afterwards.  -1 with ERR_CONFIG: the message is "name:line:column:
 * what", the hint may name the likely word, and conf->excerpt is the source
 * line with a caret below it, for the caller to print as it is.
 */
int	rc_parse(struct conf *conf, const char *text, size_t len,
	    const char *name, struct err *err);

/*
 * Finds and reads the run-control file: path if not NULL ("-" is standard
 * input), else $POPFETCH_CONFIG, else the first that exists of
 * $CONFIGURATION_DIRECTORY/config, $XDG_CONFIG_HOME/popfetch/config
 * (~/.config) and ~/.popfetchrc.  Sets conf->rcfile and rcdir.  Refuses one
 * that is not a regular file, is neither the caller's nor root's, can be
 * written by others, or holds a password and is open to others; the hint is
 * the chmod to type.
 */
int	rc_load(struct conf *conf, const char *path, struct err *err);

/* The file that rc_load would read, or NULL; may live in conf's arena. */
const char *rc_where(struct conf *conf, const char *path);

#endif
