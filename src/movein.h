/*
 * --import: what another fetcher left behind, for popfetch to go on from.
 */
#ifndef MOVEIN_H
#define MOVEIN_H

#include <stdbool.h>

struct conf;
struct import_file;

/* Both print what goes wrong and return the exit status. */

/* Prints a configuration as a run-control file. */
int	movein_config(const struct import_file *f);

/*
 * Enters the messages of a list into the journals of the accounts that it is
 * for, or of those to be polled if named, and prints how many, each account
 * as an object with json.
 */
int	movein_state(struct conf *c, const struct import_file *f, bool named,
	    bool json);

#endif
