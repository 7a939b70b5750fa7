/*
 * The text of one run-control file, of which only the caller or root has
 * control.  Shared by rc_load.c and rc_include.c.
 */
#ifndef CONF_RC_FILE_H
#define CONF_RC_FILE_H

#include <sys/stat.h>
#include <stddef.h>

struct conf;
struct err;

#define RC_SIZE_MAX	((size_t)64 << 20)

struct rc_file {
	const char	*name;		/* as shown */
	struct stat	 st;
	char		*text;		/* wiped by rc_file_close */
	size_t		 len, cap;
};

/* A descriptor, or -1 with errno.  Does not block. */
int	rc_file_open(const char *path);

/*
 * Reads all of it; ERR_CONFIG if it is neither a regular file nor /dev/null, is
 * neither the caller's nor root's or can be written by others, with the chmod to
 * type as the hint.  rc_file_close is to be called in any case, and closes
 * nothing.
 */
int	rc_file_read(struct rc_file *f, int fd, const char *name,
	    struct err *err);

/* As rc_file_read for standard input, which may be anything. */
int	rc_file_read_stdin(struct rc_file *f, struct err *err);

void	rc_file_close(struct rc_file *f);

/* ERR_CONFIG if the file, which holds a password, is open to others. */
int	rc_file_private(const struct rc_file *f, struct err *err);

/*
 * The directory that relative names are from in the file of that name as it was
 * named: absolute, from the arena; NULL if there is no current directory.
 */
const char *rc_file_dir(struct conf *c, const char *name, struct err *err);

/* dir/name, with the home directory if dir is NULL; from the arena. */
const char *rc_file_join(struct conf *c, const char *dir, const char *name);

#endif
