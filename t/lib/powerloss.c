/*
 * powerloss: tries what a power failure can leave behind.  Linux only.
 *
 *	powerloss [-1bdl] [-a command] [-f fault] [-k n] [-n states] [-s seed]
 *	    -r program -t root -m maildrop -w wire -e want -o file
 *	    [--] command [argument ...]
 *
 * Runs the command, with program (-r) in the place of its first word, and
 * notes what it does below root and when the maildrop loses messages.  With -k
 * that run is killed before its n-th rename and followed by another.  Then it
 * makes the states in which a crash at any moment may have left the disk, and
 * runs the command on each, twice: the second time it must have nothing to do
 * (powerloss-model.c has the rules, powerloss-try.c the oracle).
 *
 *	-1	stop at the first message that is lost, doubled or altered
 *	-a	a shell command, for between the run that is killed and the next
 *	-b	only leave such a state in root and maildrop: half of the second
 *		batch renamed; another powerloss can start there
 *	-d	the command deletes: the maildrop has to be empty in the end
 *	-f	also the runs that recover are of program, with this in
 *		POPFETCH_FAULT
 *	-l	list what was noted
 *	-n	a sample of so many states
 */
#ifdef __linux__
#include "powerloss.h"
#endif

#include <sys/stat.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#ifdef __linux__

#define RANDOM_STATES	60	/* drawn at each moment */
#define PRODUCT_MAX	512	/* combinations of all there is */
#define SUBSETS_MAX	256	/* combinations of names alone */
#define SET_BITS	20	/* room for distinct states */
#define REPORTS_MAX	10	/* failures that are told in full */

struct state {
	int		 crash;
	size_t		 at;	/* of its choice in the pool */
};

/* The states to try, each once. */
static struct {
	struct state	*states;
	uint32_t	*pool;
	uint64_t	*set;	/* of their hashes */
	size_t		 n, npool;
	unsigned long	 considered;
} plan;

static struct {
	char		*program, *between, *fault;
	unsigned long	 sample;
	int		 kill;
	bool		 first, half, list;
} opt;

static uint64_t seed = 1;

/* The same on every machine: a state must be found again by its seed. */
static uint32_t
draw(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return ((uint32_t)(((seed * 0x2545f4914f6cdd1d) >> 32) % below));
}

/* --- which states */

static void
add_state(const struct history *h, const struct frontier *f, struct tree *t,
    const uint32_t *choice)
{
	uint64_t hash, i;
	struct state *s;

	plan.considered++;
	tree_make(t, h, f, choice);
	hash = tree_hash(t, h) | 1;
	for (i = hash >> (64 - SET_BITS); plan.set[i] != 0;
	    i = (i + 1) % (1 << SET_BITS))
		if (plan.set[i] == hash)
			return;
	if (plan.n == (1 << SET_BITS) / 2)
		errx(EX_SOFTWARE, "too many states");
	plan.set[i] = hash;
	plan.states = reallocarray(plan.states, plan.n + 1,
	    sizeof(*plan.states));
	plan.pool = reallocarray(plan.pool, plan.npool + (size_t)f->n + 1,
	    sizeof(*plan.pool));
	if (plan.states == NULL || plan.pool == NULL)
		err(EX_OSERR, NULL);
	s = &plan.states[plan.n++];
	s->crash = f->crash;
	s->at = plan.npool;
	memcpy(plan.pool + plan.npool, choice, (size_t)f->n * sizeof(*choice));
	plan.npool += (size_t)f->n;
}

/* The choice that keeps all of it. */
static uint32_t
size_of(const struct doubt *d)
{
	return (d->node == NOTHING ? 1 : (uint32_t)(d->len - d->durable));
}

static void
fill(const struct frontier *f, uint32_t *choice, bool names, bool data)
{
	int i;

	for (i = 0; i < f->n; i++)
		choice[i] = (f->doubts[i].node == NOTHING ? names : data) ?
		    size_of(&f->doubts[i]) : 0;
}

/* One of the ways in which a thing can be half done. */
static uint32_t
some(const struct doubt *d)
{
	uint32_t size = size_of(d);

	if (d->node == NOTHING)
		return (draw(2));
	switch (draw(4)) {
	case 0:
		return (0);
	case 1:
		return (size);
	case 2:
		return (ZEROS);
	default:
		return (draw(size + 1));
	}
}

