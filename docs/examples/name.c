/* SPDX-License-Identifier: MIT */
/* A second handle of the same queue, as an unrelated process would open it. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	const struct ipcm_backend *backend = ipcm_backend_find("shm_ring");
	struct ipcm_access create = IPCM_ACCESS_INIT, find = {0, 0};
	struct ipcm_queue *queue, *same;
	char name[64], text[16];
	enum ipcm_status s;

	snprintf(name, sizeof(name), "example.%d", (int)getpid());
	create.flags |= IPCM_ACCESS_EXCLUSIVE;
	if (ipcm_queue_open(backend, name, &create, NULL, &queue))
		return 1;
	if (ipcm_queue_open(backend, name, &find, NULL, &same))
		return 1;
	s = ipcm_queue_put(queue, "hello", 6, IPCM_FOREVER);
	if (!s)
		s = ipcm_queue_get(same, text, sizeof(text), IPCM_FOREVER,
				   NULL);
	if (!s)
		puts(text);
	if (ipcm_unlink(backend, name))
		return 1;
	ipcm_queue_free(same);
	ipcm_queue_free(queue);
	return s ? 1 : 0;
}
