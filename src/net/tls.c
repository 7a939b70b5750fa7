/* TLS by OpenSSL: trust, the client transport, and what goes wrong in words. */
#include "net/tls.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/tls_cert.h"
#include "net/tls_why.h"

/* Octets that one read from the socket may fetch: several records at once. */
#define TLS_READ_BUFFER		65536
#define TLS_HOST_MAX		256

struct tls_roots {
	SSL_CTX	*ctx;
	char	*path[TLS_PATHS_MAX];
	size_t	 npath;
};

struct tls {
	struct conn	 conn;		/* first: a conn is a tls */
	SSL		*ssl;
	char		 host[TLS_HOST_MAX];
	const char	*pins;		/* or NULL */
	bool		 up;		/* the handshake is done */
	bool		 broken;	/* no goodbye any more */
	struct err	 why;		/* what is wrong with the certificate */
	X509		*bad;		/* that is it, or NULL */
};

/*
 * Sets *err if OpenSSL complained of memory, whatever it said last: what it
 * makes of that may be a bad certificate.
 */
static bool
no_memory(struct err *err)
{
	unsigned long code;
	bool found = false;

	while ((code = ERR_get_error()) != 0)
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			found = true;
	if (found)
		err_set(err, ERR_TEMP, "TLS: out of memory");
	return found;
}

static int
cannot_set_up(struct err *err)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	if (no_memory(err))
		return -1;
	/* Then it had none for the words, either. */
	if (why == NULL)
		return err_set(err, ERR_TEMP, "TLS: out of memory");
	return err_set(err, ERR_SOFTWARE, "cannot set up TLS: %s", why);
}

/* --- trust roots */

static void
add_path(struct tls_roots *roots, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < roots->npath; i++)
		if (strncmp(roots->path[i], path, len) == 0 &&
		    roots->path[i][len] == '\0')
			return;
	if (len > 0 && roots->npath < TLS_PATHS_MAX)
		roots->path[roots->npath++] = mem_strndup(path, len);
}

/* "12345678.0": it can be read by the hash of its subject. */
static bool
is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.';
}

/*
 * Adds the directory and those that its links lead to: a sandbox looks at where
 * a file is, not at how it was reached.  Returns whether there is a hashed
 * certificate in it that can be read.
 */
static bool
scan_dir(struct tls_roots *roots, const char *dir)
{
	char target[PATH_MAX];
	const char *slash;
	struct dirent *de;
	bool hashed = false;
	ssize_t n;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return false;
	add_path(roots, dir, strlen(dir));
	while ((de = readdir(d)) != NULL) {
		if (!hashed && is_hashed(de->d_name) &&
		    faccessat(dirfd(d), de->d_name, R_OK, 0) == 0)
			hashed = true;
		n = readlinkat(dirfd(d), de->d_name, target,
		    sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		/* A relative link with a slash in it is nobody's custom. */
		slash = strrchr(target, '/');
		if (target[0] == '/' && slash > target)
			add_path(roots, target, (size_t)(slash - target));
	}
	closedir(d);
	return hashed;
}

/*
 * Makes the hashed certificates of a directory known: to be read when they are
 * needed, or, by root, at once: the process that needs them is nobody's, who
 * may not get there.
 */
static int
load_dir(struct tls_roots *roots, const char *dir, struct err *err)
{
	bool good = false, failed = false;
	struct dirent *de;
	char *path;
	DIR *d;

	if (geteuid() != 0) {
		(void)SSL_CTX_load_verify_dir(roots->ctx, dir);
		return 0;
	}
	if ((d = opendir(dir)) == NULL)
		return err_sys(err, ERR_TEMP, errno, "%s", dir);
	while (!failed && (de = readdir(d)) != NULL) {
		if (!is_hashed(de->d_name))
			continue;
		if (asprintf(&path, "%s/%s", dir, de->d_name) == -1) {
			err_set(err, ERR_TEMP, "out of memory");
			failed = true;
			break;
		}
		if (SSL_CTX_load_verify_file(roots->ctx, path) == 1)
			good = true;
		else
			failed = no_memory(err);
		free(path);
	}
	closedir(d);
	if (failed)
		return -1;
	return good ? 0 : err_set(err, ERR_CONFIG,
	    "sslcertpath %s: no certificate in it can be read", dir);
}

/* The system's roots, or those that the environment names as OpenSSL does. */
static void
load_system(struct tls_roots *roots)
{
	const char *file, *dirs;
	char *list, *next, *dir;
	bool hashed = false;

	file = getenv(X509_get_default_cert_file_env());
	if ((dirs = getenv(X509_get_default_cert_dir_env())) == NULL)
		dirs = X509_get_default_cert_dir();
	next = list = mem_strdup(dirs);
	while ((dir = strsep(&next, ":")) != NULL)
		if (*dir != '\0' && scan_dir(roots, dir)) {
			hashed = true;
			(void)SSL_CTX_load_verify_dir(roots->ctx, dir);
		}
	free(list);
	if (file == NULL && !hashed)
		file = X509_get_default_cert_file();
	/* Nothing there means that nothing is trusted, which is told later. */
	if (file != NULL)
		(void)SSL_CTX_load_verify_file(roots->ctx, file);
}

static int
load_given(struct tls_roots *roots, const char *file, const char *path,
    struct err *err)
{
	const char *why;
	struct stat st;

	ERR_clear_error();
	if (file != NULL && access(file, R_OK) == -1)
		return err_sys(err, ERR_CONFIG, errno, "sslcertfile %s", file);
	if (file != NULL && SSL_CTX_load_verify_file(roots->ctx, file) != 1) {
		why = ERR_reason_error_string(ERR_peek_last_error());
		if (no_memory(err))
			return -1;
		err_set(err, ERR_CONFIG, "sslcertfile %s: %s", file,
		    why == NULL ? "cannot be read" : why);
		return err_hint(err, "it must hold certificates in PEM form");
	}
	if (path == NULL)
		return 0;
	if (stat(path, &st) == -1 || (S_ISDIR(st.st_mode) &&
	    access(path, R_OK | X_OK) == -1))
		return err_sys(err, ERR_CONFIG, errno, "sslcertpath %s", path);
	if (!S_ISDIR(st.st_mode) || !scan_dir(roots, path)) {
		err_set(err, ERR_CONFIG, "sslcertpath %s is no directory of "
		    "hashed certificates that can be read", path);
		return err_hint(err, "run 'openssl rehash' on it");
	}
	return load_dir(roots, path, err);
}

static int
set_up(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	/* What the system's openssl.cnf may have set (R50). */
	SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, TLS_READ_BUFFER);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER) == 1;
}

