/* SPDX-License-Identifier: MIT */
/*
 * What the example programs share: the choice of the back-end, and one line
 * instead of four for a call that must not fail.
 */
#ifndef IPCMARK_CONFORMANCE_EXAMPLES_EXAMPLE_H
#define IPCMARK_CONFORMANCE_EXAMPLES_EXAMPLE_H

#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** End the program, or the child, with a sentence unless the call is OK. */
#define MUST(call) example_must(call, #call)

static inline void example_must(enum ipcm_status status, const char *call)
{
	if (!status)
		return;
	fprintf(stderr, "%s: %s\n", call, ipcm_status_text(status));
	exit(1);
}

/** The back-end of the command line, shm_ring if there is none. */
static inline const struct ipcm_backend *example_begin(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "shm_ring";
	const struct ipcm_backend *backend = ipcm_backend_find(name);

	if (!backend) {
		fprintf(stderr, "there is no back-end %s\n", name);
		exit(2);
	}
	/* line by line, also into a file: several processes write */
	setvbuf(stdout, NULL, _IOLBF, 0);
	return backend;
}

/** Create and start a process. */
static inline struct ipcm_process *example_start(int (*target)(void *argument),
						 void *argument)
{
	struct ipcm_process *process;

	MUST(ipcm_process_create(target, argument, NULL, &process));
	MUST(ipcm_process_start(process));
	return process;
}

/** Wait until it has ended, well, and free it. */
static inline void example_join(struct ipcm_process *process)
{
	int code;

	MUST(ipcm_process_join(process, IPCM_FOREVER));
	MUST(ipcm_process_exitcode(process, &code));
	if (code != 0)
		exit(1);
	ipcm_process_free(process);
}

static inline void example_sleep_ms(long milliseconds)
{
	struct timespec time = {milliseconds / 1000,
				milliseconds % 1000 * 1000000};

	nanosleep(&time, NULL);
}

#endif
