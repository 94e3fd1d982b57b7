/* SPDX-License-Identifier: MIT */
/*
 * One way: one process sends, another receives and proves. The clock runs from
 * the meeting before the first message to the last verified receipt.
 */
#ifndef IPCMARK_BENCH_STREAM_H
#define IPCMARK_BENCH_STREAM_H

#include "bench/workers/worker_context.h"
#include "bench/scenarios/scenario.h"
#include "channel.h"

/** A call on the object failed. */
_Noreturn void stream_call_failed(struct post *post, const char *call,
				  uint64_t seq, const char *text);

/** The message that arrived is not the one expected. */
_Noreturn void stream_mismatch(struct post *post, const unsigned char *message,
			       size_t bytes, uint64_t seq);

WIRE_INLINE void stream_send(const struct wire *wire, struct line *line,
			     struct post *post, unsigned char *message,
			     size_t bytes, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		const char *failed;

		payload_mark(message, bytes, seq);
		failed = wire->send(line, message, bytes);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(post, "send", seq, failed);
		post_progress(post, seq + 1);
	}
}

WIRE_INLINE void stream_receive(const struct wire *wire, struct line *line,
				struct post *post, unsigned char *buffer,
				size_t bytes, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		const char *failed = wire->receive(line, buffer, bytes);

		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(post, "receive", seq, failed);
		if (__builtin_expect(!payload_marked(buffer, bytes, seq), 0))
			stream_mismatch(post, buffer, bytes, seq);
		post_progress(post, seq + 1);
	}
}

WIRE_INLINE void stream_verify_send(const struct wire *wire, struct line *line,
				    struct post *post, const struct task *task,
				    unsigned char *message)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t seq = 0; seq < task->iterations; seq++) {
		const char *failed;

		payload_fill(message, bytes, task->seed, seq);
		failed = wire->send(line, message, bytes);
		if (failed)
			stream_call_failed(post, "send", seq, failed);
		post_progress(post, seq + 1);
	}
}

/* Goes on after a fault, so that the tally tells all of them. If messages were
 * lost it waits for ever, and the parent sees that nothing moves. */
WIRE_INLINE void stream_verify_receive(const struct wire *wire,
				       struct line *line, struct post *post,
				       const struct task *task,
				       unsigned char *buffer)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t i = 0; i < task->iterations; i++) {
		const char *failed = wire->receive(line, buffer, bytes);

		if (failed)
			stream_call_failed(post, "receive", i, failed);
		tally_take(&post->self->tally, buffer, bytes, task->seed);
		post_progress(post, i + 1);
	}
}

WIRE_INLINE void stream_sender(const struct wire *wire, struct line *line,
			       struct post *post, const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *message = post_buffer(post, bytes);
	struct warmup warm;

	if (task->verify) {
		stream_verify_send(wire, line, post, task, message);
		return;
	}
	warm = warmup_begin(post, task);
	warmup_first_begins(post);
	stream_send(wire, line, post, message, bytes, warm.from, warm.to);
	while (warmup_goes_on(post, &warm))
		stream_send(wire, line, post, message, bytes, warm.from,
			    warm.to);
	post_start(post);
	stream_send(wire, line, post, message, bytes, warm.to,
		    warm.to + task->iterations);
	post_stop(post, task->iterations);
	post_finish(post);
}

WIRE_INLINE void stream_receiver(const struct wire *wire, struct line *line,
				 struct post *post, const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer = post_buffer(post, bytes);
	struct warmup warm;

	if (task->verify) {
		tally_begin(&post->self->tally, task->iterations);
		stream_verify_receive(wire, line, post, task, buffer);
		return;
	}
	warm = warmup_begin(post, task);
	stream_receive(wire, line, post, buffer, bytes, warm.from, warm.to);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		stream_receive(wire, line, post, buffer, bytes, warm.from,
			       warm.to);
	post_start(post);
	stream_receive(wire, line, post, buffer, bytes, warm.to,
		       warm.to + task->iterations);
	post->team->end_ns = clock_now();
	post_stop(post, task->iterations);
	post_finish(post);
}

/** messages/s and MiB/s of a sample that is OK. */
void stream_rates(const struct task *task, struct sample *sample);

#endif
