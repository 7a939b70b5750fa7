/* A maildrop: a directory, one regular file a message. */
#ifndef POPD_MAILBOX_H
#define POPD_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct io;
struct mailbox;

/*
 * Opens and locks the maildrop.  Messages are in the byte order of their
 * file names; names with a leading dot are none.  wire: the files hold what
 * goes over the wire, else every LF stands for CRLF.  uids: a file of lines
 * "NAME UID", or NULL.  NULL with errno EWOULDBLOCK if somebody else has it,
 * ENOENT if there is none.
 */
struct mailbox *mailbox_open(const char *dir, bool wire, const char *uids);

/*
 * Counts the sizes of the maildrop, for every process that is forked later:
 * a message costs those one stat(2) instead of a look into its file.
 */
void	 mailbox_learn(const char *dir, bool wire);

/* Lets go of the lock.  NULL is fine. */
void	 mailbox_close(struct mailbox *mb);

size_t	 mailbox_count(const struct mailbox *mb);

/* Messages are counted from 0.  The UID has no form that one could rely on. */
const char *mailbox_uid(const struct mailbox *mb, size_t i, size_t *len);

/* Octets on the wire, without stuffing and end marker; 0 if unreadable. */
int64_t	 mailbox_size(struct mailbox *mb, size_t i);

/*
 * Sends the message, stuffed, without the end marker.  lines: that many of
 * the body, or -1 for all.  False before the first octet if it is unreadable.
 */
bool	 mailbox_send(const struct mailbox *mb, size_t i, int64_t lines,
	    struct io *io, void (*first)(void *), void *arg);

bool	 mailbox_delete(const struct mailbox *mb, size_t i);

#endif
