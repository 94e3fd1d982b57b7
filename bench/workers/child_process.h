/* SPDX-License-Identifier: MIT */
/*
 * A process that a member of a team starts and ends itself: the newcomer of
 * start-up, the victim of recovery. It dies with the member, and what it gives
 * as its reason by post_fail is the member's.
 */
#ifndef IPCMARK_BENCH_OFFSPRING_H
#define IPCMARK_BENCH_OFFSPRING_H

#include <sys/types.h>

#include "worker_context.h"
#include "bench/scenarios/scenario.h"

/** Longest wait for anything that has to come: above any recovery. */
#define OFFSPRING_PATIENCE_NS (5 * NS_PER_S)

/** Its life; it ends by returning or by post_fail. */
typedef void offspring_function(struct post *post, void *arg);

/** Fork it. With 2cpu it runs on the second CPU. */
pid_t offspring_start(struct post *post, const struct task *task,
		      offspring_function *run, void *arg);

/** Reap it; gives up unless it ended well, or by this signal. */
void offspring_reap(struct post *post, pid_t pid, int signal);

/** Wait until it sleeps in a system call. */
void offspring_asleep(struct post *post, pid_t pid);

/** Nothing came in time: give up with its reason, or with this one. */
_Noreturn void offspring_failed(struct post *post, const char *call,
				enum ipcm_status status);

#endif
