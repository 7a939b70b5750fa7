/*
 * Runs a fuzz target over saved inputs, as one TAP test each: the files and
 * directories named, or without any the corpus in the source tree whose name
 * follows the last '-' of this program's.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char	**names;
static size_t	  nnames;

static void
add(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	names = realloc(names, (nnames + 1) * sizeof(*names));
	if (path == NULL || names == NULL)
		abort();
	snprintf(path, size, "%s%s%s", dir, *dir != '\0' ? "/" : "", name);
	names[nnames++] = path;
}

/* A directory gives its files, anything else itself. */
static void
add_all(const char *path)
{
	struct dirent **e;
	int i, n = scandir(path, &e, NULL, alphasort);

	if (n == -1) {
		add("", path);
		return;
	}
	for (i = 0; i < n; i++) {
		if (e[i]->d_name[0] != '.')
			add(path, e[i]->d_name);
		free(e[i]);
	}
	free(e);
}

static int
run(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long len;
	int ok = 0;

	if (f == NULL)
		return 0;
	if (fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) >= 0 &&
	    fseek(f, 0, SEEK_SET) == 0 &&
	    (data = malloc(len > 0 ? (size_t)len : 1)) != NULL &&
	    fread(data, 1, (size_t)len, f) == (size_t)len)
		ok = LLVMFuzzerTestOneInput(data, (size_t)len) == 0;
	free(data);
	fclose(f);
	return ok;
}

int
main(int argc, char *argv[])
{
	const char *srcdir = getenv("srcdir"), *dash = strrchr(argv[0], '-');
	char corpus[4096];
	size_t i;
	int ok, failed = 0;

	for (i = 1; i < (size_t)argc; i++)
		add_all(argv[i]);
	if (argc == 1) {
		snprintf(corpus, sizeof(corpus), "%s/t/fuzz/corpus/%s",
		    srcdir != NULL ? srcdir : ".",
		    dash != NULL ? dash + 1 : "");
		add_all(corpus);
	}
	printf("1..%zu\n", nnames);
	for (i = 0; i < nnames; i++) {
		/* Said before it runs: an abort then names the input. */
		fprintf(stderr, "# %s\n", names[i]);
		ok = run(names[i]);
		printf("%sok %zu - %s\n", ok ? "" : "not ", i + 1, names[i]);
		fflush(stdout);
		failed |= !ok;
		free(names[i]);
	}
	free(names);
	return failed || nnames == 0;
}
