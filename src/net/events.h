/*
 * The fetcher's inside, shared by fetcher.c, which moves octets and keeps the
 * time, and events.c, which turns the machine's events into frames and the
 * courier's frames into work.
 */
#ifndef NET_EVENTS_H
#define NET_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "net/dial.h"
#include "net/fetcher.h"
#include "net/work.h"
#include "pop3/client.h"

struct body;
struct conn;

struct fetcher {
	const struct fetcher_conf *conf;
	enum fetcher_tls tls;		/* as conf, but AUTO is decided */
	char		 where[DIAL_WHERE_MAX];	/* "host:port" */
	char		 channel[128];	/* what keeps it safe, in words */

	struct ipc	*ipc;
	struct conn	*conn;
	struct pop3	*pop3;
	struct body	*body;
	struct work	 work;
	struct buf	 in;		/* received, not consumed */
	int64_t		 now;		/* clock_mono_ms of this turn */

	/* how it goes on; set by either file */
	struct err	 err;		/* ends the session */
	uint32_t	 what;		/* IPC_E_* that go with it */
	uint32_t	 suspect;	/* the message that is to blame, or 0 */
	bool		 starttls;	/* the handshake is next */
	bool		 channel_safe;	/* the handshake is done */
	bool		 hung_up;	/* the courier is gone */
	bool		 bye;		/* IPC_BYE is sent */

	/* of fetcher.c */
	bool		 readable;	/* a read may find something */
	bool		 want_out;	/* TLS or a write waits for POLLOUT */
	bool		 deaf;		/* the server takes nothing any more */
	int		 ended;		/* 0, or the conn_result of it */
	struct err	 end;		/* why, for CONN_ERR */
	bool		 expecting;	/* an answer is due */
	int64_t		 quiet;		/* since when nothing happened */

	/* of events.c */
	uint32_t	 stat_count;
	uint64_t	 stat_octets;
	uint8_t		 tail[2];	/* last octets of the body so far */
	struct ipc_msg	 pack;		/* being packed; type 0: none */
	struct ipc_msg	 held;		/* of a message that may be cut */
	struct ipc_msg	 out;
	struct ipc_msg	 frame;		/* the courier's */
};

/* What the machine calls, with a struct fetcher as arg. */
extern const struct pop3_events events_table;

/* Takes all frames that are there. */
void	events_frames(struct fetcher *f);

/* A text to the courier: IPC_LOG, IPC_SECURED, IPC_BYE ... */
void	events_text(struct fetcher *f, enum ipc_type type, uint32_t flags,
	    const char *text);

/* Something found out of a server, for those who only want to know that. */
void	events_fact(struct fetcher *f, const char *name, const void *value,
	    size_t len);

/* Seconds that the server wants between logins, as far as is known; 0: none. */
uint32_t	events_login_delay(const struct fetcher *f);

/* A line for the log, if the account wants to hear what is going on. */
void	events_info(struct fetcher *f, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
