/* SPDX-License-Identifier: MIT */
/*
 * The baseline of a one-way stream between two CPUs: memcpy into a ring in
 * shared memory and memcpy out of it, one producer, one consumer, both
 * spinning. Each side keeps its own index and what it last saw of the other's,
 * and looks at the other's line only when that says full or empty. No locks, no
 * sleeping, no lengths, no death of a peer: what every queue has to add to
 * this.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "impls/core/sync/cpu_hints.h"
#include "bench/loops/stream.h"
#include "bench/scenarios/scenario.h"
#include "bench/workers/shared_state.h"
#include "copy_large.h"

/* If the system does not tell the size of the second-level cache. */
#define CACHE_BYTES ((size_t)1 << 20)
/* From here on the cache decides about the number of slots, not the bound. */
#define LARGE_BYTES ((size_t)4096)
/* Some are written while others are read. */
#define SLOTS_MIN 4
/* The consumer gives slots back when this share of them has been read, or
 * when the ring looks empty. */
#define GIVE_BACK_PART 8

/* How far ahead of itself a side asks for the lines that it will write or
 * read: or every message waits for a transfer of its own. */
#define AHEAD_BYTES 768
#define LINE_BYTES  64
/* Pauses of a consumer that found nothing: if it looked again at once it would
 * take the line with the index from the producer for every message. */
#define HOLD_OFF 16

struct ring {
	/** Messages published, and messages whose slots are free again. */
	_Alignas(128) _Atomic uint64_t head;
	_Alignas(128) _Atomic uint64_t tail;
	_Alignas(128) unsigned char data[];
};

/** What the parent makes and both sides inherit. */
struct ring_object {
	struct ring *ring;
	/** Messages under way at most. */
	size_t bound;
	/** Slots that they take turns in; not fewer. */
	size_t slots;
	size_t stride;
	/** Messages that the other side must be away for fetch_ahead. */
	size_t ahead;
	/** Pauses of a consumer before it looks again. */
	size_t hold_off;
	/** Nothing is fetched before a message is copied: all of a large one at
	 *  once would be in the way. */
	bool large;
};

/** One side's private view. */
struct ring_side {
	const struct ring_object *object;
	/** Messages this side is done with, and the other's index as seen. */
	uint64_t mine, others;
	/** Of the consumer: slots before this one are the producer's again. */
	uint64_t given;
	/** The slot of `mine`. */
	size_t slot;
};

static size_t ring_stride(const struct task *task)
{
	return (task->axes->size_bytes + 7) / 8 * 8;
}

static size_t ring_data_bytes(const struct ring_object *object)
{
	return object->slots * object->stride;
}

static inline void *ring_slot(struct ring_side *side)
{
	const struct ring_object *object = side->object;
	unsigned char *data = object->ring->data + side->slot * object->stride;

	if (++side->slot == object->slots)
		side->slot = 0;
	side->mine++;
	return data;
}

/* Ask for the lines of a message AHEAD_BYTES from here. The caller knows that
 * the other side does not work on them: it would lose them. */
static inline void fetch_ahead(const struct ring_side *side, bool to_write)
{
	const struct ring_object *object = side->object;
	size_t at = side->slot * object->stride + AHEAD_BYTES;
	size_t end = at + object->stride, all = ring_data_bytes(object);

	for (; at < end && end <= all; at += LINE_BYTES) {
		if (to_write)
			cpu_will_write(object->ring->data + at);
		else
			cpu_will_read(object->ring->data + at);
	}
}

/* Room for `count` messages; looks again early, so that what it knows of the
 * other side is fresh enough for fetch_ahead. */
static inline void wait_for_room(struct ring_side *side, uint64_t count)
{
	struct ring *ring = side->object->ring;
	size_t bound = side->object->bound;

	if (side->mine + count + side->object->ahead - side->others > bound)
		side->others =
			atomic_load_explicit(&ring->tail, memory_order_acquire);
	while (side->mine + count - side->others > bound) {
		cpu_relax();
		/* pairs with the release in give_back: the slots were read */
		side->others =
			atomic_load_explicit(&ring->tail, memory_order_acquire);
	}
}

