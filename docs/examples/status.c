/* SPDX-License-Identifier: MIT */
/* Every call tells its result by a code that has a name and a sentence. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>

int main(void)
{
	struct ipcm_queue *queue;
	enum ipcm_status s;
	char byte;

	s = ipcm_queue_create(ipcm_backend_find("pipe"), NULL, &queue);
	if (!s) {
		s = ipcm_queue_get(queue, &byte, 1, IPCM_TRY, NULL);
		ipcm_queue_free(queue);
	}
	printf("%s: %s\n", ipcm_status_name(s), ipcm_status_text(s));
	return s == IPCM_EMPTY ? 0 : 1;
}
