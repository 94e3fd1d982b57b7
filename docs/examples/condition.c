/* SPDX-License-Identifier: MIT */
/* The parent waits until a child has changed a shared number. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_set(void *number)
{
	return *(int *)number != 0;
}

int main(void)
{
	int *number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct ipcm_condition *condition;
	bool holds = false;

	if (number == MAP_FAILED ||
	    ipcm_condition_create(ipcm_backend_find("shm_ring"), NULL, NULL,
				  &condition))
		return 1;
	if (fork() == 0) {
		if (ipcm_condition_acquire(condition, IPCM_FOREVER))
			_exit(1);
		*number = 42;
		if (ipcm_condition_notify_all(condition))
			_exit(1);
		_exit(ipcm_condition_release(condition) ? 1 : 0);
	}
	if (ipcm_condition_acquire(condition, IPCM_FOREVER) ||
	    ipcm_condition_wait_for(condition, is_set, number, IPCM_FOREVER,
				    &holds) ||
	    ipcm_condition_release(condition))
		return 1;
	printf("the number is %d\n", *number);
	wait(NULL);
	ipcm_condition_free(condition);
	return holds ? 0 : 1;
}
