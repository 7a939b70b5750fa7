/*
 * The values behind the keywords of a run-control file, one function for each
 * kind.  Each is called with the keyword as the token at hand and leaves the
 * first token behind the value at hand; a field that is NULL means that the
 * value is only passed over.  0, or -1 with the error set.
 */
#ifndef CONF_RC_VALUE_H
#define CONF_RC_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct finding;
struct rc;
struct rc_token;
struct rc_word;

/* For the functions below: the next token, and an = before it passed, must be
   a value; what says which, "a name". */
int	rc_value_take(struct rc *p, const struct rc_word *w,
	    const char *what);

/* The same for the token at hand. */
int	rc_value_check(struct rc *p, const struct rc_word *w,
	    const char *what);

/* The same in name context. */
int	rc_value_take_name(struct rc *p, const struct rc_word *w);

/* Is the name missing?  A bare keyword on the next line is not one. */
bool	rc_value_missing(const struct rc *p, const struct rc_word *w);

/* May the token be one more value of a list? */
bool	rc_value_listed(const struct rc_token *t);

/* The value at hand must not look like a number or a keyword. */
int	rc_value_plain(struct rc *p, const struct rc_word *w,
	    const char *what);

/* What to say of a host with its port in one word; NULL: it is none. */
const struct finding *rc_value_host(struct rc *p, const struct rc_token *at);

/* A string, path or command that is no keyword; a command that does nothing is
   an empty one. */
int	rc_value_string(struct rc *p, const struct rc_word *w,
	    const char *what, const char **field);

/* A string in name context. */
int	rc_value_name(struct rc *p, const struct rc_word *w,
	    const char **field);

/* The same, into a secret (base/mem.h); the field's old one is freed. */
int	rc_value_secret(struct rc *p, const struct rc_word *w, char **field);

/* A number in the bounds of the keyword's row, or a size. */
int	rc_value_number(struct rc *p, const struct rc_word *w,
	    uint64_t *value);

/* keep or no keep, and an age if one follows. */
int	rc_value_keep(struct rc *p, const struct rc_word *w,
	    struct account *a);

/* One of the keyword's two words. */
int	rc_value_choice(struct rc *p, const struct rc_word *w,
	    enum conf_tri *field);

int	rc_value_port(struct rc *p, const struct rc_word *w,
	    const char **field);
int	rc_value_proto(struct rc *p, const struct rc_word *w,
	    const char **field);
int	rc_value_tls(struct rc *p, const struct rc_word *w,
	    struct account *a);

/* A mechanism; one that popfetch does not do is refused. */
int	rc_value_auth(struct rc *p, const struct rc_word *w,
	    const char **field);

/* One string with pins apart by blanks; in the field they are all "sha256:" and
   lower-case hexadecimal, apart by one blank. */
int	rc_value_pin(struct rc *p, const struct rc_word *w,
	    const char **field);

/* Strings or numbers up to the next keyword, appended to the list. */
int	rc_value_list(struct rc *p, const struct rc_word *w,
	    struct conf_list *field);

/* Passed over; what an empty one is to be refused with, unless the account has
   ssl, is in the field. */
int	rc_value_tlsver(struct rc *p, const struct rc_word *w,
	    const struct finding **field);

/* Passed over. */
int	rc_value_header(struct rc *p, const struct rc_word *w);

/*
 * Names up to the next keyword: appended to a's local names, or, with there
 * behind it, one name that is a's user.
 */
int	rc_value_local(struct rc *p, const struct rc_word *w,
	    struct account *a);

/*
 * What stands behind user: NAME, NAME there, or local names and here, which
 * leaves a's user unset.
 */
int	rc_value_user(struct rc *p, const struct rc_word *w,
	    struct account *a);

#endif
