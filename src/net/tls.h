/*
 * TLS by OpenSSL, which no file includes but tls.c, tls_cert.c, tls_why.c and
 * base/digest.c.
 *
 * A certificate is verified, chain and name, or there is no session; the only
 * other way is the pin of its key (R45 to R48).  TLS 1.2 is the least; no renegotiation,
 * no compression, no tickets.  An end without close_notify is CONN_ERR (R50).
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stddef.h>

struct conn;
struct err;
struct tls_roots;

/* Most paths that tls_roots_paths gives out. */
#define TLS_PATHS_MAX	16

/* The library in use, "OpenSSL 3.0.15 3 Sep 2024". */
const char		*tls_version(void);

/*
 * Loads trust roots, once and before any fork, since parsing a bundle costs
 * more than a poll.  file: a PEM file of certificates; path: a directory of
 * hashed ones (openssl-rehash(1)); either may be NULL, both NULL means the
 * system's own (and SSL_CERT_FILE, SSL_CERT_DIR), of which the directory is
 * preferred, as it is read only when needed.  So is path, but by root, all of
 * it at once.  Certificates of file and path are trusted as they are, whether
 * they are roots or not.  NULL and ERR_CONFIG if a given one cannot be read.
 */
struct tls_roots	*tls_roots_load(const char *file, const char *path,
			    struct err *err);
void			 tls_roots_free(struct tls_roots *roots);

/*
 * The directories that verification may still read later, and those that links
 * in them lead to: what the sandbox has to leave readable.  Returns how many
 * of paths[max] it set; the strings live as long as roots.
 */
size_t			 tls_roots_paths(const struct tls_roots *roots,
			    const char **paths, size_t max);

/*
 * A client over fd, which it takes over (and closes if it fails).  host is the
 * name (or address literal) that the certificate must be for and that SNI says.
 * pins: NULL, or the pins (tls_cert.h) of the keys one of which the certificate
 * must have, apart by blanks; nothing else in it is looked at then.  Borrowed.
 * The handshake is the first thing to do (conn.h).  Its failure is ERR_PROTOCOL
 * for a certificate that is not right, with what is wrong in words and a next
 * step, and ERR_TEMP or ERR_PROTOCOL otherwise.
 */
int			 tls_client(struct conn **conn, int fd,
			    const char *host, const char *pins,
			    const struct tls_roots *roots, struct err *err);

/*
 * What stands in the server's certificate (tls_cert.h), also if the handshake
 * failed for it; nothing if there is none.
 */
void			 tls_certificate(const struct conn *conn,
			    void (*put)(void *arg, const char *name,
			    const char *value), void *arg);

/* "TLSv1.3, TLS_AES_256_GCM_SHA384" of a finished handshake. */
void			 tls_describe(const struct conn *conn, char *dst,
			    size_t size);

#endif