static void
fill_some(const struct frontier *f, uint32_t *choice, uint32_t lean)
{
	int i;

	for (i = 0; i < f->n; i++)
		if (draw(4) < lean)
			choice[i] = size_of(&f->doubts[i]);
		else
			choice[i] = some(&f->doubts[i]);
}

/* Each octet at which a journal can be torn, with all else there or not. */
static void
plan_torn(const struct history *h, const struct frontier *f, struct tree *t,
    uint32_t *choice, int i)
{
	uint32_t len, size = size_of(&f->doubts[i]);
	int what;

	for (what = 0; what < 3; what++)
		for (len = 0; len <= size; len++) {
			if (what < 2)
				fill(f, choice, what == 0, what == 0);
			else
				fill_some(f, choice, 1);
			choice[i] = len;
			add_state(h, f, t, choice);
		}
}

/* All against one, both ways. */
static void
plan_single(const struct history *h, const struct frontier *f, struct tree *t,
    uint32_t *choice)
{
	int i, kept;

	for (kept = 0; kept < 2; kept++)
		for (i = 0; i < f->n; i++) {
			fill(f, choice, kept == 0, kept == 0);
			choice[i] = kept == 0 ? 0 : size_of(&f->doubts[i]);
			add_state(h, f, t, choice);
			if (f->doubts[i].node == NOTHING)
				continue;
			choice[i] = ZEROS;
			add_state(h, f, t, choice);
			choice[i] = size_of(&f->doubts[i]) / 2;
			add_state(h, f, t, choice);
		}
}

/* Every combination of the names, with all, nothing and some of the data. */
static void
plan_names(const struct history *h, const struct frontier *f, struct tree *t,
    uint32_t *choice)
{
	uint32_t set, bit;
	int data, i, names = 0;

	for (i = 0; i < f->n; i++)
		if (f->doubts[i].node == NOTHING)
			names++;
	if (names > 30 || 1U << names > SUBSETS_MAX)
		return;
	for (set = 0; set < 1U << names; set++)
		for (data = 0; data < 3; data++) {
			fill(f, choice, true, data == 0);
			for (i = 0, bit = 1; i < f->n; i++)
				if (f->doubts[i].node == NOTHING) {
					choice[i] = (set & bit) != 0;
					bit <<= 1;
				} else if (data == 2)
					choice[i] = some(&f->doubts[i]);
			add_state(h, f, t, choice);
		}
}

/* Every combination of all there is, data being there, half, zeros or not. */
static void
plan_product(const struct history *h, const struct frontier *f,
    struct tree *t, uint32_t *choice)
{
	uint32_t n, product = 1, rest, size;
	int i;

	for (i = 0; i < f->n && product <= PRODUCT_MAX; i++)
		product *= f->doubts[i].node == NOTHING ? 2 : 4;
	if (product > PRODUCT_MAX)
		return;
	for (n = 0; n < product; n++) {
		for (i = 0, rest = n; i < f->n; i++) {
			size = size_of(&f->doubts[i]);
			if (f->doubts[i].node == NOTHING) {
				choice[i] = rest % 2;
				rest /= 2;
				continue;
			}
			choice[i] = rest % 4 == 0 ? 0 : rest % 4 == 1 ? size :
			    rest % 4 == 2 ? size / 2 : ZEROS;
			rest /= 4;
		}
		add_state(h, f, t, choice);
	}
}

static void
plan_crash(const struct history *h, struct tree *t, int crash)
{
	struct frontier f;
	uint32_t *choice;
	int i;

	frontier_make(&f, h, crash);
	if ((choice = calloc((size_t)f.n + 1, sizeof(*choice))) == NULL)
		err(EX_OSERR, NULL);
	for (i = 0; i < 4; i++) {
		fill(&f, choice, (i & 1) != 0, (i & 2) != 0);
		add_state(h, &f, t, choice);
	}
	plan_single(h, &f, t, choice);
	plan_names(h, &f, t, choice);
	plan_product(h, &f, t, choice);
	for (i = 0; i < f.n; i++)
		if (f.doubts[i].node != NOTHING &&
		    is_journal(h, f.doubts[i].node))
			plan_torn(h, &f, t, choice, i);
	for (i = 0; i < RANDOM_STATES; i++) {
		fill_some(&f, choice, (uint32_t)i % 4);
		add_state(h, &f, t, choice);
	}
	free(choice);
	free(f.doubts);
}

