/*
 * Why TLS failed, as a message and a next step: the part of tls.c that writes
 * the words.
 */
#ifndef NET_TLS_WHY_H
#define NET_TLS_WHY_H

#include <stdbool.h>

#include <openssl/types.h>

struct err;

/* What a verification has just found wrong; ERR_PROTOCOL. */
void	tls_why_cert(X509_STORE_CTX *store, const char *host, struct err *err);

/* The certificate's key is none of those that are pinned; ERR_PROTOCOL. */
void	tls_why_pin(const X509 *cert, const char *host, struct err *err);

/* An error code of OpenSSL's; up: the handshake was finished before.  An end
 * without close_notify is ERR_TEMP, the rest ERR_PROTOCOL. */
void	tls_why_failed(unsigned long code, bool up, struct err *err);

#endif
