/* SPDX-License-Identifier: MIT */
/* The holder of a lock is killed; the next one recovers it. */
#include <ipcmark/ipcmark.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct ipcm_lock *lock;
	enum ipcm_status s;

	if (ipcm_lock_create(ipcm_backend_find("shm_ring"), &lock))
		return 1;
	if (fork() == 0) {
		s = ipcm_lock_acquire(lock, IPCM_FOREVER);
		raise(SIGKILL);
		_exit(s ? 1 : 0);
	}
	wait(NULL);
	s = ipcm_lock_acquire(lock, IPCM_FOREVER);
	if (s == IPCM_OWNERDEAD) {
		puts("repair the protected data here");
		s = ipcm_lock_recover(lock);
	}
	if (!s)
		s = ipcm_lock_release(lock);
	ipcm_lock_free(lock);
	return s ? 1 : 0;
}
