/* SPDX-License-Identifier: MIT */
/* Two workers take numbers from a bounded queue until it is shut down. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int work(struct ipcm_queue *queue)
{
	int number;

	while (ipcm_queue_get(queue, &number, sizeof(number), IPCM_FOREVER,
			      NULL) == IPCM_OK)
		printf("%d squared is %d\n", number, number * number);
	return 0;
}

int main(void)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	enum ipcm_status s;

	options.maxsize = 2;
	s = ipcm_queue_create(ipcm_backend_find("shm_ring"), &options, &queue);
	for (int worker = 0; !s && worker < 2; worker++)
		if (fork() == 0)
			return work(queue);
	for (int number = 1; !s && number <= 6; number++)
		s = ipcm_queue_put(queue, &number, sizeof(number),
				   IPCM_FOREVER);
	if (!s)
		s = ipcm_queue_shutdown(queue, false);
	if (s)
		fprintf(stderr, "%s\n", ipcm_status_text(s));
	while (wait(NULL) > 0)
		;
	ipcm_queue_free(queue);
	return s ? 1 : 0;
}
