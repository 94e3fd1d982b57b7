/* SPDX-License-Identifier: MIT */
/*
 * A queue of 10: ten puts succeed at once, the 11th waits until another process
 * has taken an item.
 */
#include "example.h"

static int take_one(void *argument)
{
	struct ipcm_queue *queue = argument;
	int number;

	example_sleep_ms(200); /* long enough to see that the parent waits */
	MUST(ipcm_queue_get(queue, &number, sizeof(number), IPCM_FOREVER,
			    NULL));
	printf("the child takes %d\n", number);
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	const int eleventh = 111;
	struct ipcm_process *child;
	enum ipcm_status status;
	struct ipcm_queue *queue;
	bool full;

	options.maxsize = 10; /* items, of whatever size */
	MUST(ipcm_queue_create(backend, &options, &queue));
	for (int i = 0; i < 10; i++)
		MUST(ipcm_queue_put(queue, &i, sizeof(i), IPCM_FOREVER));
	MUST(ipcm_queue_full(queue, &full));
	printf("10 items, full: %s\n", full ? "yes" : "no");

	/* a put that does not wait, and one that waits for 50 ms */
	status = ipcm_queue_put(queue, &eleventh, sizeof(eleventh), IPCM_TRY);
	printf("the 11th, without waiting: %s\n", ipcm_status_text(status));
	status = ipcm_queue_put(queue, &eleventh, sizeof(eleventh), 50000000);
	printf("the 11th, after 50 ms: %s\n", ipcm_status_text(status));

	/* one that waits until it can */
	child = example_start(take_one, queue);
	MUST(ipcm_queue_put(queue, &eleventh, sizeof(eleventh), IPCM_FOREVER));
	example_join(child);
	printf("the 11th is in the queue\n");
	ipcm_queue_free(queue);
	return 0;
}
