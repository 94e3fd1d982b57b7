/* SPDX-License-Identifier: MIT */
/*
 * The baseline of messages that are written and read in place: slots in shared
 * memory, one producer, one consumer, both spinning, an index each. No copy, no
 * locks, no sleeping, no lengths, no death of a peer.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "impls/core/sync/cpu_hints.h"
#include "bench/loops/in_place.h"
#include "bench/scenarios/scenario.h"
#include "bench/workers/shared_state.h"

/* If the system does not tell the size of the second-level cache. */
#define CACHE_BYTES ((size_t)1 << 20)
/* One is written while another is read. */
#define SLOTS_MIN 4

/* Each side's index, and the slots behind them. */
struct slots {
	_Alignas(128) _Atomic uint64_t written;
	_Alignas(128) _Atomic uint64_t read;
	/* Never change. */
	_Alignas(128) size_t count, stride;
	_Alignas(128) unsigned char data[];
};

/* The slot of the message that comes next on this side. */
static inline void *next_slot(struct channel *channel)
{
	struct slots *slots = channel->memory;

	return slots->data + channel->turn % slots->count * slots->stride;
}

static inline const char *slots_reserve(struct channel *channel, size_t bytes,
					void **ret_room)
{
	struct slots *slots = channel->memory;

	(void)bytes;
	/* pairs with the release in slots_release: the slot was read */
	while (channel->turn - atomic_load_explicit(&slots->read,
						    memory_order_acquire) >=
	       slots->count)
		cpu_relax();
	*ret_room = next_slot(channel);
	return NULL;
}

static inline const char *slots_commit(struct channel *channel, size_t bytes)
{
	struct slots *slots = channel->memory;

	(void)bytes;
	/* publishes the data; pairs with slots_peek */
	atomic_store_explicit(&slots->written, ++channel->turn,
			      memory_order_release);
	return NULL;
}

static inline const char *slots_peek(struct channel *channel, size_t bytes,
				     const void **ret_message)
{
	struct slots *slots = channel->memory;

	(void)bytes;
	/* pairs with the release in slots_commit */
	while (atomic_load_explicit(&slots->written, memory_order_acquire) ==
	       channel->turn)
		cpu_relax();
	*ret_message = next_slot(channel);
	return NULL;
}

static inline const char *slots_release(struct channel *channel)
{
	struct slots *slots = channel->memory;

	/* after all reads; pairs with slots_reserve */
	atomic_store_explicit(&slots->read, ++channel->turn,
			      memory_order_release);
	return NULL;
}

static const struct in_place_ops slots_in_place = {slots_reserve, slots_commit,
						   slots_peek, slots_release};

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.memory = context->object};

	in_place_sender(&slots_in_place, &channel, worker, context->task);
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.memory = context->object};

	in_place_receiver(&slots_in_place, &channel, worker, context->task);
}

static size_t slots_stride(const struct task *task)
{
	return (task->axes->size_bytes + 63) / 64 * 64;
}

/* Four times the second-level cache, for the reason of baseline_ring.c. */
static size_t slots_count(const struct task *task)
{
	long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
	size_t bytes = 4 * (cache > 0 ? (size_t)cache : CACHE_BYTES);
	size_t count = bytes / slots_stride(task);

	return count < SLOTS_MIN ? SLOTS_MIN : count;
}

static void baseline_in_place(const struct task *task,
			      struct sample *ret_sample)
{
	size_t count = slots_count(task), stride = slots_stride(task);
	size_t bytes = sizeof(struct slots) + count * stride;
	struct slots *slots = shared_state_map(bytes, &ret_sample->verdict);
	struct run_context context = {task, slots};

	if (!slots)
		return;
	slots->count = count;
	slots->stride = stride;
	context_run(&context, sender, receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, ret_sample);
	shared_state_unmap(slots, bytes);
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "in_place", "written and read in place, both spin",
	 METRIC_MESSAGES, baseline_in_place, 1, 1, .mechanism = "ring",
	 .sizes = SIZES_LARGE, .places = PLACES_APART, .only_full = true,
	 .is_baseline = true},
};

const struct scenario_table scenarios_baseline_in_place =
	SCENARIO_TABLE(scenarios);
