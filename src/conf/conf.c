/*
 * The configuration as a whole: command line over run-control file over what
 * is built in, and whether it makes sense.
 */
#include "conf/conf.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/choose.h"
#include "conf/finding.h"
#include "conf/opt.h"
#include "conf/pin.h"
#include "conf/rc_table.h"

#define MAILDIR_DEFAULT	"~/Maildir"
#define STATE_DEFAULT	"~/.local/state/popfetch"

/* Whom the accounts are fetched for. */
struct owner {
	const char	*name;
	const char	*home;
};

struct conf *
conf_new(void)
{
	struct conf *c = mem_alloc(sizeof(*c));

	c->arena = arena_new();
	return c;
}

void
conf_forget_secrets(struct conf *c, const struct account *but)
{
	size_t i;

	for (i = 0; i < c->naccounts; i++) {
		if (c->accounts[i] == but)
			continue;
		secret_free(c->accounts[i]->password);
		c->accounts[i]->password = NULL;
	}
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	conf_forget_secrets(c, NULL);
	free(c->accounts);
	free(c->findings);
	arena_free(c->arena);
	free(c);
}

/* With runas only what the password file says of that user counts. */
static int
find_owner(struct conf *c, struct owner *who, struct err *err)
{
	const struct passwd *pw = NULL;
	const char *name = NULL, *home = NULL;

	if (c->runas == NULL) {
		home = text_env("HOME");
		if ((name = text_env("LOGNAME")) == NULL)
			name = text_env("USER");
	}
	/* Asked in any case: the fetchers, which look up "nobody", find libc's
	 * tables read. */
	errno = 0;
	pw = c->runas != NULL ? getpwnam(c->runas) : getpwuid(getuid());
	if (pw == NULL && errno == ENOMEM)
		return err_set(err, ERR_TEMP, "out of memory");
	if (c->runas != NULL && pw == NULL)
		return err_set(err, ERR_CONFIG, "set runas: no user '%s'",
		    c->runas);
	if (c->runas != NULL && geteuid() != 0 && pw->pw_uid != geteuid())
		return err_set(err, ERR_CONFIG,
		    "set runas: only root can become '%s'", c->runas);
	if (home == NULL || *home != '/')
		home = pw != NULL ? pw->pw_dir : "/";
	if (name == NULL && pw == NULL)
		return err_set(err, ERR_CONFIG,
		    "who are you? LOGNAME is not set and user %u has no name",
		    (unsigned)getuid());
	who->name = arena_strdup(c->arena, name != NULL ? name : pw->pw_name);
	who->home = arena_strdup(c->arena, home);
	return 0;
}

/*
 * Makes a path absolute.  expanded is the same path with what may be replaced
 * in it replaced; dir is where relative ones are from, NULL for the current
 * directory.
 */
static const char *
resolve(struct conf *c, const struct owner *who, const char *dir,
    const char *path, const char *expanded, struct err *err)
{
	char cwd[PATH_MAX];

	if (path[0] == '/')
		return expanded;
	if (path[0] == '~' && (path[1] == '\0' || path[1] == '/'))
		return arena_printf(c->arena, "%s%s", who->home, expanded + 1);
	if (dir == NULL) {
		if (getcwd(cwd, sizeof(cwd)) == NULL) {
			err_sys(err, ERR_CONFIG, errno, "current directory");
			return NULL;
		}
		dir = cwd;
	}
	return arena_printf(c->arena, "%s/%s", dir, expanded);
}

static int
finish_globals(struct conf *c, const struct opt *o, const struct owner *who,
    struct err *err)
{
	const char *dir = c->rcdir, *path = c->state, *xdg;

	if (o->jobs != 0)
		c->jobs = o->jobs;
	if (c->jobs == 0)
		c->jobs = CONF_JOBS;
	if (o->per_host != 0)
		c->per_host = o->per_host;
	if (c->per_host == 0)
		c->per_host = CONF_PER_HOST;
	if (o->state != NULL) {
		path = o->state;
		dir = NULL;
	} else if (path == NULL) {
		/* Root's place is not another user's. */
		xdg = c->runas == NULL ? text_env("XDG_STATE_HOME") : NULL;
		path = xdg != NULL && *xdg == '/' ?
		    arena_printf(c->arena, "%s/popfetch", xdg) : STATE_DEFAULT;
	}
	if ((c->state = resolve(c, who, dir, path, path, err)) == NULL)
		return -1;
	/* Where the command line has said it, the file's word is none. */
	if (o->log_file != NULL || o->syslog != TRI_UNSET) {
		c->logfile = NULL;
		c->syslog = TRI_NO;
	}
	/* As fetchmail has it. */
	if (c->logfile != NULL) {
		c->syslog = TRI_NO;
		c->logfile = resolve(c, who, c->rcdir, c->logfile, c->logfile,
		    err);
	}
	return err_isset(err) ? -1 : 0;
}

