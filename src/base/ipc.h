/*
 * The frames between a courier and its fetcher, over one SOCK_SEQPACKET pair.
 * A frame is a fixed head and up to IPC_DATA_MAX octets; some carry one file
 * descriptor.  There are ids, lengths and octets in them, never pointers.  Both
 * ends are the same program after a fork, so the head travels as it lies in
 * memory; what arrives is checked all the same, since the courier does not
 * trust its fetcher.
 *
 * The words of the conversation, in the order they come:
 *
 *	fetcher				courier
 *	IPC_FACT ... of a server that is only looked at
 *	IPC_SECURED  the channel is as safe as the account asks
 *					IPC_LOGIN    user and password
 *	IPC_UIDS, IPC_SIZES ...  the listing, many to a frame
 *	IPC_LISTED   end of it
 *					IPC_FILE     an empty staged file
 *					IPC_RETR     numbers to fetch
 *					IPC_VERIFY   numbers to digest only
 *	IPC_DONE     one message is whole in a staged file
 *	IPC_VERIFIED, IPC_FAILED
 *					IPC_DELE
 *	IPC_DELETED, IPC_FAILED
 *					IPC_STOP     no more RETR, VERIFY
 *	IPC_DROPPED  ... of these; frames until an empty one
 *					IPC_QUIT
 *	IPC_BYE      QUIT's answer; the fetcher then exits
 *
 * IPC_LOG may come at any time.  IPC_ERROR says why the fetcher gives up and is
 * its last word.  A courier that closes its end makes the fetcher drop the
 * connection without QUIT, which by RFC 1939 section 6 deletes nothing.
 */
#ifndef BASE_IPC_H
#define BASE_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

struct err;

#define IPC_DATA_MAX	32768

enum ipc_type {
	/* courier to fetcher */
	IPC_LOGIN = 1,		/* data: user NUL password */
	IPC_FILE,		/* id: its name in later frames; a descriptor */
	IPC_RETR,		/* data: packed items (ipc_put), size each */
	IPC_VERIFY,		/* data: packed items; size each */
	IPC_DELE,		/* data: packed items */
	IPC_QUIT,
	IPC_STOP,		/* drop what was not sent to the server yet */

	/* fetcher to courier */
	IPC_LOG,		/* num: enum log_level; data: text */
	IPC_SECURED,		/* data: what the channel is, text */
	IPC_UIDS,		/* data: packed items with text = UID */
	IPC_SIZES,		/* data: packed items with size = LIST's */
	IPC_LISTED,		/* flags: IPC_F_*; num, size: STAT's answer; id:
				   LOGIN-DELAY in seconds, 0: none; octets:
				   EXPIRE in days, UINT64_MAX: never, unsaid */
	IPC_DONE,		/* num, id, size, octets, digest, head;
				   data: envelope sender, may be empty */
	IPC_VERIFIED,		/* num, flags, octets, digest, head; size: octets
				   of the fields that are not in head, as the
				   server counts */
	IPC_DELETED,		/* num: the server said +OK to DELE */
	IPC_FAILED,		/* num, flags: IPC_RETR, IPC_VERIFY or IPC_DELE;
				   id: IPC_FAILED_*; data: -ERR's text */
	IPC_DROPPED,		/* data: packed items; the answer to IPC_STOP */
	IPC_BYE,		/* flags: 1 if +OK; data: text */
	IPC_ERROR,		/* data: a struct err; flags: IPC_E_*; num: the
				   message whose RETR broke the protocol, be it
				   that it ended too early (an IPC_DONE may have
				   said that it is whole) or never (ERR_TEMP, Q11),
				   0: none; id: as of IPC_LISTED, if it is known */
	IPC_FACT,		/* data: name NUL value, of a server that is only
				   looked at; before IPC_SECURED */
	IPC_TYPE_END
};

/* flags of IPC_LISTED */
#define IPC_F_UIDL	0x01	/* the server answered UIDL */
#define IPC_F_TOP	0x02	/* TOP is announced */

/* id of IPC_FAILED */
#define IPC_FAILED_SEEN	0x01	/* it was retrieved all the same: a server may
				   delete it at QUIT */
#define IPC_FAILED_TEMP	0x02	/* [SYS/TEMP] and the like: not its fault */

/* flags of IPC_ERROR */
#define IPC_E_CAPA	0x01	/* the server closed on CAPA, or was silent;
				   another fetcher that does not ask may have
				   more luck (R30, Q16) */
