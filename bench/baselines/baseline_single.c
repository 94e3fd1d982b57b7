/* SPDX-License-Identifier: MIT */
/*
 * Baselines of one process on one CPU, in the loops of the cells that are
 * compared with them: a call that does nothing, the locked instructions that a
 * lock or a semaphore cannot do without, and a memcpy in and out.
 */
#include <stdatomic.h>

#include "bench/loops/self_loop.h"
#include "bench/scenarios/scenario.h"
#include "bench/workers/shared_state.h"
#include "bench/loops/lock_loop.h"

/* ---- a call ---- */

static __attribute__((noinline)) const char *empty_call(void *object)
{
	/* or the compiler drops a call that has no effect */
	__asm__ __volatile__("" : : "r"(object) : "memory");
	return NULL;
}

static inline const char *no_call(void *object)
{
	(void)object;
	return NULL;
}

LOCK_WORKER(call_alone, lock_loop_alone, empty_call, no_call)

/* ---- a lock without sleeping and without recovery ---- */

static inline const char *spin_take(void *word)
{
	_Atomic uint32_t *lock = word;

	while (atomic_exchange_explicit(lock, 1, memory_order_acquire))
		;
	return NULL;
}

static inline const char *spin_give(void *word)
{
	_Atomic uint32_t *lock = word;

	atomic_store_explicit(lock, 0, memory_order_release);
	return NULL;
}

LOCK_WORKER(spin_alone, lock_loop_alone, spin_take, spin_give)

/* ---- a count that both calls have to change ---- */

static inline const char *count_down(void *word)
{
	_Atomic uint32_t *count = word;

	(void)atomic_fetch_sub_explicit(count, 1, memory_order_acquire);
	return NULL;
}

static inline const char *count_up(void *word)
{
	_Atomic uint32_t *count = word;

	(void)atomic_fetch_add_explicit(count, 1, memory_order_release);
	return NULL;
}

LOCK_WORKER(count_alone, lock_loop_alone, count_down, count_up)

static void baseline_call(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};

	context_run(&context, call_alone, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_CALL] =
			(double)ret_sample->elapsed_ns /
			(double)ret_sample->iterations;
}

/* Shared memory, as a lock between processes has to lie in. */
static void run_on_word(const struct task *task, worker_function *worker,
			struct sample *ret_sample)
{
	_Atomic uint32_t *word =
		shared_state_map(sizeof(*word), &ret_sample->verdict);
	struct run_context context = {task, (void *)word};

	if (!word)
		return;
	context_run(&context, worker, NULL, ret_sample);
	lock_loop_alone_numbers(task, ret_sample);
	shared_state_unmap((void *)word, sizeof(*word));
}

static void baseline_spin(const struct task *task, struct sample *ret_sample)
{
	run_on_word(task, spin_alone, ret_sample);
}

static void baseline_count(const struct task *task, struct sample *ret_sample)
{
	run_on_word(task, count_alone, ret_sample);
}

/* ---- memcpy ---- */

static inline const char *copy_in(struct channel *channel,
				  unsigned char *message, size_t bytes)
{
	memcpy(channel->memory, message, bytes);
	/* or the compiler copies from buffer to buffer, or not at all */
	__asm__ __volatile__("" : : "r"(channel->memory) : "memory");
	return NULL;
}

static inline const char *copy_out(struct channel *channel,
				   unsigned char *buffer, size_t bytes)
{
	memcpy(buffer, channel->memory, bytes);
	return NULL;
}

static const struct channel_ops channel_copy = {copy_in, copy_out};

static void copy_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.memory = context->object};

	self_loop_run(&channel_copy, &channel, &channel, worker, context->task);
}

static void baseline_copy(const struct task *task, struct sample *ret_sample)
{
	size_t bytes = task->axes->size_bytes;
	void *memory = shared_state_map(bytes, &ret_sample->verdict);
	struct run_context context = {task, memory};

	if (!memory)
		return;
	context_run(&context, copy_alone, NULL, ret_sample);
	self_loop_numbers(task, ret_sample);
	shared_state_unmap(memory, bytes);
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "empty_call", "a call that does nothing", METRIC_CALL,
	 baseline_call, 1, 0, .mechanism = "call", .places = PLACES_ALONE,
	 .is_baseline = true},
	{IFACE_RAW, "lock_uncontended", "one locked instruction and a store",
	 METRIC_PAIR, baseline_spin, 1, 0, .mechanism = "spin_lock",
	 .places = PLACES_ALONE, .is_baseline = true},
	{IFACE_RAW, "uncontended", "two locked instructions", METRIC_PAIR,
	 baseline_count, 1, 0, .mechanism = "atomics", .places = PLACES_ALONE,
	 .is_baseline = true},
	{IFACE_RAW, "self_loop", "memcpy in and out, one process", METRIC_PAIR,
	 baseline_copy, 1, 1, .mechanism = "copy", .sizes = SIZES_ALL,
	 .places = PLACES_ALONE, .is_baseline = true},
};

const struct scenario_table scenarios_baseline_alone =
	SCENARIO_TABLE(scenarios);
