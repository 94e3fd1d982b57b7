/* SPDX-License-Identifier: MIT */
/*
 * One process sends a message and receives it, over and over, on any wire.
 * Written once, inlined as the loops of stream.h are.
 */
#ifndef IPCMARK_BENCH_ALTERNATE_H
#define IPCMARK_BENCH_ALTERNATE_H

#include "pingpong.h"

WIRE_INLINE void alternate_loop(const struct wire *wire, struct line *out,
				struct line *in, struct post *post,
				unsigned char *buffer[2], size_t bytes,
				uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		stream_send(wire, out, post, buffer[0], bytes, seq, seq + 1);
		stream_receive(wire, in, post, buffer[1], bytes, seq, seq + 1);
	}
}

WIRE_INLINE void alternate_run(const struct wire *wire, struct line *out,
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
	alternate_loop(wire, out, in, post, buffer, bytes, 0, warm.to);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		alternate_loop(wire, out, in, post, buffer, bytes, warm.from,
			       warm.to);
	post_start(post);
	alternate_loop(wire, out, in, post, buffer, bytes, warm.to,
		       warm.to + task->iterations);
	post->team->end_ns = clock_now();
	post_stop(post, task->iterations);
}

/** Numbers of a sample that is OK: of a pair, and the rate. */
void alternate_numbers(const struct task *task, struct sample *sample);

#endif
