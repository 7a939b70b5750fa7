/* What stands in a certificate, in words. */
#include "net/tls_cert.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/text.h"

#define VALUE_MAX	512

/* Where facts go. */
struct facts {
	void	(*put)(void *arg, const char *name, const char *value);
	void	*arg;
};

static void
put_name(const struct facts *f, const char *what, const X509_NAME *name)
{
	char value[VALUE_MAX] = "";
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	if (bio == NULL)
		return;
	if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) != -1 &&
	    (n = BIO_read(bio, value, sizeof(value) - 1)) > 0)
		value[n] = '\0';
	BIO_free(bio);
	f->put(f->arg, what, value);
}

static void
put_date(const struct facts *f, const char *what, const ASN1_TIME *when)
{
	char value[VALUE_MAX];
	struct tm tm;

	if (when != NULL && ASN1_TIME_to_tm(when, &tm) == 1 &&
	    strftime(value, sizeof(value), "%Y-%m-%d %H:%M:%S UTC", &tm) > 0)
		f->put(f->arg, what, value);
}

static void
put_alt_name(const struct facts *f, const GENERAL_NAME *name)
{
	char value[VALUE_MAX];
	int len, type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);
	const unsigned char *data = ASN1_STRING_get0_data(s);

	len = ASN1_STRING_length(s);
	if (type == GEN_DNS && len >= 0 && len < VALUE_MAX)
		snprintf(value, sizeof(value), "%.*s", len,
		    (const char *)data);
	else if (type != GEN_IPADD || (len != 4 && len != 16) ||
	    inet_ntop(len == 4 ? AF_INET : AF_INET6, data, value,
	    sizeof(value)) == NULL)
		return;
	f->put(f->arg, "name", value);
}

static void
put_alt_names(const struct facts *f, const X509 *cert)
{
	const GENERAL_NAME *name;
	GENERAL_NAMES *list;
	int i;

	list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		name = sk_GENERAL_NAME_value(list, i);
		if (name->type == GEN_DNS || name->type == GEN_IPADD)
			put_alt_name(f, name);
	}
	GENERAL_NAMES_free(list);
}

void
tls_cert_pin(const X509 *cert, char dst[TLS_CERT_PIN])
{
	unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	unsigned n;

	dst[0] = '\0';
	if (len > 0 && EVP_Digest(der, (size_t)len, digest, &n, EVP_sha256(),
	    NULL) == 1) {
		strlcpy(dst, "sha256:", TLS_CERT_PIN);
		text_hex(dst + strlen(dst), digest, n);
	}
	OPENSSL_free(der);
}

void
tls_cert_facts(const X509 *cert, void (*put)(void *arg, const char *name,
    const char *value), void *arg)
{
	const struct facts f = { .put = put, .arg = arg };
	char pin[TLS_CERT_PIN];

	put_name(&f, "subject", X509_get_subject_name(cert));
	put_name(&f, "issuer", X509_get_issuer_name(cert));
	put_alt_names(&f, cert);
	put_date(&f, "valid-from", X509_get0_notBefore(cert));
	put_date(&f, "valid-until", X509_get0_notAfter(cert));
	tls_cert_pin(cert, pin);
	if (pin[0] != '\0')
		put(arg, "pin", pin);
}
