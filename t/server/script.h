/* The other side of a POP3 conversation, word for word from a file. */
#ifndef POPD_SCRIPT_H
#define POPD_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct io;
struct script;
struct session_conf;

/* Exits with status 64 and the line number if the script is not one. */
struct script *script_load(const char *path);
void	 script_free(struct script *sc);

/* True if it has the line "serve". */
bool	 script_serves(const struct script *sc);

/*
 * Plays the block of the nth connection (from 1), the last one for all that
 * follow, and closes the connection.  False if the client left the script.
 */
bool	 script_run(struct script *sc, size_t nth, struct io *io,
	    const struct session_conf *conf);

#endif
