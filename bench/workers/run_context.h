/* SPDX-License-Identifier: MIT */
/*
 * What all scenarios share in the parent: starting the workers on the object
 * and turning what they left behind into a sample.
 */
#ifndef IPCMARK_BENCH_WORKERS_RUN_CONTEXT_H
#define IPCMARK_BENCH_WORKERS_RUN_CONTEXT_H

#include "task.h"

/** What the workers of a sample get as their argument. */
struct run_context {
	const struct task *task;
	/** The object under test, as the scenario likes. */
	void *object;
};

/**
 * The workers of a sample: firsts + seconds <= WORKER_GROUP_MAX processes. With
 * 2cpu the firsts share the first CPU and the seconds the second one; costs are
 * summed up for each side. Worker number i has worker->index i, the firsts come
 * first. N contenders are {f, f, (N + 1) / 2, N / 2}.
 */
struct workers {
	worker_function *first;
	worker_function *second;
	unsigned firsts, seconds;
};

/**
 * Run a group of workers and fill in the sample: time, probes, cost per
 * operation, and in a verification pass the tally of each worker that began
 * one. After it, look at ret_sample->verdict.
 */
void context_run_group(const struct run_context *context,
		       const struct workers *workers,
		       struct sample *ret_sample);

/** The same for one worker, or for two; second is NULL for one. */
void context_run(const struct run_context *context, worker_function *first,
		 worker_function *second, struct sample *ret_sample);

/** A failed create as a verdict: what the host forbids is no error. */
void verdict_from_status(struct verdict *verdict, enum ipcm_status status,
			 const char *what);

#endif
