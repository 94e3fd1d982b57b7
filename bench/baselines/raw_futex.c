/* SPDX-License-Identifier: MIT */
/*
 * The bare wake-up under a queue in shared memory: a message, a word that
 * changes, FUTEX_WAKE; the other side sleeps in FUTEX_WAIT. One message at a
 * time, always with the system call: what is measured is a receiver that
 * sleeps.
 */
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/loops/wake.h"
#include "bench/scenarios/scenario.h"
#include "bench/workers/shared_state.h"

struct slot {
	/** Messages put, and messages taken: the low bits of their number. */
	_Alignas(64) _Atomic uint32_t put;
	_Alignas(64) _Atomic uint32_t taken;
	_Alignas(64) unsigned char data[];
};

static const char *futex_send(struct channel *channel, unsigned char *message,
			      size_t bytes)
{
	struct slot *slot = channel->memory;

	/* pairs with the release in futex_receive: the slot was read; waits
	 * only in a verification pass */
	while (atomic_load_explicit(&slot->taken, memory_order_acquire) !=
	       (uint32_t)channel->turn)
		sched_yield();
	memcpy(slot->data, message, bytes);
	channel->turn++;
	/* publishes the data; pairs with the load in futex_receive */
	atomic_store_explicit(&slot->put, (uint32_t)channel->turn,
			      memory_order_release);
	(void)syscall(SYS_futex, &slot->put, FUTEX_WAKE, 1, NULL, NULL, 0);
	return NULL;
}

static const char *futex_receive(struct channel *channel, unsigned char *buffer,
				 size_t bytes)
{
	struct slot *slot = channel->memory;

	/* pairs with the release in futex_send; the kernel compares the word
	 * again before it sleeps, so no message is missed */
	while (atomic_load_explicit(&slot->put, memory_order_acquire) ==
	       (uint32_t)channel->turn)
		(void)syscall(SYS_futex, &slot->put, FUTEX_WAIT,
			      (uint32_t)channel->turn, NULL, NULL, 0);
	memcpy(buffer, slot->data, bytes);
	channel->turn++;
	/* after the copy; pairs with futex_send */
	atomic_store_explicit(&slot->taken, (uint32_t)channel->turn,
			      memory_order_release);
	return NULL;
}

static const struct channel_ops futex_channel = {futex_send, futex_receive};

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.memory = context->object};

	wake_sender(&futex_channel, &channel, worker, context->task);
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.memory = context->object};

	wake_receiver(&futex_channel, &channel, worker, context->task);
}

static void futex_wake_latency(const struct task *task,
			       struct sample *ret_sample)
{
	size_t bytes = sizeof(struct slot) + task->axes->size_bytes;
	struct slot *slot = shared_state_map(bytes, &ret_sample->verdict);
	struct run_context context = {task, slot};

	if (!slot)
		return;
	context_run(&context, sender, receiver, ret_sample);
	wake_numbers(task, ret_sample);
	shared_state_unmap(slot, bytes);
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "wake_latency", "FUTEX_WAKE of a sleeper, one way",
	 METRIC_LATENCY, futex_wake_latency, 1, 1, .mechanism = "futex",
	 .sizes = SIZES_64, .sweep = &sweep_gaps,
	 .baselines = &baselines_latency, .not_counted = not_counted_waits},
};

const struct scenario_table scenarios_raw_futex = SCENARIO_TABLE(scenarios);
