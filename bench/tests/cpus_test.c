/* SPDX-License-Identifier: MIT */
/* The choice of CPUs, over made-up machines. */
#include "impls/testkit/check.h"
#include "bench/workers/cpus.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char root[] = "/tmp/ipcmark-cpus-XXXXXX";

/* A machine of `cpus` CPUs; the siblings of number i are siblings[i]. */
static void machine(int cpus, const char *const *siblings)
{
	char path[256];

	for (int i = 0; i < cpus; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/cpu%d", root, i);
		(void)mkdir(path, 0700);
		snprintf(path, sizeof(path), "%s/cpu%d/topology", root, i);
		(void)mkdir(path, 0700);
		snprintf(path, sizeof(path),
			 "%s/cpu%d/topology/thread_siblings_list", root, i);
		file = fopen(path, "w");
		CHECK(file, "cannot write %s", path);
		if (file) {
			fprintf(file, "%s\n", siblings[i]);
			fclose(file);
		}
	}
}

static struct cpu_pair choose(unsigned long mask)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < 8 * sizeof(mask); i++)
		if (mask >> i & 1)
			CPU_SET(i, &set);
	return cpus_choose_among(&set, root);
}

static void expect(const char *what, unsigned long mask, int first, int second,
		   int sibling)
{
	struct cpu_pair pair = choose(mask);

	CHECK(pair.first == first && pair.second == second &&
		      pair.sibling == sibling,
	      "%s: %d %d %d", what, pair.first, pair.second, pair.sibling);
}

static int remove_one(const char *path, const struct stat *state, int type,
		      struct FTW *walk)
{
	(void)state;
	(void)type;
	(void)walk;
	return remove(path);
}

int main(void)
{
	static const char *const far_apart[] = {"0,2", "1,3", "0,2", "1,3"};
	static const char *const beside[] = {"0-1", "0-1", "2-3", "2-3"};
	static const char *const single[] = {"0", "1", "2", "3"};
	struct cpu_pair pair = {4, 5, 6};

	CHECK(mkdtemp(root), "no folder");
	machine(4, far_apart);
	expect("siblings far apart", 0xf, 0, 1, 2);
	expect("the sibling is all there is", 0x5, 0, 2, 2);
	expect("the sibling is not allowed", 0x3, 0, 1, -1);
	machine(4, beside);
	expect("siblings side by side", 0xf, 0, 2, 1);
	expect("from the second core on", 0xc, 2, 3, 3);
	machine(4, single);
	expect("no hardware threads", 0xf, 0, 1, -1);
	expect("one CPU", 0x8, 3, -1, -1);
	CHECK(cpus_of(pair, PLACE_SMT).second == 6, "smt");
	CHECK(cpus_of(pair, PLACE_TWO).second == 5, "2cpu");
	(void)nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return check_failures() ? 1 : 0;
}
