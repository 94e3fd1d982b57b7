/* SPDX-License-Identifier: MIT */
/* A function that takes the lock calls itself. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>

static enum ipcm_status descend(struct ipcm_rlock *lock, int levels)
{
	enum ipcm_status s = ipcm_rlock_acquire(lock, IPCM_FOREVER);
	unsigned depth;

	if (s)
		return s;
	s = ipcm_rlock_depth(lock, &depth);
	if (!s)
		printf("depth %u\n", depth);
	if (!s && levels > 1)
		s = descend(lock, levels - 1);
	return ipcm_rlock_release(lock) ? IPCM_INVALID : s;
}

int main(void)
{
	struct ipcm_rlock *lock;
	enum ipcm_status s;

	if (ipcm_rlock_create(ipcm_backend_find("pipe"), &lock))
		return 1;
	s = descend(lock, 3);
	ipcm_rlock_free(lock);
	return s ? 1 : 0;
}
