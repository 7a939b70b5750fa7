/*
 * The table of large providers, providers.def.
 */
#ifndef CONF_PROVIDERS_H
#define CONF_PROVIDERS_H

enum provider_login {
	PROVIDER_ADDRESS,	/* the user is the address */
	PROVIDER_LOCAL,		/* or what is before the @ */
	PROVIDER_OAUTH,		/* takes no password */
	PROVIDER_NOWHERE,	/* has no POP3 */
};

struct provider {
	const char	*name;
	const char	*domains;	/* with blanks between */
	const char	*host;		/* TLS at 995; NULL: none */
	enum provider_login login;
	const char	*first;		/* what to do before, or NULL */
	const char	*also;		/* what else to know, or NULL */
};

/* The provider of addresses in a domain, in whatever case; or NULL. */
const struct provider	*provider_find(const char *domain);

#endif