/* A name as one component of a path. */
static bool
append_component(struct buf *b, const char *name)
{
	const char *s;

	for (s = name; *s != '\0'; s++)
		if (!buf_append(b, *s == '/' || (s == name && *s == '.') ?
		    "_" : s, 1))
			return false;
	return true;
}

/* Replaces %a, %u, %h and %%; NULL if that cannot be done. */
static const char *
expand(struct conf *c, const struct account *a, const char *path)
{
	const char *s, *result = NULL;
	struct buf b;
	bool fits = true;

	buf_init(&b, PATH_MAX);
	for (s = path; *s != '\0' && fits; s++) {
		if (*s != '%')
			fits = buf_append(&b, s, 1);
		else if (*++s == 'a')
			fits = append_component(&b, a->label);
		else if (*s == 'u')
			fits = append_component(&b, a->user);
		else if (*s == 'h')
			fits = append_component(&b, a->host);
		else
			fits = *s == '%' && buf_append(&b, s, 1);
		if (*s == '\0')
			break;
	}
	if (fits)
		result = arena_strndup(c->arena, (const char *)buf_data(&b),
		    buf_len(&b));
	buf_free(&b);
	return result;
}

static int
finish_delivery(struct conf *c, const struct opt *o, const struct owner *who,
    struct account *a, struct err *err)
{
	const char *dir = c->rcdir, *path = a->maildir, *expanded;

	a->maildir = NULL;
	if (o->mda != NULL)
		a->mda = o->mda;
	else if (o->maildir != NULL) {
		a->mda = NULL;
		path = o->maildir;
		dir = NULL;
	} else if (path == NULL && a->mda == NULL)
		path = MAILDIR_DEFAULT;
	if (a->mda != NULL) {
		if (geteuid() == 0 && c->runas == NULL)
			a->refused = "an MDA is not run as root; add "
			    "'set runas USER', or 'set runas root'";
		return 0;
	}
	if ((expanded = expand(c, a, path)) == NULL) {
		err_set(err, ERR_CONFIG, "maildir '%s' cannot be expanded",
		    path);
		return err_hint(err,
		    "%%a, %%u and %%h work, and %%%% for a percent sign");
	}
	a->maildir = resolve(c, who, dir, path, expanded, err);
	return a->maildir == NULL ? -1 : 0;
}

static bool
is_port(const struct account *a, const char *number, const char *service)
{
	return a->port != NULL && (strcmp(a->port, number) == 0 ||
	    strcmp(a->port, service) == 0);
}

/* TLS by the port if nothing else is said. */
static void
finish_tls(struct account *a)
{
	if (a->tls != CONF_TLS_UNSET || a->port == NULL)
		return;
	a->tls = is_port(a, "110", "pop3") ? CONF_TLS_STLS :
	    CONF_TLS_IMPLICIT;
	a->tls_by_port = true;
}

/* A control character in a command could begin another one. */
static bool
is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int
check_account(const struct account *a, struct err *err)
{
	if (*a->user == '\0' || !is_clean(a->user))
		return err_set(err, ERR_CONFIG,
		    "the user name is empty or holds a control character");
	if (strlen(a->user) > CONF_LOGIN_MAX)
		return err_set(err, ERR_CONFIG,
		    "the user name is longer than %d octets", CONF_LOGIN_MAX);
	if (*a->host == '\0' || !is_clean(a->host) ||
	    strchr(a->host, ' ') != NULL)
		return err_set(err, ERR_CONFIG, "'%s' is not a host", a->host);
	return 0;
}

static int
finish_paths(struct conf *c, const struct opt *o, const struct owner *who,
    struct account *a, struct err *err)
{
	const char **paths[] = {
		&a->sslcertfile, &a->sslcertpath, &a->passwordfile,
	};
	size_t i;

	if (o->ca_file != NULL) {
		a->sslcertfile = resolve(c, who, NULL, o->ca_file, o->ca_file,
		    err);
		a->sslcertpath = NULL;
		if (a->sslcertfile == NULL)
			return -1;
	}
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (*paths[i] == NULL)
			continue;
		*paths[i] = resolve(c, who, c->rcdir, *paths[i], *paths[i],
		    err);
		if (*paths[i] == NULL)
			return -1;
	}
	return 0;
}

