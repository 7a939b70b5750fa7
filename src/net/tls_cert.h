/*
 * What stands in a certificate, for a person who wants to know it.
 */
#ifndef NET_TLS_CERT_H
#define NET_TLS_CERT_H

#include <openssl/types.h>

/* Octets of a pin: "sha256:", hexadecimal digits, NUL. */
#define TLS_CERT_PIN	(7 + 64 + 1)

/*
 * Writes the pin of the certificate: the SHA-256 of its public key with the
 * key's algorithm (RFC 7469 section 2.4, RFC 6698 "3 1 1"); "" for want of memory.
 */
void	tls_cert_pin(const X509 *cert, char dst[TLS_CERT_PIN]);

/*
 * Calls put with each fact: subject, issuer, name (one for each that the
 * certificate is for), valid-from, valid-until, pin.
 */
void	tls_cert_facts(const X509 *cert, void (*put)(void *arg,
	    const char *name, const char *value), void *arg);

#endif
