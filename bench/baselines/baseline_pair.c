/* SPDX-License-Identifier: MIT */
/*
 * Baselines of two processes that take turns: what nothing on this machine can
 * do faster. The cache line between two CPUs; on one CPU the switch to the
 * other process; and the smallest possible exchange of data: a memcpy into
 * shared memory, a flag, a memcpy out, both sides spinning or, on one CPU,
 * yielding. And an empty system call. The others are in baseline_ring.c,
 * baseline_single.c.
 */
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/sync/cpu_hints.h"
#include "bench/loops/pingpong.h"
#include "bench/scenarios/scenario.h"
#include "bench/workers/shared_state.h"
#include "copy_large.h"

/*
 * A large message goes in parts, so that the receiver copies one part out while
 * the sender copies the next one in; and the slots change, so that a slot has
 * left the other CPU's second-level cache when it is written again: lines that
 * are there come one by one. On the reference machine 64 KiB go there and back
 * in 4.7 us this way, and in 16 us through one slot.
 */
#define PART_BYTES	COPY_LARGE_BYTES
#define SLOTS_ALL_BYTES ((size_t)2 << 20)

/* The flag counts the parts put in. */
struct mailbox {
	_Alignas(128) _Atomic uint64_t flag;
	/* Never changes. A message takes one of them. */
	_Alignas(128) size_t slots;
	_Alignas(128) unsigned char data[];
};

static inline size_t part_bytes(size_t left)
{
	return left < PART_BYTES ? left : PART_BYTES;
}

/* The slot of the message that comes after so many parts. */
static inline unsigned char *mailbox_slot(struct mailbox *box, uint64_t parts,
					  size_t bytes)
{
	size_t each = (bytes + PART_BYTES - 1) / PART_BYTES;

	if (box->slots == 1)
		return box->data;
	return box->data + parts / each % box->slots * bytes;
}

/* The slot is free again when its answer came back in the other one, so the
 * sender need not look. */
static inline const char *mailbox_send(struct channel *channel,
				       unsigned char *message, size_t bytes)
{
	struct mailbox *box = channel->memory;
	unsigned char *slot = mailbox_slot(box, channel->turn, bytes);

	for (size_t at = 0; at < bytes; at += PART_BYTES) {
		copy_plain(slot + at, message + at, part_bytes(bytes - at));
		/* publishes the data; pairs with mailbox_receive */
		atomic_store_explicit(&box->flag, ++channel->turn,
				      memory_order_release);
	}
	return NULL;
}

CHANNEL_INLINE void mailbox_receive(struct channel *channel,
				    unsigned char *buffer, size_t bytes,
				    bool yields)
{
	struct mailbox *box = channel->memory;
	unsigned char *slot = mailbox_slot(box, channel->turn, bytes);

	for (size_t at = 0; at < bytes; at += PART_BYTES) {
		channel->turn++;
		/* pairs with the release in mailbox_send */
		while (atomic_load_explicit(&box->flag, memory_order_acquire) <
		       channel->turn) {
			if (yields)
				sched_yield();
			else
				cpu_relax();
		}
		copy_fetched(buffer + at, slot + at, part_bytes(bytes - at));
	}
}

static inline const char *mailbox_spin(struct channel *channel,
				       unsigned char *buffer, size_t bytes)
{
	mailbox_receive(channel, buffer, bytes, false);
	return NULL;
}

static inline const char *mailbox_yield(struct channel *channel,
					unsigned char *buffer, size_t bytes)
{
	mailbox_receive(channel, buffer, bytes, true);
	return NULL;
}

static const struct channel_ops spin_channel = {mailbox_send, mailbox_spin};
static const struct channel_ops yield_channel = {mailbox_send, mailbox_yield};

#define MAILBOX_SIDES(kind)                                                    \
	static void kind##_leader(struct worker_context *worker, void *arg)    \
	{                                                                      \
		const struct run_context *context = arg;                       \
		struct mailbox **box = context->object;                        \
		struct channel out = {.memory = box[0]},                       \
			       in = {.memory = box[1]};                        \
                                                                               \
		pingpong_leader(&kind##_channel, &out, &in, worker,            \
				context->task);                                \
	}                                                                      \
	static void kind##_answerer(struct worker_context *worker, void *arg)  \
	{                                                                      \
		const struct run_context *context = arg;                       \
		struct mailbox **box = context->object;                        \
		struct channel in = {.memory = box[0]},                        \
			       out = {.memory = box[1]};                       \
                                                                               \
		pingpong_answerer(&kind##_channel, &out, &in, worker,          \
				  context->task);                              \
	}

MAILBOX_SIDES(spin)
MAILBOX_SIDES(yield)

static size_t mailbox_slots(const struct task *task)
{
	size_t bytes = task->axes->size_bytes;

	/* small ones come fastest from where they were just written */
	if (bytes <= PART_BYTES || bytes > SLOTS_ALL_BYTES)
		return 1;
	return SLOTS_ALL_BYTES / bytes;
}

static size_t mailbox_bytes(const struct task *task)
{
	size_t bytes = sizeof(struct mailbox) +
		       mailbox_slots(task) * task->axes->size_bytes;

	return (bytes + 4095) / 4096 * 4096;
}

