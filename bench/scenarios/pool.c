/* SPDX-License-Identifier: MIT */
/*
 * A pool of four maps a task over items, one item a chunk. The task returns its
 * argument and does nothing else: what is left is the cost of handing it out
 * and taking the result. With two CPUs the owner has the first and the four
 * workers share the second.
 *
 * Each result must be that of its item. In the proof the tasks count
 * themselves, too: each must have run once.
 */
#include <stdlib.h>

#include "bench/loops/clients.h"
#include "bench/loops/warmup.h"
#include "bench/workers/shared_state.h"
#include "objects.h"

#define POOL_WORKERS 4
/* A map of the warm-up has so many tasks at most. */
#define WARM_TASKS 100

/* How often each task of the proof ran; inherited by the pool's workers. */
static _Atomic uint32_t *runs;

static enum ipcm_status same(const struct ipcm_bytes *arguments, size_t count,
			     struct ipcm_output *output)
{
	(void)count;
	return ipcm_output_write(output, arguments[0].data,
				 arguments[0].size_bytes);
}

static enum ipcm_status same_and_count(const struct ipcm_bytes *arguments,
				       size_t count, struct ipcm_output *output)
{
	uint64_t number;

	memcpy(&number, arguments[0].data, sizeof(number));
	(void)atomic_fetch_add(&runs[number % TALLY_MAX], 1);
	return same(arguments, count, output);
}

/* ---- the owner, in a worker of the bench ---- */

struct owner {
	struct worker_context *worker;
	const struct task *task;
	struct ipcm_pool *pool;
	uint64_t *items, *results;
	/** Number of the next item. */
	uint64_t next;
};

/* In each worker of the pool. */
static enum ipcm_status pin(void *argument)
{
	const struct task *task = argument;

	return cpus_pin(task->cpus.second) ? IPCM_PERM : IPCM_OK;
}

static void open_pool(struct owner *owner)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct verdict verdict = {OUTCOME_OK, ""};
	enum ipcm_status status;

	options.workers = POOL_WORKERS;
	if (placement_is_apart(owner->task->axes->placement)) {
		options.initializer = pin;
		options.initializer_argument = (void *)(uintptr_t)owner->task;
	}
	status = ipcm_pool_create(owner->task->backend, &options, &owner->pool);
	if (!status)
		return;
	verdict_from_status(&verdict, status, "pool");
	worker_fail(owner->worker, verdict.outcome, "%s", verdict.reason);
}

static void close_pool(struct owner *owner)
{
	enum ipcm_status status = ipcm_pool_close(owner->pool);

	if (!status)
		status = ipcm_pool_join(owner->pool, IPCM_FOREVER);
	if (status)
		worker_fail(owner->worker, OUTCOME_ERROR,
			    "join of the pool: %s", ipcm_status_text(status));
	ipcm_pool_free(owner->pool);
}

static struct owner owner_begin(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct axes *axes = context->task->axes;
	size_t most = axes->tasks > TALLY_MAX ? axes->tasks : TALLY_MAX;
	struct owner owner = {
		.worker = worker,
		.task = context->task,
		.items = (void *)worker_buffer(worker, most * sizeof(uint64_t)),
		.results =
			(void *)worker_buffer(worker, most * sizeof(uint64_t)),
	};

	open_pool(&owner);
	return owner;
}

/* Items of a map carry numbers that no map before it had. */
static void map(struct owner *owner, ipcm_task task, size_t count)
{
	enum ipcm_status status;

	for (size_t i = 0; i < count; i++)
		owner->items[i] = owner->next++;
	status = ipcm_pool_map(owner->pool, task, owner->items,
			       sizeof(*owner->items), count, 1, owner->results,
			       sizeof(*owner->results));
	if (status)
		worker_fail(owner->worker, OUTCOME_ERROR, "map: %s",
			    ipcm_status_text(status));
	if (memcmp(owner->items, owner->results, count * sizeof(*owner->items)))
		worker_fail(owner->worker, OUTCOME_INVALID,
			    "the results of a map are not those of its tasks");
	worker_progress(owner->worker, owner->next);
}

static void maps(struct owner *owner, uint64_t maps, size_t count)
{
	for (uint64_t i = 0; i < maps; i++)
		map(owner, same, count);
}

static void verify(struct owner *owner)
{
	uint64_t total = owner->task->iterations;

	map(owner, same_and_count, total);
	for (uint64_t i = 0; i < total; i++)
		if (atomic_load(&runs[i]) != 1)
			worker_fail(owner->worker, OUTCOME_INVALID,
				    "task %llu of a map ran %u times",
				    (unsigned long long)i,
				    atomic_load(&runs[i]));
}

/* Many tasks a map make few maps: those of the warm-up are shorter. */
static void warm_up(struct owner *owner)
{
	struct worker_context *worker = owner->worker;
	unsigned tasks = owner->task->axes->tasks;
	struct warmup warm = warmup_begin(worker, owner->task);

	if (tasks > WARM_TASKS)
		tasks = WARM_TASKS;
	warmup_first_begins(worker);
	maps(owner, warm.to, tasks);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		maps(owner, warm.to - warm.from, tasks);
}

static void owner_worker(struct worker_context *worker, void *arg)
{
	struct owner owner = owner_begin(worker, arg);
	const struct task *task = owner.task;

	if (task->verify) {
		verify(&owner);
	} else {
		warm_up(&owner);
		worker_start(worker);
		maps(&owner, task->iterations, task->axes->tasks);
		worker->group->end_ns = clock_now();
		worker_stop(worker, task->iterations * task->axes->tasks);
	}
	close_pool(&owner);
}

/* ---- the scenario ---- */

static void pool_map(const struct task *task, struct sample *ret_sample)
{
	struct task patient = *task;
	struct run_context context = {&patient, NULL};

	patient.stall_ns +=
		MAP_STALL_NS + (int64_t)task->axes->tasks * TASK_STALL_NS;
	runs = shared_state_map(TALLY_MAX * sizeof(*runs),
				&ret_sample->verdict);
	if (!runs)
		return;
	context_run(&context, owner_worker, NULL, ret_sample);
	maps_numbers(task, ret_sample);
	shared_state_unmap((void *)runs, TALLY_MAX * sizeof(*runs));
}

static const char not_counted_pool[] =
	"not counted: most of the work is done by the pool's workers, which "
	"are none of the processes that are counted";

static const struct scenario scenarios[] = {
	{IFACE_POOL, "map", "map of tasks that do nothing, four workers",
	 METRIC_TASKS, pool_map, 1, 0, .places = PLACES_USUALLY_TWO,
	 .sweep = &sweep_tasks, .not_counted = not_counted_pool},
};

const struct scenario_table scenarios_pool = SCENARIO_TABLE(scenarios);