static inline void wait_for_message(struct ring_side *side)
{
	struct ring *ring = side->object->ring;

	while (side->mine == side->others) {
		for (size_t i = 0; i < side->object->hold_off; i++)
			cpu_relax();
		/* pairs with the release in ring_send: the data are there */
		side->others =
			atomic_load_explicit(&ring->head, memory_order_acquire);
	}
}

static void give_back(struct ring_side *side)
{
	if ((side->mine - side->given) * GIVE_BACK_PART < side->object->bound &&
	    side->mine != side->others)
		return;
	side->given = side->mine;
	atomic_store_explicit(&side->object->ring->tail, side->mine,
			      memory_order_release);
}

/* A batch lies in a buffer of its own, as that of put_many does: a message
 * that was marked a moment ago cannot be copied before the mark is in the
 * cache, and that waits for all stores to the ring before it. */
static void write_batch(const struct task *task, unsigned char *messages,
			uint64_t seq, size_t count)
{
	size_t bytes = task->axes->size_bytes;

	for (size_t i = 0; i < count; i++) {
		unsigned char *message = messages + i * ring_stride(task);

		if (task->verify)
			payload_fill(message, bytes, task->seed, seq + i);
		else
			payload_mark(message, bytes, seq + i);
	}
}

static void ring_send(struct ring_side *side, struct worker_context *worker,
		      const struct task *task, const unsigned char *messages,
		      uint64_t count)
{
	const struct ring_object *object = side->object;
	size_t bytes = task->axes->size_bytes;

	wait_for_room(side, count);
	for (size_t i = 0; i < count; i++) {
		if (!object->large &&
		    side->mine + object->ahead - side->others < object->bound)
			fetch_ahead(side, true);
		copy_plain(ring_slot(side), messages + i * ring_stride(task),
			   bytes);
	}
	/* publishes the data; pairs with wait_for_message */
	atomic_store_explicit(&object->ring->head, side->mine,
			      memory_order_release);
	worker_progress(worker, side->mine);
}

static void ring_send_all(struct ring_side *side, struct worker_context *worker,
			  const struct task *task, unsigned char *messages,
			  uint64_t count)
{
	uint64_t to = side->mine + count, batch = task->axes->batch;

	if (batch > side->object->bound)
		batch = side->object->bound;
	while (side->mine < to) {
		uint64_t now =
			to - side->mine < batch ? to - side->mine : batch;

		write_batch(task, messages, side->mine, now);
		ring_send(side, worker, task, messages, now);
	}
}

static void read_batch(const struct task *task, struct worker_context *worker,
		       const unsigned char *messages, uint64_t seq,
		       size_t count)
{
	size_t bytes = task->axes->size_bytes;

	for (size_t i = 0; i < count; i++, seq++) {
		const unsigned char *message = messages + i * ring_stride(task);

		if (task->verify)
			tally_take(&worker->self->tally, message, bytes,
				   task->seed);
		else if (__builtin_expect(!payload_marked(message, bytes, seq),
					  0))
			stream_mismatch(worker, message, bytes, seq);
	}
}

/* Take what is there, at most `most`. @return how many */
static size_t ring_receive(struct ring_side *side, const struct task *task,
			   unsigned char *messages, uint64_t most)
{
	size_t bytes = task->axes->size_bytes, count = 0;

	wait_for_message(side);
	for (; count < most && side->mine != side->others; count++) {
		if (!side->object->large &&
		    side->others - side->mine > side->object->ahead)
			fetch_ahead(side, false);
		copy_plain(messages + count * ring_stride(task),
			   ring_slot(side), bytes);
	}
	give_back(side);
	return count;
}

static void ring_receive_all(struct ring_side *side,
			     struct worker_context *worker,
			     const struct task *task, unsigned char *messages,
			     uint64_t count)
{
	uint64_t to = side->mine + count, batch = task->axes->batch;

	while (side->mine < to) {
		uint64_t left = to - side->mine, seq = side->mine;
		size_t now = ring_receive(side, task, messages,
					  left < batch ? left : batch);

		read_batch(task, worker, messages, seq, now);
		worker_progress(worker, side->mine);
	}
}

