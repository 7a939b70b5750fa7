/*
 * powerloss: what a disk may hold after a crash.
 *
 * The rules are the weakest that a file system may have:
 *
 *	Data is safe only once its file, or everything, was synced.  Until then
 *	any part of it from the start may be there, or its size without it.
 *	A name made, moved or removed is safe only once its directory, or
 *	everything, was synced; until then each may be there or not, in any
 *	combination.  A sync of the file is none of its name.
 *	A rename has happened as a whole or not at all; only a sync of the
 *	directory it went to makes it safe.
 */
#include "powerloss.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void *
allocate(int n, size_t size)
{
	void *p = calloc((size_t)n + 1, size);

	if (p == NULL)
		err(EX_OSERR, NULL);
	return (p);
}

static void
doubt(struct frontier *f, struct doubt d)
{
	f->doubts[f->n++] = d;
}

/* Names that no sync covers, in the order of the calls. */
static void
doubt_names(struct frontier *f, const struct history *h, const int *synced,
    int all)
{
	const struct op *op;
	int i;

	for (i = 0; i < f->crash; i++) {
		op = &h->ops[i];
		if ((op->kind == OP_MAKE || op->kind == OP_MOVE ||
		    op->kind == OP_DROP) && all < i &&
		    synced[h->slots[op->slot].dir] < i)
			doubt(f, (struct doubt){ .op = i, .node = NOTHING });
	}
}

static void
doubt_data(struct frontier *f, const struct history *h, const int *synced,
    int all)
{
	size_t *durable = allocate(h->nnodes, sizeof(*durable));
	size_t *len = allocate(h->nnodes, sizeof(*len));
	const struct op *op;
	int i;

	for (i = 0; i < h->nnodes; i++)
		durable[i] = len[i] = h->nodes[i].base;
	for (i = 0; i < f->crash; i++) {
		op = &h->ops[i];
		if (op->kind != OP_WRITE)
			continue;
		len[op->node] = op->len;
		if (all > i || synced[op->node] > i)
			durable[op->node] = op->len;
	}
	for (i = 0; i < h->nnodes; i++)
		if (durable[i] < len[i])
			doubt(f, (struct doubt){ .op = NOTHING, .node = i,
			    .durable = durable[i], .len = len[i] });
	free(durable);
	free(len);
}

/*
 * Whether the server has taken note of a QUIT that is on its way: the last
 * thing that it was sent before it dropped something.
 */
static void
doubt_server(struct frontier *f, const struct history *h)
{
	int i;

	for (i = f->crash; i < h->nops; i++) {
		if (h->ops[i].kind == OP_SENT)
			return;
		if (h->ops[i].kind == OP_GONE)
			break;
	}
	if (i < h->nops)
		doubt(f, (struct doubt){ .op = i, .node = NOTHING });
}

void
frontier_make(struct frontier *f, const struct history *h, int crash)
{
	int *synced = allocate(h->nnodes, sizeof(*synced)), all = NOTHING, i;

	f->crash = crash;
	f->n = 0;
	f->doubts = allocate(h->nnodes + crash + 1, sizeof(*f->doubts));
	for (i = 0; i < h->nnodes; i++)
		synced[i] = NOTHING;
	for (i = 0; i < crash; i++)
		if (h->ops[i].kind == OP_SYNC)
			synced[h->ops[i].node] = i;
		else if (h->ops[i].kind == OP_SYNCFS)
			all = i;
	doubt_names(f, h, synced, all);
	doubt_data(f, h, synced, all);
	doubt_server(f, h);
	free(synced);
}

void
tree_init(struct tree *t, const struct history *h)
{
	t->at = allocate(h->nslots, sizeof(*t->at));
	t->len = allocate(h->nnodes, sizeof(*t->len));
	t->sound = allocate(h->nnodes, sizeof(*t->sound));
}

void
tree_free(struct tree *t)
{
	free(t->at);
	free(t->len);
	free(t->sound);
}

