/* SPDX-License-Identifier: MIT */
/* A worker's side of a group. */
#include "worker_context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/sync/futex.h"
#include "impls/core/sync/cpu_hints.h"

/* Room in front of every buffer, for the header of a System V message. */
#define HEADROOM 64

const struct worker_counting *worker_counting;

static void meeting_sleep(struct worker_context *worker, uint32_t round)
{
	struct meeting *meeting = &worker->group->meeting;
	int64_t spin_until = clock_now() + worker->spin_ns;

	/* the acquires pair with the release of the last one to come */
	while (worker->spin_ns && clock_now() < spin_until) {
		if (atomic_load_explicit(&meeting->round,
					 memory_order_acquire) != round)
			return;
		cpu_relax();
	}
	while (atomic_load_explicit(&meeting->round, memory_order_acquire) ==
	       round)
		futex_wait(&meeting->round, round, IPCM_FOREVER);
}

void worker_meet(struct worker_context *worker, int64_t *ret_start_ns)
{
	struct meeting *meeting = &worker->group->meeting;
	uint32_t round =
		atomic_load_explicit(&meeting->round, memory_order_acquire);
	/* acq_rel: what all workers did before is visible to all after */
	uint32_t before = atomic_fetch_add_explicit(&meeting->arrived, 1,
						    memory_order_acq_rel);

	if (before + 1 < worker->group->count) {
		meeting_sleep(worker, round);
		return;
	}
	atomic_store_explicit(&meeting->arrived, 0, memory_order_relaxed);
	if (ret_start_ns)
		*ret_start_ns = clock_now();
	atomic_store_explicit(&meeting->round, round + 1, memory_order_release);
	if (worker->group->count > 1)
		futex_wake(&meeting->round, WORKER_GROUP_MAX);
}

static void probe_distance(struct worker_context *worker, double *ret_ns)
{
	if (!worker->group->probed)
		return;
	/* spinning starts when both are here, not while one still works */
	worker_meet(worker, NULL);
	/* one of each side; the others sleep at the next meeting */
	if (worker->index == 0)
		*ret_ns = probe_measure(&worker->group->probe);
	else if (worker->index == worker->group->firsts)
		probe_answer(&worker->group->probe, PROBE_TRIPS);
}

void worker_start(struct worker_context *worker)
{
	probe_distance(worker, &worker->group->probe_before_ns);
	getrusage(RUSAGE_SELF, &worker->begun);
	if (worker_counting)
		worker_counting->ready(worker);
	worker_meet(worker, &worker->group->start_ns);
	if (worker_counting)
		worker_counting->begin(worker);
}

static int64_t timeval_difference(struct timeval end, struct timeval begin)
{
	return (int64_t)(end.tv_sec - begin.tv_sec) * NS_PER_S +
	       (int64_t)(end.tv_usec - begin.tv_usec) * 1000;
}

void worker_stop(struct worker_context *worker, uint64_t operations)
{
	struct usage *usage = &worker->self->usage;
	const struct rusage *begun = &worker->begun;
	struct rusage now;

	if (worker_counting)
		worker_counting->end(worker);
	getrusage(RUSAGE_SELF, &now);
	usage->user_ns = timeval_difference(now.ru_utime, begun->ru_utime);
	usage->system_ns = timeval_difference(now.ru_stime, begun->ru_stime);
	usage->voluntary_switches = now.ru_nvcsw - begun->ru_nvcsw;
	usage->involuntary_switches = now.ru_nivcsw - begun->ru_nivcsw;
	usage->page_faults = now.ru_minflt - begun->ru_minflt + now.ru_majflt -
			     begun->ru_majflt;
	worker->self->operations = operations;
}

void worker_finish(struct worker_context *worker)
{
	worker_meet(worker, NULL);
	probe_distance(worker, &worker->group->probe_after_ns);
}

void worker_fail(struct worker_context *worker, enum outcome outcome,
		 const char *format, ...)
{
	struct verdict *verdict = &worker->self->verdict;
	va_list arguments;

	verdict->outcome = outcome;
	va_start(arguments, format);
	vsnprintf(verdict->reason, sizeof(verdict->reason), format, arguments);
	va_end(arguments);
	/* pairs with the acquire in worker_group.c: the verdict is whole */
	atomic_store_explicit(&worker->self->failed, 1, memory_order_release);
	_exit(1);
}

unsigned char *worker_buffer(struct worker_context *worker, size_t bytes)
{
	unsigned char *memory =
		aligned_alloc(64, HEADROOM + (bytes + 63) / 64 * 64);

	if (!memory)
		worker_fail(worker, OUTCOME_ERROR,
			    "no memory for a message of "
			    "%zu bytes",
			    bytes);
	memset(memory, 0x5a, HEADROOM + bytes);
	return memory + HEADROOM;
}
