/*
 * What --show-config, --check-config and --help-keywords print.
 */
#ifndef CONF_SHOW_H
#define CONF_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/rc_table.h"

struct account;
struct conf;

/* In place of a password. */
#define SHOW_MASK	"****"

/*
 * A finished configuration as a run-control file that means the same: each
 * account on its own, with what it has from defaults and the command line.
 * Without secrets, passwords are masked.
 */
void	show_rc(FILE *out, const struct conf *c, bool secrets);

/* One account of it. */
void	show_account(FILE *out, const struct account *a, bool secrets);

/* A quoted string of the run-control file; percent: one in which % is
 * expanded. */
void	show_string(FILE *out, const char *s, bool percent);

/* The accounts, one JSON object on a line each. */
void	show_json(FILE *out, const struct conf *c, bool secrets);

/* Errors and notes, as compilers print them or one JSON object on a line. */
void	show_findings(FILE *out, const struct conf *c, bool json);

/* One row of a table of words: a line of columns, or an object. */
struct show_row {
	const char	*event;		/* what kind of word, for the object */
	const char	*name;
	const char	*place;		/* where it may stand */
	const char	*value;		/* what follows it; "-": nothing */
	const char	*class;
	const char	*as;		/* the word that it is the same as, or NULL */
	const char	*when;		/* before the note, or NULL */
	const char	*note;		/* or NULL */
};
void	show_row(FILE *out, bool json, const struct show_row *row);

/* "works", "harmless" or "refused". */
const char *show_class(enum rc_class class);

/* The keyword table. */
void	show_keywords(FILE *out, bool json);

#endif
