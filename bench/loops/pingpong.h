/* SPDX-License-Identifier: MIT */
/*
 * There and back: the leader sends, the other answers with a message of its
 * own that carries the same number. Every trip is timed by the clock; the
 * reading that ends one trip begins the next, so a trip includes one reading,
 * the check of the answer and the entry into the histogram (about 30 ns).
 *
 * Trips near the clock's resolution are timed once more in blocks without
 * readings inside; the median block counts.
 */
#ifndef IPCMARK_BENCH_TRIPS_H
#define IPCMARK_BENCH_TRIPS_H

#include "stream.h"

/** Block timing is added when a trip takes less than this on average. */
#define TRIPS_BLOCK_BELOW_NS 2000
/** Trips of a block: long against the steps of the clock, short against the
 *  time between two interruptions. */
#define TRIPS_A_BLOCK	 64
#define TRIPS_BLOCKS_MAX 2000

/* "That was all" in words, for messages too small to say it: every trip has
 * been answered when the leader sets it, so the next message is the last. */
static inline void trips_end(struct post *post)
{
	atomic_store_explicit(&post->team->trips_over, 1, memory_order_release);
}

static inline bool trips_over(const struct post *post)
{
	return atomic_load_explicit(&post->team->trips_over,
				    memory_order_acquire);
}

WIRE_INLINE void trip_send(const struct wire *wire, struct line *line,
			   struct post *post, unsigned char *message,
			   size_t bytes, uint64_t seq)
{
	const char *failed;

	payload_mark(message, bytes, seq);
	failed = wire->send(line, message, bytes);
	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(post, "send", seq, failed);
}

WIRE_INLINE void trip_receive(const struct wire *wire, struct line *line,
			      struct post *post, unsigned char *buffer,
			      size_t bytes, uint64_t seq)
{
	const char *failed = wire->receive(line, buffer, bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(post, "receive", seq, failed);
	if (__builtin_expect(!payload_marked(buffer, bytes, seq), 0))
		stream_mismatch(post, buffer, bytes, seq);
}

WIRE_INLINE void trips_lead(const struct wire *wire, struct line *out,
			    struct line *in, struct post *post,
			    unsigned char *buffer[2], size_t bytes,
			    uint64_t from, uint64_t to, struct hist *hist)
{
	int64_t before = clock_now();

	for (uint64_t seq = from; seq < to; seq++) {
		int64_t now;

		trip_send(wire, out, post, buffer[0], bytes, seq);
		trip_receive(wire, in, post, buffer[1], bytes, seq);
		if (hist) {
			now = clock_now();
			hist_add(hist, (uint64_t)(now - before));
			before = now;
		}
		post_progress(post, seq + 1);
	}
}

WIRE_INLINE void trips_blocks(const struct wire *wire, struct line *out,
			      struct line *in, struct post *post,
			      unsigned char *buffer[2], const struct task *task,
			      uint64_t from)
{
	uint64_t blocks = task->iterations / TRIPS_A_BLOCK + 1;

	if (blocks > TRIPS_BLOCKS_MAX)
		blocks = TRIPS_BLOCKS_MAX;
	for (uint64_t i = 0; i < blocks; i++, from += TRIPS_A_BLOCK) {
		int64_t begin = clock_now();

		trips_lead(wire, out, in, post, buffer, task->axes->size_bytes,
			   from, from + TRIPS_A_BLOCK, NULL);
		hist_add(&post->team->blocks, (uint64_t)(clock_now() - begin));
	}
}

/** The leader's timed part: trips one by one, then blocks if they are
 *  short. */
WIRE_INLINE void trips_timed(const struct wire *wire, struct line *out,
			     struct line *in, struct post *post,
			     unsigned char *buffer[2], const struct task *task,
			     uint64_t from)
{
	struct team *team = post->team;
	uint64_t next = from + task->iterations;

	trips_lead(wire, out, in, post, buffer, task->axes->size_bytes, from,
		   next, &team->trips);
	team->end_ns = clock_now();
	post_stop(post, task->iterations);
	if (team->end_ns - team->start_ns <
	    (int64_t)task->iterations * TRIPS_BLOCK_BELOW_NS)
		trips_blocks(wire, out, in, post, buffer, task, next);
}

/* Comparing every byte, both ways; or of one process that gets back what it
 * put (self_loop.c). */
WIRE_INLINE void trips_verify_lead(const struct wire *wire, struct line *out,
				   struct line *in, struct post *post,
				   unsigned char *buffer[2],
				   const struct task *task)
{
	size_t bytes = task->axes->size_bytes;

	tally_begin(&post->self->tally, task->iterations);
	for (uint64_t seq = 0; seq < task->iterations; seq++) {
		const char *failed;

		payload_fill(buffer[0], bytes, task->seed, seq);
		failed = wire->send(out, buffer[0], bytes);
		if (!failed)
			failed = wire->receive(in, buffer[1], bytes);
		if (failed)
			stream_call_failed(post, "trip", seq, failed);
		tally_take(&post->self->tally, buffer[1], bytes, task->seed);
		post_progress(post, seq + 1);
	}
}

WIRE_INLINE void trips_verify_answer(const struct wire *wire, struct line *out,
				     struct line *in, struct post *post,
				     unsigned char *buffer[2],
				     const struct task *task)
{
	size_t bytes = task->axes->size_bytes;

	tally_begin(&post->self->tally, task->iterations);
	for (uint64_t i = 0; i < task->iterations; i++) {
		const char *failed = wire->receive(in, buffer[1], bytes);
		uint64_t seq = payload_number(buffer[1], bytes, i);

		if (failed)
			stream_call_failed(post, "receive", i, failed);
		tally_take(&post->self->tally, buffer[1], bytes, task->seed);
		payload_fill(buffer[0], bytes, task->seed, seq);
		failed = wire->send(out, buffer[0], bytes);
		if (failed)
			stream_call_failed(post, "send", i, failed);
		post_progress(post, i + 1);
	}
}

WIRE_INLINE void trips_leader(const struct wire *wire, struct line *out,
			      struct line *in, struct post *post,
			      const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer[2] = {post_buffer(post, bytes),
				    post_buffer(post, bytes)};
	struct warmup warm;

	if (task->verify) {
		trips_verify_lead(wire, out, in, post, buffer, task);
		return;
	}
	warm = warmup_begin(post, task);
	warmup_first_begins(post);
	trips_lead(wire, out, in, post, buffer, bytes, 0, warm.to, NULL);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		trips_lead(wire, out, in, post, buffer, bytes, warm.from,
			   warm.to, NULL);
	post_start(post);
	trips_timed(wire, out, in, post, buffer, task, warm.to);
	trips_end(post);
	trip_send(wire, out, post, buffer[0], bytes, SEQ_STOP);
	post_finish(post);
}

WIRE_INLINE void trips_answer(const struct wire *wire, struct line *out,
			      struct line *in, struct post *post,
			      unsigned char *buffer[2], size_t bytes,
			      uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		trip_receive(wire, in, post, buffer[1], bytes, seq);
		trip_send(wire, out, post, buffer[0], bytes, seq);
		post_progress(post, seq + 1);
	}
}

