/*
 * The fetcher: the process that talks to a server and can touch nothing else.
 * It resolves, connects, does TLS and POP3, and streams messages into the
 * staged files whose descriptors its courier hands it (base/ipc.h).
 */
#ifndef NET_FETCHER_H
#define NET_FETCHER_H

#include <stdbool.h>
#include <stdint.h>

struct tls_roots;

enum fetcher_tls {
	FETCHER_TLS_AUTO,	/* implicit on 995, else STLS on 110 */
	FETCHER_TLS_IMPLICIT,
	FETCHER_TLS_STLS,
	FETCHER_TLS_OFF,
};

/* What a fetcher has to know of an account; all strings borrowed.  The
 * password is not in it: it comes by IPC_LOGIN once the channel is safe. */
struct fetcher_conf {
	const char	*host;		/* to connect to */
	const char	*port;		/* number or service; NULL: by tls */
	int		 socket;	/* that leads there already, or -1 */
	enum fetcher_tls tls;
	bool		 clear_anywhere; /* cleartext not only to loopback */
	bool		 no_capa;	/* no CAPA: an earlier fetcher of this
					   run was cut off there */
	bool		 no_pipelining;	/* one command at a time, whatever is
					   announced */
	const char	*tls_name;	/* that the certificate must be for */
	const char	*pins;		/* of keys, instead (tls.h); or NULL */
	const struct tls_roots *roots;	/* NULL only with FETCHER_TLS_OFF */
	int		 timeout;	/* seconds to wait for each answer */
	uint64_t	 max_octets;	/* of a message; 0: no limit */
	bool		 probe;		/* say what the server is and can do
					   (IPC_FACT), and do not log in */
	bool		 wire;		/* send the protocol to the log */
	bool		 verbose;	/* send what is going on to the log */
};

/* Where POP3 is, if nobody says another port. */
#define FETCHER_PORT_TLS	"995"
#define FETCHER_PORT_PLAIN	"110"

/* Seconds: how long a connection attempt may take, if timeout is not less. */
#define FETCHER_CONNECT_MAX	30
/* Seconds without anything outstanding after which a NOOP goes out (R23). */
#define FETCHER_NOOP_AFTER	30
/* Seconds to wait for the answer to QUIT (Q25). */
#define FETCHER_QUIT_MAX	30

/*
 * Runs one session over ipcfd, the fetcher's end of an ipc_pair, in a process
 * of its own; returns the exit status for _exit(2): 0 after IPC_BYE or when the
 * courier closed, the kind of the error after IPC_ERROR.
 * The flags of an IPC_ERROR say what another one could try (base/ipc.h).
 */
int	fetcher_main(const struct fetcher_conf *conf, int ipcfd);

#endif
