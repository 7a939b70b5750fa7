/*
 * What stands in a certificate, for a person who wants to know it.
 */
#ifndef NET_TLS_CERT_H
#define NET_TLS_CERT_H

#include <openssl/types.h>

/*
 * Calls put with each fact: subject, issuer, name (one for each that the
 * certificate is for), valid-from, valid-until, and pin: the SHA-256 of the
 * public key with its algorithm (RFC 7469 section 2.4, RFC 6698 "3 1 1").
 */
void	tls_cert_facts(const X509 *cert, void (*put)(void *arg,
	    const char *name, const char *value), void *arg);

#endif
