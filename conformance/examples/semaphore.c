/* SPDX-License-Identifier: MIT */
/*
 * A karaoke bar with three cabins: a semaphore of 3 lets three of eight guests
 * in at a time. A Value counts those inside, and the most there ever were.
 */
#include "example.h"

enum { CABINS = 3, GUESTS = 8 };

struct bar {
	struct ipcm_semaphore *cabins;
	/** Guests inside; the most; those that have sung. */
	struct ipcm_array *counts;
};

enum { INSIDE, MOST, SUNG, COUNTS };

/* Add to the number of guests inside. */
static void change(struct ipcm_array *counts, int64_t by)
{
	int64_t count[COUNTS];

	/* reading, adding and writing are one step under the array's lock */
	MUST(ipcm_array_acquire(counts, IPCM_FOREVER));
	MUST(ipcm_array_read(counts, 0, COUNTS, count));
	count[INSIDE] += by;
	if (count[INSIDE] > count[MOST])
		count[MOST] = count[INSIDE];
	if (by < 0)
		count[SUNG]++;
	MUST(ipcm_array_write(counts, 0, COUNTS, count));
	MUST(ipcm_array_release(counts));
}

static int sing(void *argument)
{
	struct bar *bar = argument;

	MUST(ipcm_semaphore_acquire(bar->cabins, IPCM_FOREVER));
	change(bar->counts, 1);
	example_sleep_ms(20);
	change(bar->counts, -1);
	MUST(ipcm_semaphore_release(bar->cabins));
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_process *guests[GUESTS];
	int64_t most, sung;
	struct bar bar;

	options.initial = CABINS;
	MUST(ipcm_semaphore_create(backend, &options, &bar.cabins));
	MUST(ipcm_array_create(backend, IPCM_INT64, COUNTS, NULL, NULL,
			       &bar.counts));
	for (int i = 0; i < GUESTS; i++)
		guests[i] = example_start(sing, &bar);
	for (int i = 0; i < GUESTS; i++)
		example_join(guests[i]);
	MUST(ipcm_array_load(bar.counts, MOST, &most));
	MUST(ipcm_array_load(bar.counts, SUNG, &sung));
	printf("%d guests have sung, ", (int)sung);
	printf("more than %d at a time: %s\n", CABINS,
	       most > CABINS ? "yes" : "never");
	ipcm_array_free(bar.counts);
	ipcm_semaphore_free(bar.cabins);
	return 0;
}
