/* SPDX-License-Identifier: MIT */
/* A child puts two lines; the parent reads until the writing end is gone. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct ipcm_simple_queue *queue;
	char line[64];
	enum ipcm_status s;

	if (ipcm_simple_queue_create(ipcm_backend_find("pipe"), &queue))
		return 1;
	if (fork() == 0) {
		s = ipcm_simple_queue_put(queue, "first", 6);
		if (!s)
			s = ipcm_simple_queue_put(queue, "second", 7);
		_exit(s ? 1 : 0);
	}
	/* or end of file would never come */
	ipcm_simple_queue_close_writer(queue);
	while (!(s = ipcm_simple_queue_get(queue, line, sizeof(line), NULL)))
		puts(line);
	wait(NULL);
	ipcm_simple_queue_free(queue);
	return s == IPCM_EOF ? 0 : 1;
}
