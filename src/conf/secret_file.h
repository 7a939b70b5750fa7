/*
 * A small file that holds a password: passwordfile, a credential, ~/.netrc.
 */
#ifndef CONF_SECRET_FILE_H
#define CONF_SECRET_FILE_H

#include <sys/types.h>
#include <stddef.h>

struct err;

#define SECRET_SIZE_MAX	((size_t)64 << 10)

struct secret_file {
	const char	*path;
	mode_t		 mode;
	uid_t		 owner;
	char		*text;		/* a secret (mem.h) without NUL inside */
	size_t		 len;
};

/*
 * Reads all of it.  1, or 0 if there is none, or -1: it is not a regular file,
 * too large, cannot be read, or holds a NUL.  secret_file_close is to be called
 * in any case.
 */
int	secret_file_read(struct secret_file *f, const char *path,
	    struct err *err);

void	secret_file_close(struct secret_file *f);

/*
 * -1 if it is not the user's, or others have any right to it; the hint is the
 * chmod to type.
 */
int	secret_file_private(const struct secret_file *f, uid_t user,
	    struct err *err);

#endif
