/* SPDX-License-Identifier: MIT */
/*
 * A pool of consumers: each of three workers runs one task, which takes items
 * from a queue until it gets an empty one. The workers are forks of this
 * process, so they have the queue, which was made before the pool. The result
 * of a task is what it has eaten; the callback counts who is full.
 */
#include "example.h"

enum { CONSUMERS = 3, ITEMS = 60 };

static struct ipcm_queue *queue;
static int full;

/* A task without arguments. */
static enum ipcm_status consume(const struct ipcm_bytes *arguments,
				size_t count, struct ipcm_output *output)
{
	size_t size = 1;
	int item, sum = 0;

	(void)arguments;
	(void)count;
	while (size > 0) {
		MUST(ipcm_queue_get(queue, &item, sizeof(item), IPCM_FOREVER,
				    &size));
		if (size > 0)
			sum += item;
	}
	return ipcm_output_write(output, &sum, sizeof(sum));
}

/* Runs in a thread of this process, one call after the other. */
static void count_full(void *context, struct ipcm_async *async)
{
	(void)async;
	++*(int *)context;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct ipcm_pool_callbacks callbacks = {count_full, NULL, &full};
	struct ipcm_async *results[CONSUMERS];
	struct ipcm_pool *pool;
	int sum = 0, part;

	MUST(ipcm_queue_create(backend, NULL, &queue));
	options.workers = CONSUMERS;
	MUST(ipcm_pool_create(backend, &options, &pool));
	for (int i = 0; i < CONSUMERS; i++)
		MUST(ipcm_pool_apply_async(pool, consume, NULL, 0, &callbacks,
					   &results[i]));
	for (int i = 1; i <= ITEMS; i++)
		MUST(ipcm_queue_put(queue, &i, sizeof(i), IPCM_FOREVER));
	for (int i = 0; i < CONSUMERS; i++)
		MUST(ipcm_queue_put(queue, NULL, 0, IPCM_FOREVER));
	for (int i = 0; i < CONSUMERS; i++) {
		MUST(ipcm_async_get(results[i], IPCM_FOREVER, 0, &part,
				    sizeof(part), NULL));
		sum += part;
		ipcm_async_free(results[i]);
	}
	printf("%d consumers are full, 1 + 2 + ... + %d is %d\n", full, ITEMS,
	       sum);
	MUST(ipcm_pool_close(pool));
	MUST(ipcm_pool_join(pool, IPCM_FOREVER));
	ipcm_pool_free(pool);
	ipcm_queue_free(queue);
	return 0;
}