/** Answer until the leader says that it was all. @return the next number */
WIRE_INLINE uint64_t trips_answer_all(const struct wire *wire, struct line *out,
				      struct line *in, struct post *post,
				      unsigned char *buffer[2], size_t bytes,
				      uint64_t seq)
{
	for (;; seq++) {
		const char *failed = wire->receive(in, buffer[1], bytes);

		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(post, "receive", seq, failed);
		if (bytes < PAYLOAD_WHOLE_BYTES && trips_over(post))
			return seq;
		if (!payload_marked(buffer[1], bytes, seq)) {
			if (payload_marked(buffer[1], bytes, SEQ_STOP))
				return seq;
			stream_mismatch(post, buffer[1], bytes, seq);
		}
		trip_send(wire, out, post, buffer[0], bytes, seq);
		post_progress(post, seq + 1);
	}
}

WIRE_INLINE void trips_answerer(const struct wire *wire, struct line *out,
				struct line *in, struct post *post,
				const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer[2] = {post_buffer(post, bytes),
				    post_buffer(post, bytes)};
	struct warmup warm;
	uint64_t next;

	if (task->verify) {
		trips_verify_answer(wire, out, in, post, buffer, task);
		return;
	}
	warm = warmup_begin(post, task);
	trips_answer(wire, out, in, post, buffer, bytes, 0, warm.to);
	while (warmup_goes_on(post, &warm))
		trips_answer(wire, out, in, post, buffer, bytes, warm.from,
			     warm.to);
	post_start(post);
	next = trips_answer_all(wire, out, in, post, buffer, bytes, warm.to);
	post_stop(post, next - warm.to);
	post_finish(post);
}

/** Round-trip numbers of a sample that is OK; the histogram stays in the
 *  team. */
void trips_times(const struct task *task, struct sample *sample);

#endif