struct tls_roots *
tls_roots_load(const char *file, const char *path, struct err *err)
{
	struct tls_roots *roots = mem_alloc(sizeof(*roots));

	ERR_clear_error();
	roots->ctx = SSL_CTX_new(TLS_client_method());
	if (roots->ctx == NULL || !set_up(roots->ctx)) {
		cannot_set_up(err);
		goto fail;
	}
	if (file == NULL && path == NULL)
		load_system(roots);
	else {
		if (load_given(roots, file, path, err) == -1)
			goto fail;
		X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(roots->ctx),
		    X509_V_FLAG_PARTIAL_CHAIN);
	}
	ERR_clear_error();
	return roots;
fail:
	tls_roots_free(roots);
	return NULL;
}

const char *
tls_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

void
tls_roots_free(struct tls_roots *roots)
{
	size_t i;

	if (roots == NULL)
		return;
	for (i = 0; i < roots->npath; i++)
		free(roots->path[i]);
	SSL_CTX_free(roots->ctx);
	free(roots);
}

size_t
tls_roots_paths(const struct tls_roots *roots, const char **paths, size_t max)
{
	size_t i;

	for (i = 0; i < roots->npath && i < max; i++)
		paths[i] = roots->path[i];
	return i;
}

/* --- the transport */

/* Whether the certificate's key is one of those that are pinned. */
static bool
is_pinned(const struct tls *t, const X509 *cert)
{
	char pin[TLS_CERT_PIN];

	if (cert == NULL)
		return false;
	tls_cert_pin(cert, pin);
	return pin[0] != '\0' && strstr(t->pins, pin) != NULL;
}

/*
 * Keeps the first thing that is wrong with a chain, and lets nothing pass;
 * nor a chain with nothing wrong, if its key is to be another one.
 */
static int
on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl;
	struct tls *t;

	ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	t = SSL_get_app_data(ssl);
	if (t->pins == NULL ? ok : is_pinned(t, X509_STORE_CTX_get0_cert(store)))
		return 1;
	if (t->pins == NULL)
		tls_why_cert(store, t->host, &t->why);
	else
		tls_why_pin(X509_STORE_CTX_get0_cert(store), t->host, &t->why);
	if (t->bad == NULL && (t->bad = X509_STORE_CTX_get0_cert(store)) != NULL)
		X509_up_ref(t->bad);
	return 0;
}

