/* SPDX-License-Identifier: MIT */
/* Processes, a manager, a pool; see scenarios.h. */
#include "scenarios.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "steps.h"

static int ends_with_7(void *argument)
{
	(void)argument;
	return 7;
}

static int sleeps(void *argument)
{
	(void)argument;
	for (;;)
		(void)pause();
	return 0;
}

static void process(const struct ipcm_backend *backend)
{
	struct ipcm_process *child = NULL;
	int code = -1;

	(void)backend;
	STEP(ipcm_process_create(ends_with_7, NULL, NULL, &child));
	STEP(ipcm_process_start(child));
	STEP(ipcm_process_join(child, IPCM_FOREVER));
	STEP(ipcm_process_exitcode(child, &code));
	EXPECT(code == 7);
	STEP_DONE(ipcm_process_free(child));
}

static void daemon_process(const struct ipcm_backend *backend)
{
	struct ipcm_process *child = NULL, *all[4];
	size_t count = 0;
	int fd = -1, code = 0;

	(void)backend;
	STEP(ipcm_process_create(sleeps, NULL, NULL, &child));
	STEP(ipcm_process_set_daemon(child, true));
	STEP(ipcm_process_start(child));
	STEP(ipcm_process_active_children(all, 4, &count));
	EXPECT(count == 1);
	STEP(ipcm_process_sentinel(child, &fd));
	STEP_IS(ipcm_process_join(child, MS), IPCM_TIMEDOUT);
	STEP(ipcm_process_terminate(child));
	STEP(ipcm_process_join(child, LIMIT_NS));
	STEP(ipcm_process_exitcode(child, &code));
	EXPECT(code == -SIGTERM);
	STEP_DONE(ipcm_process_free(child));
}

static void manager(const struct ipcm_backend *backend)
{
	struct ipcm_manager *handle = NULL;
	struct ipcm_snapshot *keys = NULL;
	struct ipcm_proxy *dict = NULL;
	char text[8] = "";
	size_t bytes = 0;

	STEP(ipcm_manager_create(backend, NULL, &handle));
	STEP(ipcm_manager_start(handle));
	STEP(ipcm_manager_dict(handle, "d", &dict));
	STEP(ipcm_dict_set(dict, "key", 3, "value", 5));
	STEP(ipcm_dict_get(dict, "key", 3, text, sizeof(text), &bytes));
	EXPECT(bytes == 5 && !memcmp(text, "value", 5));
	STEP(ipcm_dict_keys(dict, &keys));
	EXPECT(ipcm_snapshot_count(keys) == 1);
	STEP_DONE(ipcm_snapshot_free(keys));
	STEP_DONE(ipcm_proxy_free(dict));
	STEP(ipcm_manager_shutdown(handle));
	STEP_DONE(ipcm_manager_free(handle));
}

static enum ipcm_status doubles(const struct ipcm_bytes *arguments,
				size_t count, struct ipcm_output *output)
{
	int number;

	if (count != 1 || arguments->size_bytes != sizeof(number))
		return IPCM_INVALID;
	memcpy(&number, arguments->data, sizeof(number));
	number *= 2;
	return ipcm_output_write(output, &number, sizeof(number));
}

static void pool(const struct ipcm_backend *backend)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	int numbers[4] = {1, 2, 3, 4}, results[4] = {0};
	struct ipcm_pool *handle = NULL;

	options.workers = 2;
	STEP(ipcm_pool_create(backend, &options, &handle));
	STEP(ipcm_pool_map(handle, doubles, numbers, sizeof(numbers[0]), 4, 2,
			   results, sizeof(results[0])));
	EXPECT(results[0] == 2 && results[3] == 8);
	STEP(ipcm_pool_close(handle));
	STEP(ipcm_pool_join(handle, LIMIT_NS));
	STEP_DONE(ipcm_pool_free(handle));
}

const struct scenario process_scenarios[] = {
	{"process", NEEDS_QUEUE, process, true},
	{"daemon process", NEEDS_QUEUE, daemon_process, true},
	{"manager", NEEDS_LISTENER, manager, true},
	{"pool", NEEDS_QUEUE, pool, true},
	{NULL, NEEDS_QUEUE, NULL, false},
};
