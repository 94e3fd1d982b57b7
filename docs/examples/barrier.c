/* SPDX-License-Identifier: MIT */
/* Three processes do two phases of work; none is a phase ahead. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static enum ipcm_status work(struct ipcm_barrier *barrier)
{
	enum ipcm_status s = IPCM_OK;
	unsigned index;

	for (int phase = 1; !s && phase <= 2; phase++) {
		s = ipcm_barrier_wait(barrier, IPCM_BARRIER_DEFAULT, &index);
		if (!s && index == 0)
			printf("phase %d is over\n", phase);
	}
	fflush(stdout);
	return s;
}

int main(void)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier;
	int status, failed;

	options.parties = 3;
	options.timeout_ns = INT64_C(10000000000);
	if (ipcm_barrier_create(ipcm_backend_find("shm_ring"), &options,
				&barrier))
		return 1;
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			_exit(work(barrier) ? 1 : 0);
	failed = work(barrier) != IPCM_OK;
	while (wait(&status) > 0)
		failed |= status;
	ipcm_barrier_free(barrier);
	return failed ? 1 : 0;
}
