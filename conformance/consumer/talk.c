/* SPDX-License-Identifier: MIT */
/*
 * A program outside the tree: passes items from a child to a parent through a
 * queue, over a built-in back-end or one of its own.
 *
 *     talk BACKEND...      a name, or the path of a shared object
 */
#include <stdio.h>

#include <ipcmark/ipcmark.h>

enum { ITEMS = 1000 };

static const struct ipcm_backend *choose(const char *name)
{
	const struct ipcm_backend *backend = ipcm_backend_find(name);
	char why[512] = "";

	if (!backend && ipcm_backend_load(name, &backend, why, sizeof(why))) {
		fprintf(stderr, "talk: %s: %s\n", name, why);
		return NULL;
	}
	return backend;
}

static int put_items(void *argument)
{
	struct ipcm_queue *queue = argument;

	for (int i = 0; i < ITEMS; i++)
		if (ipcm_queue_put(queue, &i, sizeof(i), IPCM_FOREVER))
			return 1;
	ipcm_queue_free(queue);
	return 0;
}

static int get_items(struct ipcm_queue *queue)
{
	for (int i = 0; i < ITEMS; i++) {
		size_t bytes;
		int item;
		enum ipcm_status status = ipcm_queue_get(
			queue, &item, sizeof(item), IPCM_FOREVER, &bytes);

		if (status) {
			fprintf(stderr, "talk: %s\n", ipcm_status_text(status));
			return 1;
		}
		if (item != i || bytes != sizeof(item))
			return 1;
	}
	return 0;
}

static int talk(const char *name)
{
	const struct ipcm_backend *backend = choose(name);
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	struct ipcm_process *putter;
	int failed, code = 1;

	options.maxsize = 10;
	if (!backend || ipcm_queue_create(backend, &options, &queue))
		return 1;
	if (ipcm_process_create(put_items, queue, NULL, &putter) ||
	    ipcm_process_start(putter))
		return 1;
	failed = get_items(queue) || ipcm_process_join(putter, IPCM_FOREVER) ||
		 ipcm_process_exitcode(putter, &code);
	ipcm_process_free(putter);
	ipcm_queue_free(queue);
	if (failed || code)
		return 1;
	printf("%s: %d items\n", backend->name, ITEMS);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= talk(argv[i]);
	return failed;
}
