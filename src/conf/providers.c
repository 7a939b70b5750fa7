/*
 * Finding a provider by the domain of an address.
 */
#include "conf/providers.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define PROVIDER(name, domains, host, login, first, also) \
	{ name, domains, host, PROVIDER_##login, first, also },

static const struct provider providers[] = {
#include "conf/providers.def"
};

const struct provider *
provider_find(const char *domain)
{
	const size_t len = strlen(domain);
	const char *d;
	size_t i;

	for (i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		for (d = providers[i].domains; *d != '\0';) {
			if (strcspn(d, " ") == len &&
			    strncasecmp(d, domain, len) == 0)
				return &providers[i];
			d += strcspn(d, " ");
			d += strspn(d, " ");
		}
	return NULL;
}
