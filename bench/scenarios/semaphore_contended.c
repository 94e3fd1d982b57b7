/* SPDX-License-Identifier: MIT */
/*
 * Semaphores without work in between: two, four, eight processes compete for
 * permits, one for every two of them. Locks are in sync.c.
 *
 * Each process that is inside counts itself in, and the count may never pass
 * the permits; afterwards all permits have to be there again.
 */
#include "bench/workers/shared_state.h"
#include "bench/loops/lock_loop.h"
#include "objects.h"

/* What the contenders for a semaphore share. */
struct contenders {
	_Alignas(64) _Atomic uint64_t inside;
	_Alignas(64) _Atomic uint64_t count;
};

struct permits {
	struct ipcm_semaphore *semaphore;
	struct contenders *contenders;
	uint64_t most;
};

static void require(struct worker_context *worker, enum ipcm_status status,
		    const char *call)
{
	if (__builtin_expect(status != IPCM_OK, 0))
		worker_fail(worker,
			    *call == 'r' ? OUTCOME_INVALID : OUTCOME_ERROR,
			    "%s of the semaphore: %s", call,
			    ipcm_status_text(status));
}

/* Count until the shared count is `goal`. @return how many were counted here,
 * below the goal: it is passed by one for every process. */
static uint64_t count_to(const struct permits *permits,
			 struct worker_context *worker, uint64_t goal,
			 int64_t *reached_ns)
{
	struct contenders *contenders = permits->contenders;
	uint64_t mine = 0, now, inside;

	for (;;) {
		require(worker,
			ipcm_semaphore_acquire(permits->semaphore,
					       IPCM_FOREVER),
			"acquire");
		/* relaxed: the semaphore, not these, has to order them */
		inside = atomic_fetch_add_explicit(&contenders->inside, 1,
						   memory_order_relaxed);
		if (__builtin_expect(inside >= permits->most, 0))
			worker_fail(worker, OUTCOME_INVALID,
				    "%llu processes were inside a semaphore of "
				    "%llu permits",
				    (unsigned long long)inside + 1,
				    (unsigned long long)permits->most);
		now = atomic_fetch_add_explicit(&contenders->count, 1,
						memory_order_relaxed);
		if (now == goal && reached_ns)
			*reached_ns = clock_now();
		atomic_fetch_sub_explicit(&contenders->inside, 1,
					  memory_order_relaxed);
		require(worker, ipcm_semaphore_release(permits->semaphore),
			"release");
		if (now >= goal)
			return mine;
		worker_progress(worker, ++mine);
	}
}

static void semaphore_member(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct permits *permits = context->object;
	struct warmup warm = warmup_begin(worker, context->task);
	/* each goal is passed by one for every process */
	uint64_t passed = 0, mine;

	count_to(permits, worker, warm.to, NULL);
	passed += worker->group->count;
	while (warmup_goes_on(worker, &warm)) {
		count_to(permits, worker, warm.to + passed, NULL);
		passed += worker->group->count;
	}
	worker_start(worker);
	mine = count_to(permits, worker,
			warm.to + passed + context->task->iterations,
			&worker->group->end_ns);
	worker_stop(worker, mine);
	worker_finish(worker);
}

static void prove_permits(const struct permits *permits,
			  struct verdict *verdict)
{
	int64_t value = -1;

	if (verdict->outcome != OUTCOME_OK)
		return;
	if (ipcm_semaphore_value(permits->semaphore, &value) ||
	    value != (int64_t)permits->most)
		verdict_set(verdict, OUTCOME_INVALID,
			    "the semaphore has %lld permits at the end, not "
			    "%llu",
			    (long long)value,
			    (unsigned long long)permits->most);
}

static void semaphore_contended(const struct task *task,
				struct sample *ret_sample)
{
	struct permits permits = {.most = task->axes->producers / 2};
	struct run_context context = {task, &permits};

	permits.contenders = shared_state_map(sizeof(*permits.contenders),
					      &ret_sample->verdict);
	if (!permits.contenders)
		return;
	permits.semaphore = object_create(task, (int64_t)permits.most,
					  &ret_sample->verdict);
	if (permits.semaphore) {
		lock_loop_contenders_run(&context, semaphore_member,
					 ret_sample);
		prove_permits(&permits, &ret_sample->verdict);
		object_free(task, permits.semaphore);
	}
	shared_state_unmap(permits.contenders, sizeof(*permits.contenders));
}

static const struct baseline_set semaphore_baselines = {
	.two_cpus = {"atomics", "uncontended", METRIC_ACQUIRES, .share = 1},
	.one_cpu = {"atomics", "uncontended", METRIC_ACQUIRES, .share = 1},
};

static const struct scenario scenarios[] = {
	{IFACE_SEMAPHORE, "contended", "one permit for every two processes",
	 METRIC_ACQUIRES, semaphore_contended, 2, 0, .places = PLACES_PINNED,
	 .sweep = &sweep_contenders, .baselines = &semaphore_baselines,
	 .only_full = true},
};

const struct scenario_table scenarios_semaphore = SCENARIO_TABLE(scenarios);
