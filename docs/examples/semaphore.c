/* SPDX-License-Identifier: MIT */
/* Of five processes two at a time are inside. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_semaphore *semaphore;
	int status, failed = 0;

	options.initial = 2;
	options.flags = IPCM_SEMAPHORE_BOUNDED;
	if (ipcm_semaphore_create(ipcm_backend_find("shm_ring"), &options,
				  &semaphore))
		return 1;
	for (int i = 0; i < 5; i++) {
		if (fork() != 0)
			continue;
		if (ipcm_semaphore_acquire(semaphore, IPCM_FOREVER))
			_exit(1);
		usleep(1000);
		_exit(ipcm_semaphore_release(semaphore) ? 1 : 0);
	}
	while (wait(&status) > 0)
		failed |= status;
	ipcm_semaphore_free(semaphore);
	return failed ? 1 : 0;
}