static void
plan_all(const struct history *h, struct tree *t)
{
	struct state s;
	size_t i, j;
	int crash;

	if ((plan.set = calloc(1 << SET_BITS, sizeof(*plan.set))) == NULL)
		err(EX_OSERR, NULL);
	for (crash = 0; crash <= h->nops; crash++)
		plan_crash(h, t, crash);
	/* So that a part of them is a sample. */
	for (i = plan.n; i > 1; i--) {
		j = draw((uint32_t)i);
		s = plan.states[j];
		plan.states[j] = plan.states[i - 1];
		plan.states[i - 1] = s;
	}
}

/* --- trying them */

static void
tell(const struct history *h, const struct state *s)
{
	const uint32_t *choice = plan.pool + s->at;
	struct frontier f;
	int i;

	frontier_make(&f, h, s->crash);
	printf("  a crash behind operation %d", s->crash);
	if (s->crash > 0) {
		printf(", ");
		op_print(h, &h->ops[s->crash - 1]);
	} else
		printf("\n");
	for (i = 0; i < f.n; i++)
		if (f.doubts[i].node == NOTHING) {
			printf("    %s: ", choice[i] != 0 ? "kept" : "lost");
			op_print(h, &h->ops[f.doubts[i].op]);
		} else if (choice[i] == ZEROS)
			printf("    node %d: zeros from %zu\n",
			    f.doubts[i].node, f.doubts[i].durable);
		else
			printf("    node %d: %u of %u octets behind %zu\n",
			    f.doubts[i].node, choice[i], size_of(&f.doubts[i]),
			    f.doubts[i].durable);
	free(f.doubts);
}

static void
build(const struct attempt *a, const struct history *h, struct tree *t,
    const struct state *s)
{
	struct frontier f;

	frontier_make(&f, h, s->crash);
	tree_make(t, h, &f, plan.pool + s->at);
	attempt_build(a, h, t);
	free(f.doubts);
}

/* The n-th group of deliveries starts at the operation that is returned. */
static int
find_batch(const struct history *h, int n)
{
	bool inside = false;
	int i;

	for (i = 0; i < h->nops; i++)
		if (is_delivery(h, &h->ops[i])) {
			if (!inside && --n == 0)
				return (i);
			inside = true;
		} else if (h->ops[i].kind == OP_SYNC)
			inside = false;
	return (NOTHING);
}

static int
batches(const struct history *h)
{
	int n = 0;

	while (find_batch(h, n + 1) != NOTHING)
		n++;
	return (n);
}

/* Every second rename of the second batch, and all that was before. */
static void
leave_half(const struct attempt *a, const struct history *h, struct tree *t)
{
	struct frontier f;
	uint32_t *choice;
	int crash, i;
	bool keep = false;

	if (batches(h) < 2)
		errx(EX_SOFTWARE, "too few batches");
	for (crash = find_batch(h, 2); h->ops[crash].kind != OP_SYNC; crash++)
		;
	frontier_make(&f, h, crash);
	if ((choice = calloc((size_t)f.n + 1, sizeof(*choice))) == NULL)
		err(EX_OSERR, NULL);
	fill(&f, choice, true, true);
	for (i = 0; i < f.n; i++)
		if (f.doubts[i].node == NOTHING &&
		    is_delivery(h, &h->ops[f.doubts[i].op])) {
			choice[i] = keep;
			keep = !keep;
		}
	tree_make(t, h, &f, choice);
	attempt_build(a, h, t);
	free(choice);
	free(f.doubts);
}

static int
try_all(const struct attempt *a, const struct history *h, struct tree *t)
{
	struct found found = { 0 };
	unsigned long tried, wrong = 0;

	plan_all(h, t);
	for (tried = 0; tried < plan.n; tried++) {
		if ((opt.sample > 0 && tried == opt.sample) ||
		    (opt.first &&
		    found.lost + found.doubled + found.altered > 0))
			break;
		build(a, h, t, &plan.states[tried]);
		if (!attempt_run(a, h, &found) && ++wrong <= REPORTS_MAX)
			tell(h, &plan.states[tried]);
	}
	printf("%d messages, %d batches, %d operations, %lu combinations, "
	    "%zu distinct states, %lu tried, %lu wrong: %lu lost, %lu doubled, "
	    "%lu altered, %lu unproven, %lu damaged, %lu other\n", h->nmail,
	    batches(h), h->nops, plan.considered, plan.n, tried, wrong,
	    found.lost, found.doubled, found.altered, found.unproven,
	    found.damaged, found.other);
	return (wrong > 0);
}

