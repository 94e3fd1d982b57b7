/* SPDX-License-Identifier: MIT */
/* A user's program with helpers whose names are common: the library's own
 * helpers of these names must neither collide with them nor call them. */
#include <stdio.h>
#include <stdlib.h>

#include <ipcmark/ipcmark.h>

/* Not called by the library: each ends the program. */
int futex_wait(void *word, int value, int timeout);
int futex_wake(void *word, int count);
long long clock_now(void);

int futex_wait(void *word, int value, int timeout)
{
	(void)word, (void)value, (void)timeout;
	abort();
}

int futex_wake(void *word, int count)
{
	(void)word, (void)count;
	abort();
}

long long clock_now(void)
{
	abort();
}

/* Warnings of ipcmark are not the parent's: -Wconversion would tell here. */
static short narrow(int number)
{
	return number;
}

int main(void)
{
	const struct ipcm_backend *backend = ipcm_backend_find("shm_ring");
	struct ipcm_queue *queue;
	char byte;
	size_t bytes;

	if (!backend || ipcm_queue_create(backend, NULL, &queue))
		return 1;
	if (ipcm_queue_put(queue, "x", 1, IPCM_FOREVER) ||
	    ipcm_queue_get(queue, &byte, 1, IPCM_FOREVER, &bytes))
		return 1;
	/* A get that times out waits on a futex and reads the clock. */
	if (ipcm_queue_get(queue, &byte, 1, 1000000, &bytes) == IPCM_OK)
		return 1;
	ipcm_queue_free(queue);
	return byte == 'x' && narrow(1) ? 0 : 1;
}