/* A password that the command line tells where to find. */
static void
finish_password(const struct opt *o, struct account *a)
{
	if (o->password_command == NULL && !o->has_password_fd)
		return;
	secret_free(a->password);
	a->password = NULL;
	a->passwordfile = NULL;
	a->passwordeval = o->password_command;
	a->passwordfd = o->has_password_fd ? (int)o->password_fd : -1;
}

/* What of the command line is about the server. */
static void
finish_server(const struct opt *o, struct account *a)
{
	if (o->user != NULL)
		a->user = o->user;
	if (o->port != NULL)
		a->port = o->port;
	if (o->proto != NULL)
		a->proto = o->proto;
	if (o->tls != CONF_TLS_UNSET) {
		a->tls = o->tls;
		/* Cleartext to afar is for accounts that are meant. */
		a->tls_off_own = o->tls == CONF_TLS_OFF && o->naccounts > 0;
	}
	finish_password(o, a);
	if (o->timeout != 0)
		a->timeout = (int)o->timeout;
	if (a->timeout == 0)
		a->timeout = CONF_TIMEOUT;
}

static void
finish_values(struct conf *c, const struct opt *o, const struct owner *who,
    struct account *a)
{
	finish_server(o, a);
	if (a->user == NULL)
		a->user = who->name;
	if (a->nlocal == 0) {
		a->local = arena_alloc(c->arena, sizeof(*a->local));
		a->local[a->nlocal++] = who->name;
	}
	if (o->limit != 0)
		a->limit = o->limit;
	if (a->limit == CONF_UNSET64)
		a->limit = 0;
	if (o->fetchlimit != 0)
		a->fetchlimit = o->fetchlimit;
	if (a->fetchlimit == CONF_UNSET32)
		a->fetchlimit = 0;
	if (a->max_delete == CONF_UNSET32)
		a->max_delete = 0;
	if (o->expunge != 0)
		a->expunge = o->expunge;
	if (a->expunge == CONF_UNSET32)
		a->expunge = 0;
	if (a->max_failures == CONF_UNSET32)
		a->max_failures = CONF_MAX_FAILURES;
	if (o->keep != TRI_UNSET) {
		a->keep = o->keep;
		a->keep_for = o->keep_for;
	}
	if (o->flush != TRI_UNSET)
		a->flush = o->flush;
	if (o->fetchall != TRI_UNSET)
		a->fetchall = o->fetchall;
	finish_tls(a);
}

static int
finish_account(struct conf *c, const struct opt *o, const struct owner *who,
    struct account *a, struct err *err)
{
	const char *why;

	finish_values(c, o, who, a);
	if (a->proto != NULL && (why = rc_proto_refused(a->proto)) != NULL) {
		a->refused = arena_printf(c->arena, "'protocol %s': %s",
		    a->proto, why);
		return 0;
	}
	if (check_account(a, err) == 0 &&
	    finish_paths(c, o, who, a, err) == 0 &&
	    finish_delivery(c, o, who, a, err) == 0)
		return 0;
	finding_add_account(c, a, err);
	return -1;
}

int
conf_finish(struct conf *c, const struct opt *o, struct err *err)
{
	struct err each = { .kind = ERR_NONE };
	const char *pins = NULL;
	struct owner who;
	size_t i, nerrors = 0;

	if (c->naccounts == 0) {
		err_set(err, ERR_CONFIG, "no account in %s", c->rcfile);
		return err_hint(err, "write 'poll HOST user NAME', or name "
		    "pops://USER@HOST");
	}
	if (find_owner(c, &who, err) == -1 ||
	    finish_globals(c, o, &who, err) == -1)
		return -1;
	if (o->pin != NULL && (pins = pin_list(c->arena, o->pin)) == NULL) {
		err_set(err, ERR_USAGE, "'--pin' wants " PIN_WANTED);
		return err_hint(err, PIN_HINT);
	}
	for (i = 0; i < c->naccounts && pins != NULL; i++)
		c->accounts[i]->tlspin = pins;
	for (i = 0; i < c->naccounts && nerrors < FINDING_ERRORS_MAX; i++) {
		if (finish_account(c, o, &who, c->accounts[i], &each) == -1)
			nerrors++;
		err_clear(&each);
	}
	if (nerrors > 0)
		return finding_first(c, err);
	return choose_accounts(c, o, err);
}

const char *
conf_key(struct conf *c, const struct account *a)
{
	bool usual = a->port == NULL || is_port(a, "110", "pop3") ||
	    is_port(a, "995", "pop3s");
	char *key, *s;

	key = arena_printf(c->arena, "%s@%s%s%s", a->user, a->host,
	    usual ? "" : ":", usual ? "" : a->port);
	for (s = key + strlen(a->user); *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
	return key;
}