/* --- options */

static void __attribute__((noreturn))
usage(void)
{
	errx(EX_USAGE, "see the first lines of its source");
}

static unsigned long
number(const char *arg)
{
	const char *why;
	long long n = strtonum(arg, 1, 1000000000, &why);

	if (why != NULL)
		errx(EX_USAGE, "%s: %s", arg, why);
	return ((unsigned long)n);
}

static void
parse(int argc, char *argv[], struct history *h, struct attempt *a)
{
	int c;

	/* "+": what belongs to the command is not ours. */
	while ((c = getopt(argc, argv, "+1a:bde:f:k:lm:n:o:r:s:t:w:")) != -1)
		switch (c) {
		case '1':
			opt.first = true;
			break;
		case 'a':
			opt.between = optarg;
			break;
		case 'b':
			opt.half = true;
			break;
		case 'd':
			a->delete = true;
			break;
		case 'e':
			a->want = optarg;
			break;
		case 'f':
			opt.fault = optarg;
			break;
		case 'k':
			opt.kill = (int)number(optarg);
			break;
		case 'l':
			opt.list = true;
			break;
		case 'm':
			h->server = optarg;
			break;
		case 'n':
			opt.sample = number(optarg);
			break;
		case 'o':
			a->out = optarg;
			break;
		case 'r':
			opt.program = optarg;
			break;
		case 's':
			seed = number(optarg);
			break;
		case 't':
			h->root = optarg;
			break;
		case 'w':
			a->wire = optarg;
			break;
		default:
			usage();
		}
	a->argv = argv + optind;
	if (optind == argc || opt.program == NULL || h->root == NULL ||
	    h->server == NULL || a->wire == NULL || a->want == NULL ||
	    a->out == NULL)
		usage();
}

/* What the recorded runs made goes aside: its inode numbers stay in use. */
static void
put_aside(const struct history *h)
{
	char *aside;

	if (asprintf(&aside, "%s.recorded.%ld", h->root, (long)getpid()) == -1)
		err(EX_OSERR, NULL);
	if (rename(h->root, aside) == -1 || mkdir(h->root, 0700) == -1)
		err(EX_IOERR, "%s", aside);
	free(aside);
}

static void
record(struct history *h, char *argv[])
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *between[] = { shell, option, opt.between, NULL };
	char *command = argv[0];
	int i, status;

	record_base(h);
	argv[0] = opt.program;
	if (opt.kill > 0)
		(void)record_run(h, argv, opt.kill);
	if (opt.between != NULL && record_run(h, between, 0) != 0)
		errx(EX_SOFTWARE, "%s: failed", opt.between);
	status = record_run(h, argv, 0);
	/* The runs to come are without the fault of the one that is noted. */
	unsetenv("POPFETCH_FAULT");
	if (opt.fault == NULL)
		argv[0] = command;
	else if (setenv("POPFETCH_FAULT", opt.fault, 1) == -1)
		err(EX_OSERR, NULL);
	for (i = 0; opt.list && i < h->nops; i++) {
		printf("%4d ", i);
		op_print(h, &h->ops[i]);
	}
	if (status != 0)
		errx(EX_SOFTWARE, "the run that was noted ended with %d",
		    status);
}

int
main(int argc, char *argv[])
{
	static struct history h;
	struct attempt a = { .delete = false };
	struct tree t;
	int result = 0;

	parse(argc, argv, &h, &a);
	record_mail(&h, a.wire);
	attempt_prepare(&a, &h);
	record(&h, a.argv);
	put_aside(&h);
	tree_init(&t, &h);
	if (opt.half)
		leave_half(&a, &h, &t);
	else
		result = try_all(&a, &h, &t);
	tree_free(&t);
	return (result);
}

#else

int
main(void)
{
	fprintf(stderr, "powerloss: this system has no such ptrace\n");
	return (77);
}

#endif
