/* SPDX-License-Identifier: MIT */
/*
 * Ten processes count down in a dict that a manager's server holds: 100 becomes
 * 90. Reading and writing are two requests, so each process holds a lock of the
 * manager meanwhile; without it some steps would be lost.
 */
#include "example.h"

enum { PROCESSES = 10 };

struct shared {
	struct ipcm_proxy *dict, *lock;
};

static int count_down(void *argument)
{
	struct shared *shared = argument;
	int count;

	MUST(ipcm_shared_lock_acquire(shared->lock, IPCM_FOREVER));
	MUST(ipcm_dict_get(shared->dict, "count", 5, &count, sizeof(count),
			   NULL));
	count--;
	MUST(ipcm_dict_set(shared->dict, "count", 5, &count, sizeof(count)));
	MUST(ipcm_shared_lock_release(shared->lock));
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_process *processes[PROCESSES];
	struct ipcm_manager *manager;
	struct shared shared;
	int count = 100;

	MUST(ipcm_manager_create(backend, NULL, &manager));
	MUST(ipcm_manager_start(manager));
	MUST(ipcm_manager_dict(manager, NULL, &shared.dict));
	MUST(ipcm_manager_lock(manager, NULL, &shared.lock));
	MUST(ipcm_dict_set(shared.dict, "count", 5, &count, sizeof(count)));
	printf("before: %d\n", count);
	for (int i = 0; i < PROCESSES; i++)
		processes[i] = example_start(count_down, &shared);
	for (int i = 0; i < PROCESSES; i++)
		example_join(processes[i]);
	MUST(ipcm_dict_get(shared.dict, "count", 5, &count, sizeof(count),
			   NULL));
	printf("after:  %d\n", count);
	ipcm_proxy_free(shared.lock);
	ipcm_proxy_free(shared.dict);
	ipcm_manager_free(manager); /* the server ends */
	return 0;
}
