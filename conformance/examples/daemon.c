/* SPDX-License-Identifier: MIT */
/*
 * When the main process returns, its daemons are ended and its other children
 * are waited for: the daemon below prints nothing, the child does. An event
 * shows that the daemon was there.
 */
#include "example.h"

static int run_as_daemon(void *argument)
{
	MUST(ipcm_event_set(argument));
	example_sleep_ms(20000);
	printf("the daemon is never so old\n");
	return 0;
}

static int run_as_child(void *argument)
{
	(void)argument;
	example_sleep_ms(100);
	printf("the child prints\n");
	return 0;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_process *daemon, *child;
	struct ipcm_event *started;

	MUST(ipcm_event_create(backend, &started));
	MUST(ipcm_process_create(run_as_daemon, started, NULL, &daemon));
	MUST(ipcm_process_set_daemon(daemon, true)); /* before its start */
	MUST(ipcm_process_start(daemon));
	MUST(ipcm_event_wait(started, IPCM_FOREVER));
	child = example_start(run_as_child, NULL);
	printf("the main process returns\n");

	/* no join: the handles may go, the processes stay until exit */
	ipcm_process_free(daemon);
	ipcm_process_free(child);
	ipcm_event_free(started);
	return 0;
}
