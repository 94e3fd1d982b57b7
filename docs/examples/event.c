/* SPDX-License-Identifier: MIT */
/* Three children start at the same moment. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct ipcm_event *start;
	int status, failed = 0;

	if (ipcm_event_create(ipcm_backend_find("shm_ring"), &start))
		return 1;
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(ipcm_event_wait(start, IPCM_FOREVER) ? 1 : 0);
	if (ipcm_event_set(start))
		return 1;
	while (wait(&status) > 0)
		failed |= status;
	ipcm_event_free(start);
	return failed ? 1 : 0;
}
