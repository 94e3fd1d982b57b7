/* SPDX-License-Identifier: MIT */
/* The example of ipcmark(3): a queue between two processes. */
#include <ipcmark/ipcmark.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	const struct ipcm_backend *backend = ipcm_backend_find("pipe");
	struct ipcm_queue *queue;
	char text[64];
	size_t size;
	enum ipcm_status s;

	s = ipcm_queue_create(backend, NULL, &queue);
	if (s) {
		fprintf(stderr, "no queue: %s\n", ipcm_status_text(s));
		return 1;
	}
	if (fork() == 0) {
		s = ipcm_queue_put(queue, "hello", 6, IPCM_FOREVER);
		_exit(s ? 1 : 0);
	}
	s = ipcm_queue_get(queue, text, sizeof(text), IPCM_FOREVER, &size);
	wait(NULL);
	ipcm_queue_free(queue);
	if (s || size != 6 || strcmp(text, "hello"))
		return 1;
	printf("ipcmark %s: %s\n", IPCM_VERSION_STRING, text);
	return 0;
}