static void ring_sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	struct ring_side side = {.object = context->object};
	unsigned char *messages =
		worker_buffer(worker, task->axes->batch * ring_stride(task));
	struct warmup warm;

	if (task->verify) {
		ring_send_all(&side, worker, task, messages, task->iterations);
		return;
	}
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	ring_send_all(&side, worker, task, messages, warm.to);
	while (warmup_goes_on(worker, &warm))
		ring_send_all(&side, worker, task, messages,
			      warm.to - warm.from);
	worker_start(worker);
	ring_send_all(&side, worker, task, messages, task->iterations);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

static void ring_receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	struct ring_side side = {.object = context->object};
	unsigned char *messages =
		worker_buffer(worker, task->axes->batch * ring_stride(task));
	struct warmup warm;

	if (task->verify) {
		tally_begin(&worker->self->tally, task->iterations);
		ring_receive_all(&side, worker, task, messages,
				 task->iterations);
		return;
	}
	warm = warmup_begin(worker, task);
	ring_receive_all(&side, worker, task, messages, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		ring_receive_all(&side, worker, task, messages,
				 warm.to - warm.from);
	worker_start(worker);
	ring_receive_all(&side, worker, task, messages, task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

static size_t ring_bytes(const struct ring_object *object)
{
	return sizeof(struct ring) + ring_data_bytes(object);
}

/* A ring twice as large as the second-level cache: what one side left there
 * is gone from it before its turn comes again, and the lines go through the
 * cache that both share. With 64 B, 64 at once, 195 M/s instead of 56 M/s on
 * the reference machine. Not much larger, for messages of 4 KiB and more: 64 of
 * 1 MiB would not fit into that cache either. Four times for those of 8 KiB
 * and more, see METHOD.md, "Baselines". */
static size_t ring_slots(const struct task *task)
{
	size_t slots = task->axes->depth, stride = ring_stride(task);
	long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
	size_t times = stride < COPY_LARGE_BYTES ? 2 : 4;
	size_t wanted =
		times * (cache > 0 ? (size_t)cache : CACHE_BYTES) / stride;

	if (slots < wanted || stride >= LARGE_BYTES)
		slots = wanted;
	return slots < SLOTS_MIN ? SLOTS_MIN : slots;
}

static struct ring_object ring_shape(const struct task *task)
{
	struct ring_object object = {
		.bound = task->axes->depth,
		.slots = ring_slots(task),
		.stride = ring_stride(task),
		.large = ring_stride(task) >= COPY_LARGE_BYTES,
	};

	if (object.bound > object.slots)
		object.bound = object.slots;
	object.ahead = 2 * AHEAD_BYTES / object.stride + 2;
	object.hold_off = object.bound < 8 * HOLD_OFF ? 1 : HOLD_OFF;
	return object;
}

static void baseline_ring(const struct task *task, struct sample *ret_sample)
{
	struct ring_object object = ring_shape(task);
	struct run_context context = {task, &object};

	object.ring =
		shared_state_map(ring_bytes(&object), &ret_sample->verdict);
	if (!object.ring)
		return;
	context_run(&context, ring_sender, ring_receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, ret_sample);
	shared_state_unmap(object.ring, ring_bytes(&object));
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "oneway", "memcpy through a ring, both spin",
	 METRIC_MESSAGES, baseline_ring, 1, 1, .mechanism = "ring",
	 .sizes = SIZES_ALL, .places = PLACES_APART, .has_depth = true,
	 .has_batches = true, .is_baseline = true},
	{IFACE_RAW, "depth", "memcpy through a ring of another bound",
	 METRIC_MESSAGES, baseline_ring, 1, 1, .mechanism = "ring",
	 .sizes = SIZES_64, .places = PLACES_APART, .sweep = &sweep_depths,
	 .has_depth = true, .is_baseline = true},
};

const struct scenario_table scenarios_baseline_ring = SCENARIO_TABLE(scenarios);
