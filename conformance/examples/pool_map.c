/* SPDX-License-Identifier: MIT */
/*
 * A pool of four workers maps a function over a list: the results come in the
 * order of the items, whichever worker was faster. A task that fails is an
 * error of its item, not of the pool.
 */
#include "example.h"

enum { WORKERS = 4, ITEMS = 10 };

/* A task: reads its argument, writes its result. It runs in a worker. */
static enum ipcm_status factorial(const struct ipcm_bytes *arguments,
				  size_t count, struct ipcm_output *output)
{
	int number = *(const int *)arguments[0].data, product = 1;

	(void)count;
	if (number < 0)
		return IPCM_RANGE; /* any code but IPCM_OK */
	for (int i = 2; i <= number; i++)
		product *= i;
	return ipcm_output_write(output, &product, sizeof(product));
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	int numbers[ITEMS], results[ITEMS];
	struct ipcm_pool *pool;
	enum ipcm_status status;

	options.workers = WORKERS;
	MUST(ipcm_pool_create(backend, &options, &pool));
	for (int i = 0; i < ITEMS; i++)
		numbers[i] = i;
	MUST(ipcm_pool_map(pool, factorial, numbers, sizeof(numbers[0]), ITEMS,
			   IPCM_POOL_CHUNK_AUTO, results, sizeof(results[0])));
	printf("factorials:");
	for (int i = 0; i < ITEMS; i++)
		printf(" %d", results[i]);
	printf("\n");

	numbers[3] = -3;
	status = ipcm_pool_map(pool, factorial, numbers, sizeof(numbers[0]),
			       ITEMS, IPCM_POOL_CHUNK_AUTO, results,
			       sizeof(results[0]));
	printf("with -3 among them: %s\n", ipcm_status_name(status));

	MUST(ipcm_pool_close(pool)); /* no more tasks */
	MUST(ipcm_pool_join(pool, IPCM_FOREVER));
	ipcm_pool_free(pool);
	return 0;
}