/* What OpenSSL says to ret, as a conn_result. */
static int
result(struct tls *t, int ret, struct err *err)
{
	int sys = errno;
	unsigned long e;

	switch (SSL_get_error(t->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		return CONN_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return CONN_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return CONN_EOF;
	case SSL_ERROR_SYSCALL:
		if (sys == 0)
			sys = ECONNRESET;
		err_sys(err, ERR_TEMP, sys, "TLS connection lost");
		break;
	default:
		e = ERR_peek_last_error();
		if (!no_memory(err))
			tls_why_failed(e, t->up, err);
	}
	t->broken = true;
	return CONN_ERR;
}

/* Not only by word of the callback. */
static bool
is_verified(const struct tls *t)
{
	if (t->pins != NULL)
		return is_pinned(t, SSL_get0_peer_certificate(t->ssl));
	return SSL_get_verify_result(t->ssl) == X509_V_OK;
}

static int
tls_handshake(struct conn *c, struct err *err)
{
	struct tls *t = (struct tls *)c;
	int ret;

	ERR_clear_error();
	errno = 0;
	if ((ret = SSL_connect(t->ssl)) == 1) {
		t->up = is_verified(t);
		if (t->up)
			return 0;
		err_set(err, ERR_PROTOCOL, "the certificate was not verified");
		return CONN_ERR;
	}
	if (err_isset(&t->why)) {
		t->broken = true;
		if (!no_memory(err))
			*err = t->why;
		return CONN_ERR;
	}
	if ((ret = result(t, ret, err)) != CONN_EOF)
		return ret;
	err_set(err, ERR_TEMP, "the server closed during the TLS handshake");
	return CONN_ERR;
}

static ssize_t
tls_read(struct conn *c, void *buf, size_t len, struct err *err)
{
	struct tls *t = (struct tls *)c;
	size_t n;

	ERR_clear_error();
	errno = 0;
	if (SSL_read_ex(t->ssl, buf, len, &n) == 1)
		return (ssize_t)n;
	return result(t, 0, err);
}

static ssize_t
tls_write(struct conn *c, const void *buf, size_t len, struct err *err)
{
	struct tls *t = (struct tls *)c;
	size_t n;

	ERR_clear_error();
	errno = 0;
	if (SSL_write_ex(t->ssl, buf, len, &n) == 1)
		return (ssize_t)n;
	return result(t, 0, err);
}

static void
tls_close(struct conn *c)
{
	struct tls *t = (struct tls *)c;

	ERR_clear_error();
	if (t->up && !t->broken)
		(void)SSL_shutdown(t->ssl);
	X509_free(t->bad);
	SSL_free(t->ssl);
	close(c->fd);
	free(t);
}

static const struct conn_ops tls_ops = {
	.handshake = tls_handshake,
	.read = tls_read,
	.write = tls_write,
	.close = tls_close,
};

/* Whom the certificate has to be for (RFC 7817 section 3, RFC 9525). */
static bool
set_peer(struct tls *t)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);

	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, t->host) == 1)
		return true;
	return SSL_set1_host(t->ssl, t->host) == 1 &&
	    SSL_set_tlsext_host_name(t->ssl, t->host) == 1;
}

int
tls_client(struct conn **conn, int fd, const char *host, const char *pins,
    const struct tls_roots *roots, struct err *err)
{
	struct tls *t = mem_alloc(sizeof(*t));
	size_t len;

	t->conn.ops = &tls_ops;
	t->conn.fd = fd;
	t->pins = pins;
	ERR_clear_error();
	if ((t->ssl = SSL_new(roots->ctx)) == NULL ||
	    SSL_set_fd(t->ssl, fd) != 1) {
		cannot_set_up(err);
		goto fail;
	}
	/* The dot at the end of an absolute name is not in certificates. */
	len = strlcpy(t->host, host, sizeof(t->host));
	if (len < sizeof(t->host) && len > 1 && t->host[len - 1] == '.')
		t->host[len - 1] = '\0';
	if (len >= sizeof(t->host) || t->host[0] == '\0') {
		err_set(err, ERR_CONFIG, "no certificate can be for '%s'",
		    host);
		goto fail;
	}
	/* With a name of that length nothing else can go wrong. */
	if (!set_peer(t) || SSL_set_app_data(t->ssl, t) != 1) {
		err_set(err, ERR_TEMP, "TLS: out of memory");
		goto fail;
	}
	SSL_set_verify(t->ssl, SSL_VERIFY_PEER, on_verify);
	*conn = &t->conn;
	return 0;
fail:
	tls_close(&t->conn);
	return -1;
}

void
tls_certificate(const struct conn *conn, void (*put)(void *arg,
    const char *name, const char *value), void *arg)
{
	const struct tls *t = (const struct tls *)conn;
	const X509 *cert = t->bad != NULL ? t->bad :
	    SSL_get0_peer_certificate(t->ssl);

	if (cert != NULL)
		tls_cert_facts(cert, put, arg);
}

void
tls_describe(const struct conn *conn, char *dst, size_t size)
{
	const struct tls *t = (const struct tls *)conn;

	snprintf(dst, size, "%s, %s", SSL_get_version(t->ssl),
	    SSL_get_cipher_name(t->ssl));
}