static void
tree_do(struct tree *t, const struct op *op)
{
	switch (op->kind) {
	case OP_MOVE:
		if (t->at[op->from] == op->node)
			t->at[op->from] = NOTHING;
		/* FALLTHROUGH */
	case OP_MAKE:
		t->at[op->slot] = op->node;
		break;
	case OP_DROP:
		if (t->at[op->slot] == op->node)
			t->at[op->slot] = NOTHING;
		break;
	case OP_WRITE:
		t->len[op->node] = t->sound[op->node] = op->len;
		break;
	case OP_GONE:
		t->gone |= op->gone;
		break;
	case OP_SYNC:
	case OP_SYNCFS:
	case OP_SENT:
		break;
	}
}

void
tree_make(struct tree *t, const struct history *h, const struct frontier *f,
    const uint32_t *choice)
{
	const struct doubt *d;
	int i, next = 0;

	for (i = 0; i < h->nslots; i++)
		t->at[i] = h->slots[i].base;
	for (i = 0; i < h->nnodes; i++)
		t->len[i] = t->sound[i] = h->nodes[i].base;
	t->gone = h->base_gone;
	for (i = 0; i < f->crash; i++) {
		if (next < f->n && f->doubts[next].op == i &&
		    choice[next++] == 0)
			continue;
		tree_do(t, &h->ops[i]);
	}
	for (; next < f->n; next++) {
		d = &f->doubts[next];
		if (d->node == NOTHING) {
			if (choice[next] != 0)
				tree_do(t, &h->ops[d->op]);
		} else if (choice[next] == ZEROS) {
			t->sound[d->node] = d->durable;
		} else {
			t->len[d->node] = d->durable + choice[next];
			t->sound[d->node] = t->len[d->node];
		}
	}
}

bool
tree_shows(const struct tree *t, const struct history *h, int slot)
{
	int dir;

	if (t->at[slot] == NOTHING)
		return (false);
	/* The root has no slot. */
	for (dir = h->slots[slot].dir; dir != 0; dir = h->slots[slot].dir) {
		slot = h->nodes[dir].slot;
		if (t->at[slot] != dir)
			return (false);
	}
	return (true);
}

uint64_t
mix(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len-- > 0)
		hash = (hash ^ *p++) * 0x100000001b3;
	return (hash);
}

/* Equal for equal trees, whatever led to them. */
uint64_t
tree_hash(const struct tree *t, const struct history *h)
{
	uint64_t hash = MIX_START, data;
	size_t zeros;
	int i, n;

	hash = mix(hash, &t->gone, sizeof(t->gone));
	for (i = 0; i < h->nslots; i++) {
		if (!tree_shows(t, h, i))
			continue;
		n = t->at[i];
		hash = mix(hash, &i, sizeof(i));
		data = h->nodes[n].mixed == NULL ? MIX_START :
		    h->nodes[n].mixed[t->sound[n]];
		hash = mix(hash, &data, sizeof(data));
		zeros = t->len[n] - t->sound[n];
		hash = mix(hash, &zeros, sizeof(zeros));
	}
	return (hash);
}

/* --- what the operations mean to popfetch */

static const char *
slot_name(const struct history *h, int node)
{
	int i;

	/* The first name of a file tells what it is. */
	for (i = 0; i < h->nops; i++)
		if (h->ops[i].kind == OP_MAKE && h->ops[i].node == node)
			return (h->slots[h->ops[i].slot].name);
	for (i = 0; i < h->nslots; i++)
		if (h->slots[i].base == node)
			return (h->slots[i].name);
	return (node == 0 ? "." : "?");
}

bool
is_journal(const struct history *h, int node)
{
	return (strstr(slot_name(h, node), ".journal") != NULL);
}

bool
is_delivery(const struct history *h, const struct op *op)
{
	return (op->kind == OP_MOVE &&
	    h->slots[op->slot].dir != h->slots[op->from].dir);
}

void
op_print(const struct history *h, const struct op *op)
{
	static const char *const kinds[] = { "make", "move", "drop", "write",
	    "sync", "sync all", "send", "server drops" };

	printf("%s", kinds[op->kind]);
	if (op->kind <= OP_SYNC)
		printf(" %s", slot_name(h, op->node));
	if (op->kind <= OP_MOVE)
		printf(" as %s in %s", h->slots[op->slot].name,
		    slot_name(h, h->slots[op->slot].dir));
	if (op->kind == OP_WRITE)
		printf(" up to %zu", op->len);
	if (op->kind == OP_GONE)
		printf(" %llx", (unsigned long long)op->gone);
	printf("\n");
}
