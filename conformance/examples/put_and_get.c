/* SPDX-License-Identifier: MIT */
/*
 * One process puts, another one gets. The queue is created before both are
 * started, so both have it. An empty item says that there are no more.
 */
#include "example.h"

#include <string.h>

static int put_words(void *argument)
{
	static const char *const words[] = {"one", "two", "three"};
	struct ipcm_queue *queue = argument;

	for (int i = 0; i < 3; i++)
		MUST(ipcm_queue_put(queue, words[i], strlen(words[i]),
				    IPCM_FOREVER));
	MUST(ipcm_queue_put(queue, NULL, 0, IPCM_FOREVER));
	return 0;
}

static int get_words(void *argument)
{
	struct ipcm_queue *queue = argument;
	char word[16];
	size_t size;

	for (;;) {
		MUST(ipcm_queue_get(queue, word, sizeof(word), IPCM_FOREVER,
				    &size));
		if (size == 0)
			break;
		printf("got %.*s\n", (int)size, word);
	}
	printf("that was all\n");
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_process *putter, *getter;
	struct ipcm_queue *queue;

	MUST(ipcm_queue_create(backend, NULL, &queue));
	getter = example_start(get_words, queue);
	putter = example_start(put_words, queue);
	example_join(putter);
	example_join(getter);
	ipcm_queue_free(queue);
	return 0;
}
