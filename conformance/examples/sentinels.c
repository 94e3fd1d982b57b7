/* SPDX-License-Identifier: MIT */
/*
 * Two producers, three consumers. A consumer ends when it gets a sentinel, an
 * empty item; each needs one of its own, and they are put after all producers
 * have ended, behind their items.
 */
#include "example.h"

enum { PRODUCERS = 2, CONSUMERS = 3, ITEMS = 20 };

struct kitchen {
	struct ipcm_queue *queue;
	/** Items that were eaten. */
	struct ipcm_value *eaten;
};

static int produce(void *argument)
{
	struct kitchen *kitchen = argument;

	for (int i = 0; i < ITEMS; i++)
		MUST(ipcm_queue_put(kitchen->queue, &i, sizeof(i),
				    IPCM_FOREVER));
	return 0;
}

static int consume(void *argument)
{
	struct kitchen *kitchen = argument;
	int64_t eaten, mine = 0;
	size_t size;
	int item;

	for (;; mine++) {
		MUST(ipcm_queue_get(kitchen->queue, &item, sizeof(item),
				    IPCM_FOREVER, &size));
		if (size == 0)
			break;
	}
	MUST(ipcm_value_acquire(kitchen->eaten, IPCM_FOREVER));
	MUST(ipcm_value_load(kitchen->eaten, &eaten));
	MUST(ipcm_value_store(kitchen->eaten, eaten + mine));
	MUST(ipcm_value_release(kitchen->eaten));
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_process *producers[PRODUCERS], *consumers[CONSUMERS];
	struct kitchen kitchen;
	int64_t eaten;

	MUST(ipcm_queue_create(backend, NULL, &kitchen.queue));
	MUST(ipcm_value_create(backend, IPCM_INT64, NULL, NULL,
			       &kitchen.eaten));
	for (int i = 0; i < PRODUCERS; i++)
		producers[i] = example_start(produce, &kitchen);
	for (int i = 0; i < CONSUMERS; i++)
		consumers[i] = example_start(consume, &kitchen);
	for (int i = 0; i < PRODUCERS; i++)
		example_join(producers[i]);
	for (int i = 0; i < CONSUMERS; i++)
		MUST(ipcm_queue_put(kitchen.queue, NULL, 0, IPCM_FOREVER));
	for (int i = 0; i < CONSUMERS; i++)
		example_join(consumers[i]);
	MUST(ipcm_value_load(kitchen.eaten, &eaten));
	printf("%d consumers have eaten %d items of %d producers\n", CONSUMERS,
	       (int)eaten, PRODUCERS);
	ipcm_value_free(kitchen.eaten);
	ipcm_queue_free(kitchen.queue);
	return 0;
}