#define IPC_E_PIPELINE	0x02	/* the conversation broke with more than one
				   command under way; one at a time may do
				   (Q14).  Never for a login */
#define IPC_E_REFUSED	0x04	/* the login was refused: credentials */
#define IPC_E_BUSY	0x08	/* [IN-USE], or words that say so (Q17) */
#define IPC_E_DELAY	0x10	/* [LOGIN-DELAY] */
#define IPC_E_DOUBT	0x20	/* PASS was sent and never answered: a line that
				   was cut, or a refusal without words (Q16) */

/* flags of IPC_VERIFIED */
#define IPC_F_WHOLE	0x01	/* digest and octets are there, not only head */

struct ipc_msg {
	uint32_t type;		/* enum ipc_type */
	uint32_t num;		/* message number of this session */
	uint32_t id;		/* staged file */
	uint32_t flags;
	uint64_t size;		/* octets in the staged file */
	uint64_t octets;	/* octets as the server counts, CRLF is two */
	uint8_t	 digest[DIGEST_LEN];	/* of the staged file's octets */
	uint8_t	 head[DIGEST_LEN];	/* of the stable header lines */
	uint32_t len;		/* octets of data */
	uint8_t	 data[IPC_DATA_MAX];	/* always followed by a NUL in memory */
	uint8_t	 nul;
};

/* Zeroes the head; data is left as it is. */
void	ipc_clear(struct ipc_msg *m, enum ipc_type type);

/*
 * Checks a frame of n octets that was received into *m: known type, len is
 * what is there.  Sets m->data[len] to NUL.  Pure.  0, or -1 with ERR_SOFTWARE.
 */
int	ipc_check(struct ipc_msg *m, size_t n, struct err *err);

/* One item of a packed frame. */
struct ipc_item {
	uint32_t	 num;
	uint64_t	 size;
	const uint8_t	*text;		/* points into the frame */
	uint16_t	 len;
};

/* Packs one more item into m->data; false if it does not fit any more. */
bool	ipc_put(struct ipc_msg *m, const struct ipc_item *item);

/*
 * Takes the item at *off and moves *off behind it.  1: there was one; 0: the
 * frame is at its end; -1: it is malformed.
 */
int	ipc_get(const struct ipc_msg *m, size_t *off, struct ipc_item *item);

/* Makes *m an IPC_ERROR that carries *err; its flags, num and id are the
 * sender's to set. */
void	ipc_put_err(struct ipc_msg *m, const struct err *err);

/*
 * Takes the error out of an IPC_ERROR.  Whatever the sender wrote, *err is then
 * set, its text ended and printable, its kind one that has a name (else
 * ERR_SOFTWARE).  0; or -1 with ERR_SOFTWARE in *err, which the caller passes
 * in empty, if the frame is no such thing.
 */
int	ipc_get_err(const struct ipc_msg *m, struct err *err);

/*
 * One end of the pair.  Sending never blocks: what the kernel does not take is
 * queued, in order, and goes out with ipc_flush when poll(2) says POLLOUT.
 */
struct ipc;

/* Makes a connected pair, both ends close-on-exec and non-blocking. */
int	ipc_pair(int fds[2], struct err *err);

struct ipc	*ipc_new(int fd);	/* takes fd over */
void		 ipc_free(struct ipc *c);	/* closes; NULL is allowed */
int		 ipc_fd(const struct ipc *c);

/*
 * Sends a copy of *m, with a duplicate of passfd if that is not -1 (only
 * IPC_FILE has one, and always).  0, also when it was queued; -1 with
 * ERR_SOFTWARE when the other end is gone: what that had sent before, perhaps
 * an IPC_ERROR, can still be received.
 */
int	ipc_send(struct ipc *c, const struct ipc_msg *m, int passfd,
	    struct err *err);

/* Octets waiting in the queue; 0: poll for POLLIN only. */
size_t	ipc_queued(const struct ipc *c);

/* Sends what it can of the queue.  0 or -1 as ipc_send. */
int	ipc_flush(struct ipc *c, struct err *err);

/*
 * Receives one frame, checked as by ipc_check.  1: *m is set, and *passfd is a
 * close-on-exec descriptor (IPC_FILE) or -1 (all others); 0: nothing there
 * now; -1 with kind ERR_NONE: the other end has closed, and all it sent was
 * received; -1 with *err set: a malformed frame, whose descriptors are closed.
 */
int	ipc_recv(struct ipc *c, struct ipc_msg *m, int *passfd,
	    struct err *err);

#endif
