/* SPDX-License-Identifier: MIT */
/*
 * A bun shop: the baker puts 100 buns on a counter for 30, and closes when all
 * are eaten: each get is followed by a task_done, and join waits until there
 * are as many of them as puts. The eater is a daemon: it waits for more buns,
 * and ends with the shop.
 */
#include "example.h"

enum { COUNTER = 30, BUNS = 100 };

struct shop {
	struct ipcm_queue *counter;
	struct ipcm_value *eaten;
};

static int bake(void *argument)
{
	struct shop *shop = argument;

	for (int bun = 1; bun <= BUNS; bun++)
		MUST(ipcm_queue_put(shop->counter, &bun, sizeof(bun),
				    IPCM_FOREVER));
	MUST(ipcm_queue_join(shop->counter, IPCM_FOREVER));
	printf("all buns are eaten\n");
	return 0;
}

static int eat(void *argument)
{
	struct shop *shop = argument;
	int bun;

	while (!ipcm_queue_get(shop->counter, &bun, sizeof(bun), IPCM_FOREVER,
			       NULL)) {
		MUST(ipcm_value_store(shop->eaten, bun));
		MUST(ipcm_queue_task_done(shop->counter));
	}
	return 1;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_process *baker, *eater;
	struct shop shop;
	int64_t last;

	options.maxsize = COUNTER;
	options.flags = IPCM_QUEUE_JOINABLE;
	MUST(ipcm_queue_create(backend, &options, &shop.counter));
	MUST(ipcm_value_create(backend, IPCM_INT32, NULL, NULL, &shop.eaten));
	MUST(ipcm_process_create(eat, &shop, "eater", &eater));
	MUST(ipcm_process_set_daemon(eater, true));
	MUST(ipcm_process_start(eater));
	baker = example_start(bake, &shop);
	example_join(baker);
	MUST(ipcm_value_load(shop.eaten, &last));
	printf("the last bun was number %d\n", (int)last);
	ipcm_process_free(eater); /* it is ended at exit */
	ipcm_value_free(shop.eaten);
	ipcm_queue_free(shop.counter);
	return 0;
}
