/* SPDX-License-Identifier: MIT */
/* Four children count together: under the lock, load and store are one step. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int count(struct ipcm_value *value)
{
	int64_t number;

	for (int i = 0; i < 1000; i++)
		if (ipcm_value_acquire(value, IPCM_FOREVER) ||
		    ipcm_value_load(value, &number) ||
		    ipcm_value_store(value, number + 1) ||
		    ipcm_value_release(value))
			return 1;
	return 0;
}

int main(void)
{
	struct ipcm_value *value;
	int64_t number = 0;

	if (ipcm_value_create(ipcm_backend_find("shm_ring"), IPCM_INT64, NULL,
			      NULL, &value))
		return 1;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(count(value));
	while (wait(NULL) > 0)
		;
	if (ipcm_value_load(value, &number))
		return 1;
	printf("%lld\n", (long long)number);
	ipcm_value_free(value);
	return number == 4000 ? 0 : 1;
}
