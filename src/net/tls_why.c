/* Why TLS failed, in words. */
#include "net/tls_why.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "net/tls_cert.h"

#define WHY_NAMES_MAX	6	/* names of a certificate that are shown */

/* As it stands in an account; the option takes it with its quotes, too. */
#define PIN_WORDS	"tlspin \"%s\" (for a URL: --pin)"

/* Appends to a text that may be cut. */
static void __attribute__((format(printf, 3, 4)))
add(char *dst, size_t size, const char *fmt, ...)
{
	size_t len = strlen(dst);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(dst + len, size - len, fmt, ap);
	va_end(ap);
}

static void
add_name(char *dst, size_t size, const GENERAL_NAME *name)
{
	const unsigned char *data;
	char addr[INET6_ADDRSTRLEN];
	int len, type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);

	data = ASN1_STRING_get0_data(s);
	len = ASN1_STRING_length(s);
	if (type == GEN_DNS)
		add(dst, size, ", %.*s", len, (const char *)data);
	else if ((len == 4 || len == 16) && inet_ntop(len == 4 ? AF_INET :
	    AF_INET6, data, addr, sizeof(addr)) != NULL)
		add(dst, size, ", %s", addr);
}

/* The names that a certificate is for, ", " before each; "" for none. */
static void
names(char *dst, size_t size, const X509 *cert)
{
	GENERAL_NAMES *list;
	int i, n = 0;

	dst[0] = '\0';
	list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(list, i);

		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (n++ == WHY_NAMES_MAX) {
			add(dst, size, ", ...");
			break;
		}
		add_name(dst, size, name);
	}
	GENERAL_NAMES_free(list);
}

static void
date(char *dst, size_t size, const ASN1_TIME *when)
{
	struct tm tm;

	if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1)
		snprintf(dst, size, "an unknown date");
	else
		snprintf(dst, size, "%d-%02d-%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
}

static void
why_dates(X509_STORE_CTX *store, const X509 *cert, const char *host,
    struct err *err)
{
	const char *which = "the certificate";
	char when[32];

	if (X509_STORE_CTX_get_error_depth(store) > 0)
		which = "an authority's certificate in the chain";
	if (X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_HAS_EXPIRED) {
		date(when, sizeof(when), X509_get0_notAfter(cert));
		err_set(err, ERR_PROTOCOL, "%s of %s expired on %s", which,
		    host, when);
		err_hint(err, "check this machine's clock; if it is right, "
		    "only the server's operator can help");
	} else {
		date(when, sizeof(when), X509_get0_notBefore(cert));
		err_set(err, ERR_PROTOCOL, "%s of %s is not valid before %s",
		    which, host, when);
		err_hint(err, "check this machine's clock");
	}
}

static void
why_name(const X509 *cert, const char *host, struct err *err)
{
	char list[ERR_MSG_MAX / 2];

	names(list, sizeof(list), cert);
	if (list[0] == '\0')
		err_set(err, ERR_PROTOCOL, "the certificate of %s has no name "
		    "in it (subjectAltName)", host);
	else
		err_set(err, ERR_PROTOCOL, "the certificate of %s is not for "
		    "that name; names in it are %s", host, list + 2);
	err_hint(err, "give the server's name as the certificate has it, "
	    "if that is the server you mean");
}

static void
why_self_signed(const X509 *cert, const char *host, struct err *err)
{
	char pin[TLS_CERT_PIN];

	tls_cert_pin(cert, pin);
	err_set(err, ERR_PROTOCOL, "the certificate of %s is self-signed",
	    host);
	err_hint(err, "if its key is the right one, add: " PIN_WORDS, pin);
}

static void
why_issuer(X509_STORE_CTX *store, const X509 *cert, const char *host,
    struct err *err)
{
	char issuer[200] = "?", pin[TLS_CERT_PIN];
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
	int n = sk_X509_num(chain);

	tls_cert_pin(X509_STORE_CTX_get0_cert(store), pin);
	if (n > 0)
		cert = sk_X509_value(chain, n - 1);
	X509_NAME_oneline(X509_get_issuer_name(cert), issuer, sizeof(issuer));
	err_set(err, ERR_PROTOCOL, "the certificate of %s was issued by %s, "
	    "which is not trusted here", host, issuer);
	err_hint(err, "install the system's CA certificates, trust this "
	    "authority with '--ca-file FILE', or this key alone: " PIN_WORDS,
	    pin);
}

void
tls_why_cert(X509_STORE_CTX *store, const char *host, struct err *err)
{
	int e = X509_STORE_CTX_get_error(store);
	const X509 *cert = X509_STORE_CTX_get_current_cert(store);

	if (cert == NULL)
		cert = X509_STORE_CTX_get0_cert(store);
	switch (e) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		why_dates(store, cert, host, err);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		why_name(cert, host, err);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		why_self_signed(cert, host, err);
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		why_issuer(store, cert, host, err);
		break;
	default:
		err_set(err, ERR_PROTOCOL, "the certificate of %s is not "
		    "valid: %s", host, X509_verify_cert_error_string(e));
	}
}

void
tls_why_pin(const X509 *cert, const char *host, struct err *err)
{
	char pin[TLS_CERT_PIN] = "";

	if (cert != NULL)
		tls_cert_pin(cert, pin);
	err_set(err, ERR_PROTOCOL, "the key of %s is not the one of 'tlspin', "
	    "but %s", host, pin);
	err_hint(err, "ask the server's operator whether the key was changed "
	    "before you trust this one");
}

void
tls_why_failed(unsigned long code, bool up, struct err *err)
{
	const char *words = ERR_reason_error_string(code);
	int reason = ERR_GET_REASON(code);
	bool ours = ERR_GET_LIB(code) == ERR_LIB_SSL;

	if (words == NULL)
		words = "unknown error";
	if (ours && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		err_set(err, ERR_TEMP, up ? "connection cut, without the "
		    "closing of TLS" : "the server closed during the TLS "
		    "handshake");
	else if (up)
		err_set(err, ERR_PROTOCOL, "TLS failed: %s", words);
	else if (ours && (reason == SSL_R_WRONG_VERSION_NUMBER ||
	    reason == SSL_R_PACKET_LENGTH_TOO_LONG)) {
		err_set(err, ERR_PROTOCOL, "what the server sends is not TLS");
		err_hint(err, "check the port, and whether it wants 'ssl' or "
		    "'starttls'");
	} else if (ours && (reason == SSL_R_UNSUPPORTED_PROTOCOL ||
	    reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)) {
		err_set(err, ERR_PROTOCOL, "the server does not speak TLS 1.2 "
		    "or later");
		err_hint(err, "only the server's operator can help: older "
		    "versions are not safe");
	} else
		err_set(err, ERR_PROTOCOL, "TLS handshake failed: %s", words);
}