static void mailbox_run(const struct task *task, worker_function *leader,
			worker_function *answerer, struct sample *ret_sample)
{
	size_t bytes = mailbox_bytes(task);
	unsigned char *memory =
		shared_state_map(2 * bytes, &ret_sample->verdict);
	struct mailbox *box[2];
	struct run_context context = {task, box};

	if (!memory)
		return;
	for (int i = 0; i < 2; i++) {
		box[i] = (struct mailbox *)(void *)(memory + (size_t)i * bytes);
		box[i]->slots = mailbox_slots(task);
	}
	context_run(&context, leader, answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		pingpong_times(task, ret_sample);
	shared_state_unmap(memory, 2 * bytes);
}

static void baseline_mailbox(const struct task *task, struct sample *ret_sample)
{
	mailbox_run(task, spin_leader, spin_answerer, ret_sample);
}

static void baseline_yielding(const struct task *task,
			      struct sample *ret_sample)
{
	mailbox_run(task, yield_leader, yield_answerer, ret_sample);
}

/* Chunks keep the parent sure that something moves. */
#define LINE_CHUNK 256

static void cacheline_leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	uint64_t trips = context->task->iterations;
	struct warmup warm = warmup_begin(worker, context->task);

	probe_lead(&worker->group->probe, warm.to);
	while (warmup_goes_on(worker, &warm))
		probe_lead(&worker->group->probe, warm.to - warm.from);
	worker_start(worker);
	for (uint64_t done = 0; done < trips;) {
		uint64_t part =
			trips - done > LINE_CHUNK ? LINE_CHUNK : trips - done;

		probe_lead(&worker->group->probe, part);
		done += part;
		worker_progress(worker, done);
	}
	worker->group->end_ns = clock_now();
	worker_stop(worker, trips);
	worker_finish(worker);
}

static void cacheline_answerer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct warmup warm = warmup_begin(worker, context->task);

	probe_answer(&worker->group->probe, warm.to);
	while (warmup_goes_on(worker, &warm))
		probe_answer(&worker->group->probe, warm.to - warm.from);
	worker_start(worker);
	probe_answer(&worker->group->probe, context->task->iterations);
	worker_stop(worker, context->task->iterations);
	worker_finish(worker);
}

static void block_number(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome == OUTCOME_OK && !task->verify)
		sample->value[METRIC_RTT_BLOCK] =
			(double)sample->elapsed_ns / (double)sample->iterations;
}

static void baseline_cacheline(const struct task *task,
			       struct sample *ret_sample)
{
	struct run_context context = {task, NULL};

	context_run(&context, cacheline_leader, cacheline_answerer, ret_sample);
	block_number(task, ret_sample);
}

/* One word says which side has the turn; the other one yields. */
static void take_turns(struct worker_context *worker, uint64_t from,
		       uint64_t to)
{
	_Atomic uint64_t *turn = &worker->group->probe.turn;
	uint64_t side = worker->index;

	for (uint64_t trip = from; trip < to; trip++) {
		/* one CPU: the switch orders everything */
		while (atomic_load_explicit(turn, memory_order_relaxed) !=
		       2 * trip + side)
			sched_yield();
		atomic_store_explicit(turn, 2 * trip + side + 1,
				      memory_order_relaxed);
		worker_progress(worker, trip + 1);
	}
}

static void turn_worker(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct warmup warm = warmup_begin(worker, context->task);

	take_turns(worker, 0, warm.to);
	while (warmup_goes_on(worker, &warm))
		take_turns(worker, warm.from, warm.to);
	worker_start(worker);
	take_turns(worker, warm.to, warm.to + context->task->iterations);
	if (worker->index)
		worker->group->end_ns = clock_now();
	worker_stop(worker, context->task->iterations);
	worker_finish(worker);
}

static void baseline_switch(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};

	context_run(&context, turn_worker, turn_worker, ret_sample);
	block_number(task, ret_sample);
}

/* getppid: does nothing in the kernel and is never cached by the C library. */
static void make_calls(struct worker_context *worker, uint64_t calls)
{
	for (uint64_t i = 0; i < calls; i++) {
		(void)syscall(SYS_getppid);
		worker_progress(worker, i + 1);
	}
}

static void syscall_caller(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	uint64_t calls = context->task->iterations;
	struct warmup warm = warmup_begin(worker, context->task);

	make_calls(worker, warm.to);
	while (warmup_goes_on(worker, &warm))
		make_calls(worker, warm.to - warm.from);
	worker_start(worker);
	make_calls(worker, calls);
	worker->group->end_ns = clock_now();
	worker_stop(worker, calls);
}

static void baseline_syscall(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};

	context_run(&context, syscall_caller, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_CALL] =
			(double)ret_sample->elapsed_ns /
			(double)ret_sample->iterations;
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "roundtrip", "memcpy and a flag, both spin", METRIC_RTT,
	 baseline_mailbox, 1, 1, .mechanism = "mailbox", .sizes = SIZES_ALL,
	 .places = PLACES_APART, .is_baseline = true},
	{IFACE_RAW, "roundtrip", "memcpy and a flag, both sched_yield",
	 METRIC_RTT, baseline_yielding, 1, 1, .mechanism = "yielding_mailbox",
	 .sizes = SIZES_ALL, .places = PLACES_TURNS, .is_baseline = true},
	{IFACE_RAW, "pingpong", "one line there and back", METRIC_RTT,
	 baseline_cacheline, 1, 1, .mechanism = "cacheline",
	 .places = PLACES_APART, .is_baseline = true},
	{IFACE_RAW, "context_switch",
	 "sched_yield to the other process and back", METRIC_RTT,
	 baseline_switch, 1, 1, .mechanism = "sched_yield",
	 .places = PLACES_TURNS, .is_baseline = true},
	{IFACE_RAW, "empty_call", "getppid", METRIC_CALL, baseline_syscall, 1,
	 0, .mechanism = "syscall", .places = PLACES_ALONE,
	 .is_baseline = true},
};

const struct scenario_table scenarios_baseline = SCENARIO_TABLE(scenarios);
