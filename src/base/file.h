/*
 * The only code that makes things durable: fsync, rename and link are called
 * nowhere else.  A failed sync is never tried again, here or by a caller: the
 * kernel may have dropped the data and would then answer 0 (fsync(2)).
 *
 * Functions return 0 or a descriptor, or -1 with *err set.  What is named
 * "what" is used in messages only: the path as the user knows it.  A name is
 * relative to a directory descriptor and may not be a symbolic link; a path
 * comes from the user, who may well have made his Maildir one.
 *
 * Error kinds: ERR_CANTCREAT where something is made, ERR_IO otherwise.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;

/*
 * Opens a directory; with make, creates it (mode 0700) if only its last
 * component is missing, and syncs the parent.  Close-on-exec.
 */
int	file_opendir(const char *path, bool make, struct err *err);
int	file_opendirat(int dir, const char *name, bool make, const char *what,
	    struct err *err);

/* As file_opendir with make, but creates missing parents too. */
int	file_makedirs(const char *path, struct err *err);

/* A new, empty file of mode 0600, read and write; fails if it exists. */
int	file_create(int dir, const char *name, const char *what,
	    struct err *err);

/* Writes all of it, going on after short writes and EINTR. */
int	file_write(int fd, const void *data, size_t len, const char *what,
	    struct err *err);

/* Data and size of one file are on the disk when it returns 0: fdatasync. */
int	file_sync(int fd, const char *what, struct err *err);

/*
 * The names in a directory are on the disk when it returns 0: fsync.  A file
 * system that cannot sync a directory at all (EINVAL) is taken at its word.
 */
int	file_syncdir(int dir, const char *what, struct err *err);

/*
 * Everything on dir's file system is on the disk: syncfs(2), which since Linux
 * 5.8 reports writes that failed after dir was opened: open it before the
 * files are written, and keep it.  Returns 1 where there is no such call or
 * the kernel is older: the caller then syncs file by file.
 */
int	file_syncfs(int dir, const char *what, struct err *err);

/*
 * Moves a file to a name that does not exist yet: renameat2 with
 * RENAME_NOREPLACE, else link and unlink.  Where it was moved but the answer
 * got lost (NFS), or an earlier try ended between link and unlink, it succeeds
 * as well: the target is then the same file.  An existing other file under the
 * new name is ERR_CANTCREAT, sys EEXIST; no file under the old, ERR_IO, sys
 * ENOENT.
 */
int	file_move(int fromdir, const char *from, int todir, const char *to,
	    const char *what, struct err *err);

/*
 * Replaces dir/name by dir/tmp, durably: the caller has written tmp through
 * fd.  Syncs fd, renames, syncs dir.
 */
int	file_replace(int fd, int dir, const char *tmp, const char *name,
	    const char *what, struct err *err);

/* Removes a name; a missing one is no error. */
int	file_remove(int dir, const char *name, const char *what,
	    struct err *err);

/* Asks for room for len octets behind the end of a file, best effort. */
void	file_reserve(int fd, off_t len);

/* Takes the rights of others to a regular file of the caller's away, before
 * something private is written to it.  Any other file is left as it is. */
void	file_private(int fd);

/*
 * Opens (or creates, mode 0600) a lock file and locks it; the lock dies with
 * the descriptor's last copy and the file is never unlinked.  Returns the
 * descriptor, or -1: ERR_TEMP with sys EWOULDBLOCK if it is held already.
 */
int	file_lock(int dir, const char *name, const char *what,
	    struct err *err);

#endif
