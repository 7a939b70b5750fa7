/*
 * --configure: from a mail address to a run-control file.
 */
#ifndef SETUP_H
#define SETUP_H

#include <stdbool.h>

struct err;

/*
 * Finds the server, and prints a run-control file on standard output.  Asks at
 * a terminal about what is doubtful, and in *test whether the login shall be
 * tried.  Returns what was printed, allocated, or NULL.
 */
char	*setup(const char *address, bool *test, struct err *err);

/* What to do where there is no run-control file, on standard error. */
void	setup_hint(void);

#endif
