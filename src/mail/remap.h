/*
 * Delivered messages whose UIDs are gone, to be found by what they say: after a
 * server has given all its messages new UIDs (Q3).  Pure; each is found once.
 */
#ifndef MAIL_REMAP_H
#define MAIL_REMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

struct err;
struct journal;
struct plan;
struct remap;

/*
 * Of all DELIVERED entries that are vanished, have a UID, for which DELE was
 * not accepted, and which no item of the plan refers to.  The journal is
 * borrowed and must not forget or use any of them meanwhile but those found
 * here.  NULL with ERR_TEMP: no memory to sort.
 */
struct remap	*remap_new(const struct journal *j, const struct plan *p,
		    struct err *err);
void		 remap_free(struct remap *r);	/* NULL is allowed */
size_t		 remap_count(const struct remap *r);

/*
 * The entry with this LIST size and this digest of its stable header, taken
 * off; or JOURNAL_NONE.  A header without any line says nothing: never found.
 */
uint32_t	 remap_by_head(struct remap *r, uint64_t size,
		    const uint8_t head[DIGEST_LEN]);

/* The entry whose file has these octets, taken off; or JOURNAL_NONE. */
uint32_t	 remap_by_digest(struct remap *r, uint64_t octets,
		    const uint8_t digest[DIGEST_LEN]);

#endif
