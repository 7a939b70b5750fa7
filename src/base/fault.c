/*
 * Failure probes; empty unless --enable-fault.
 */
#include "base/fault.h"

#ifdef ENABLE_FAULT

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#define FAULT_MAX	16
#define FAULT_DIGITS	9	/* of an errno or a count */

struct probe {
	const char	*name;		/* points into the environment */
	size_t		 len;
	int		 sys;		/* or FAULT_SKIP */
	uint64_t	 nth;		/* 0: every hit */
	uint64_t	 hits;
};

static struct probe probes[FAULT_MAX];
static size_t nprobes;

/* A test whose fault is not armed would pass for no reason. */
static _Noreturn void
fault_bad(const char *spec)
{
	log_error("POPFETCH_FAULT: cannot understand \"%s\"", spec);
	_exit(ERR_USAGE);
}

/* Reads NAME=ERRNO[:NTH] of len characters. */
static bool
fault_parse(struct probe *p, const char *spec, size_t len)
{
	const char *colon, *sys;
	uint64_t n;
	size_t syslen;

	if ((sys = memchr(spec, '=', len)) == NULL)
		return false;
	p->name = spec;
	p->len = (size_t)(sys++ - spec);
	syslen = len - p->len - 1;
	p->nth = 1;
	if ((colon = memchr(sys, ':', syslen)) != NULL) {
		if (!text_number(colon + 1,
		    syslen - (size_t)(colon + 1 - sys), FAULT_DIGITS,
		    INT32_MAX, &p->nth))
			return false;
		syslen = (size_t)(colon - sys);
	}
	if (syslen == 4 && memcmp(sys, "skip", 4) == 0) {
		p->sys = FAULT_SKIP;
		return true;
	}
	if (!text_number(sys, syslen, FAULT_DIGITS, INT32_MAX, &n) || n == 0)
		return false;
	p->sys = (int)n;
	return true;
}

static void
fault_load(void)
{
	const char *spec;
	size_t len;

	if ((spec = getenv("POPFETCH_FAULT")) == NULL)
		return;
	for (; *spec != '\0'; spec += len + (spec[len] == ',')) {
		len = strcspn(spec, ",");
		if (nprobes == FAULT_MAX ||
		    !fault_parse(&probes[nprobes++], spec, len))
			fault_bad(spec);
	}
}

int
fault_hit(const char *name)
{
	static bool loaded;
	struct probe *p;
	int e;

	if (!loaded) {
		loaded = true;
		fault_load();
	}
	/* No early end: one name may be armed for several of its hits. */
	e = 0;
	for (p = probes; p < probes + nprobes; p++) {
		if (p->len != strlen(name) ||
		    memcmp(p->name, name, p->len) != 0)
			continue;
		p->hits++;
		if (p->nth == 0 || p->nth == p->hits)
			e = p->sys;
	}
	return e;
}

#endif
