/* SPDX-License-Identifier: MIT */
/* Four children add to a sum; a daemon ends with its parent. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <unistd.h>

static int add(void *argument)
{
	struct ipcm_value *sum = argument;
	int64_t number;

	if (ipcm_value_acquire(sum, IPCM_FOREVER) ||
	    ipcm_value_load(sum, &number) ||
	    ipcm_value_store(sum, number + 10) || ipcm_value_release(sum))
		return 1;
	return 0;
}

static int wait_for_ever(void *argument)
{
	(void)argument;
	pause();
	return 0;
}

int main(void)
{
	struct ipcm_process *process[4], *daemon;
	struct ipcm_value *sum;
	int64_t number;
	int code;

	if (ipcm_value_create(ipcm_backend_find("shm_ring"), IPCM_INT64, NULL,
			      NULL, &sum) ||
	    ipcm_process_create(wait_for_ever, NULL, "daemon", &daemon) ||
	    ipcm_process_set_daemon(daemon, true) || ipcm_process_start(daemon))
		return 1;
	for (int i = 0; i < 4; i++)
		if (ipcm_process_create(add, sum, NULL, &process[i]) ||
		    ipcm_process_start(process[i]))
			return 1;
	for (int i = 0; i < 4; i++) {
		if (ipcm_process_join(process[i], IPCM_FOREVER) ||
		    ipcm_process_exitcode(process[i], &code) || code != 0)
			return 1;
		ipcm_process_free(process[i]);
	}
	if (ipcm_value_load(sum, &number))
		return 1;
	printf("%lld\n", (long long)number);
	ipcm_value_free(sum);
	ipcm_process_free(daemon);
	return number == 40 ? 0 : 1;
}
