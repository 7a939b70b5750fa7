/*
 * What --show-config, --check-config and --help-keywords print.
 */
#ifndef CONF_SHOW_H
#define CONF_SHOW_H

#include <stdbool.h>
#include <stdio.h>

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

/* The keyword table, one line each: name, place, argument, class, note. */
void	show_keywords(FILE *out, bool json);

#endif
