/* SPDX-License-Identifier: MIT */
/*
 * The floor of a one-way stream between two CPUs: memcpy into a ring in shared
 * memory and memcpy out of it, one producer, one consumer, both spinning. Each
 * side keeps its own index and what it last saw of the other's, and looks at
 * the other's line only when that says full or empty. No locks, no sleeping,
 * no lengths, no death of a peer: what every queue has to add to this.
 */
#include <stdatomic.h>
#include <sys/mman.h>

#include "common/relax.h"
#include "stream.h"

/* Beyond this the ring has fewer slots than the queues have items. */
#define RING_BYTES_MAX ((size_t)64 << 20)
/* The consumer gives slots back when this share of them has been read, or
 * when the ring looks empty. */
#define GIVE_BACK_PART 8

struct ring {
	/** Messages published, and messages whose slots are free again. */
	_Alignas(128) _Atomic uint64_t head;
	_Alignas(128) _Atomic uint64_t tail;
	_Alignas(128) unsigned char data[];
};

/** What the parent makes and both sides inherit. */
struct ring_object {
	struct ring *ring;
	size_t slots;
	size_t stride;
};

/** One side's private view. */
struct ring_side {
	const struct ring_object *object;
	/** Messages this side is done with, and the other's index as seen. */
	uint64_t mine, others;
	/** The slot of `mine`. */
	size_t slot;
};

static unsigned char *ring_slot(struct ring_side *side)
{
	const struct ring_object *object = side->object;
	unsigned char *data = object->ring->data + side->slot * object->stride;

	if (++side->slot == object->slots)
		side->slot = 0;
	side->mine++;
	return data;
}

static void wait_for_room(struct ring_side *side, uint64_t count)
{
	struct ring *ring = side->object->ring;

	while (side->mine + count - side->others > side->object->slots) {
		/* pairs with the release in give_back: the slots were read */
		side->others =
			atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (side->mine + count - side->others > side->object->slots)
			cpu_relax();
	}
}

static void wait_for_message(struct ring_side *side)
{
	struct ring *ring = side->object->ring;

	while (side->mine == side->others) {
		/* pairs with the release in ring_send: the data are there */
		side->others =
			atomic_load_explicit(&ring->head, memory_order_acquire);
		if (side->mine == side->others)
			cpu_relax();
	}
}

static void give_back(struct ring_side *side, uint64_t *given)
{
	uint64_t taken = side->mine - *given;

	if (taken * GIVE_BACK_PART < side->object->slots &&
	    side->mine != side->others)
		return;
	*given = side->mine;
	atomic_store_explicit(&side->object->ring->tail, side->mine,
			      memory_order_release);
}

static void ring_send(struct ring_side *side, struct post *post,
		      const struct task *task, unsigned char *message,
		      uint64_t count)
{
	size_t bytes = task->axes->size_bytes;
	uint64_t to = side->mine + count, batch = task->axes->batch;

	if (batch > side->object->slots)
		batch = side->object->slots;
	while (side->mine < to) {
		uint64_t stop =
			side->mine + batch < to ? side->mine + batch : to;

		wait_for_room(side, stop - side->mine);
		while (side->mine < stop) {
			uint64_t seq = side->mine;

			if (task->verify)
				payload_fill(message, bytes, task->seed, seq);
			else
				payload_mark(message, bytes, seq);
			memcpy(ring_slot(side), message, bytes);
		}
		/* publishes the data; pairs with wait_for_message */
		atomic_store_explicit(&side->object->ring->head, stop,
				      memory_order_release);
		post_progress(post, stop);
	}
}

static void ring_receive(struct ring_side *side, struct post *post,
			 const struct task *task, unsigned char *buffer,
			 uint64_t count)
{
	size_t bytes = task->axes->size_bytes;
	uint64_t to = side->mine + count, given = side->mine;

	while (side->mine < to) {
		uint64_t seq = side->mine;

		wait_for_message(side);
		memcpy(buffer, ring_slot(side), bytes);
		give_back(side, &given);
		if (task->verify)
			tally_take(&post->self->tally, buffer, bytes,
				   task->seed);
		else if (__builtin_expect(!payload_marked(buffer, bytes, seq),
					  0))
			stream_mismatch(post, buffer, bytes, seq);
		post_progress(post, seq + 1);
	}
}

static void ring_sender(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	const struct task *task = stage->task;
	struct ring_side side = {.object = stage->object};
	unsigned char *message = post_buffer(post, task->axes->size_bytes);
	struct warmup warm;

	if (task->verify) {
		ring_send(&side, post, task, message, task->iterations);
		return;
	}
	warm = warmup_begin(post, task);
	warmup_first_begins(post);
	ring_send(&side, post, task, message, warm.to);
	while (warmup_goes_on(post, &warm))
		ring_send(&side, post, task, message, warm.to - warm.from);
	post_start(post);
	ring_send(&side, post, task, message, task->iterations);
	post_stop(post, task->iterations);
	post_finish(post);
}

static void ring_receiver(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	const struct task *task = stage->task;
	struct ring_side side = {.object = stage->object};
	unsigned char *buffer = post_buffer(post, task->axes->size_bytes);
	struct warmup warm;

	if (task->verify) {
		tally_begin(&post->self->tally, task->iterations);
		ring_receive(&side, post, task, buffer, task->iterations);
		return;
	}
	warm = warmup_begin(post, task);
	ring_receive(&side, post, task, buffer, warm.to);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		ring_receive(&side, post, task, buffer, warm.to - warm.from);
	post_start(post);
	ring_receive(&side, post, task, buffer, task->iterations);
	post->team->end_ns = clock_now();
	post_stop(post, task->iterations);
	post_finish(post);
}

static size_t ring_bytes(const struct ring_object *object)
{
	return sizeof(struct ring) + object->slots * object->stride;
}

static void floor_ring(const struct task *task, struct sample *ret_sample)
{
	struct ring_object object = {
		.slots = task->axes->depth,
		.stride = (task->axes->size_bytes + 7) / 8 * 8,
	};
	struct stage stage = {task, &object};

	while (object.slots > 1 && ring_bytes(&object) > RING_BYTES_MAX)
		object.slots /= 2;
	object.ring = mmap(NULL, ring_bytes(&object), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (object.ring == MAP_FAILED) {
		verdict_set(&ret_sample->verdict, OUTCOME_HOST_LIMIT,
			    "no shared memory for a ring of %zu B",
			    ring_bytes(&object));
		return;
	}
	stage_run(&stage, ring_sender, ring_receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, ret_sample);
	munmap(object.ring, ring_bytes(&object));
}

#define RING_NEEDS (HAS_SIZES | HAS_DEPTH | NEEDS_TWO_CPUS | IS_FLOOR)

static const struct scenario scenarios[] = {
	{"raw", "ring", "oneway", "memcpy through a ring, both spin",
	 RING_NEEDS | HAS_BATCHES, 1, 1, floor_ring},
	{"raw", "ring", "depth", "memcpy through a ring of another bound",
	 RING_NEEDS | ONLY_64B, 1, 1, floor_ring},
};

const struct scenario_table scenarios_floor_ring = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
