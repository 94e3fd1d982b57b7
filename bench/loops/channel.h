/* SPDX-License-Identifier: MIT */
/*
 * A channel: one message from one process to another, over anything. The loops
 * of stream.h and pingpong.h are written once for all channels. They are
 * inlined into each scenario with a constant channel, so that the compiler sees
 * the calls and no function pointer stands between the clock and what is
 * measured.
 */
#ifndef IPCMARK_BENCH_LOOPS_CHANNEL_H
#define IPCMARK_BENCH_LOOPS_CHANNEL_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/sync/cpu_hints.h"
#include "ipcmark/pipe.h"
#include "ipcmark/queue.h"

#define CHANNEL_INLINE static inline __attribute__((always_inline))

/** What a process needs to use its end of a channel; each channel uses its
 * part. */
struct channel {
	struct ipcm_queue *queue;
	struct ipcm_connection *end;
	int fd;
	void *memory;
	uint64_t turn;
	/** A poller shares its CPU with the other side. */
	bool yields;
};

struct channel_ops {
	/**
	 * Send, or receive, one whole message of `bytes`, waiting as long as
	 * it takes. There are 64 writable bytes in front of the message.
	 * @return NULL, or a text that says what failed
	 */
	const char *(*send)(struct channel *channel, unsigned char *message,
			    size_t bytes);
	const char *(*receive)(struct channel *channel, unsigned char *buffer,
			       size_t bytes);
};

/** What a channel returns when the call worked but brought the wrong message:
 *  then the row is invalid, where a failed call is an error. */
extern const char channel_wrong_size[];
extern const char channel_cut_off[];

static inline const char *channel_text(enum ipcm_status status)
{
	return __builtin_expect(status == IPCM_OK, 1)
		       ? NULL
		       : ipcm_status_text(status);
}

static inline const char *channel_size_text(enum ipcm_status status, size_t got,
					    size_t bytes)
{
	if (__builtin_expect(status == IPCM_OK && got != bytes, 0))
		return channel_wrong_size;
	return channel_text(status);
}

/** An ipcmark queue, in one direction. */
static inline const char *channel_put(struct channel *channel,
				      unsigned char *message, size_t bytes)
{
	return channel_text(
		ipcm_queue_put(channel->queue, message, bytes, IPCM_FOREVER));
}

static inline const char *channel_get(struct channel *channel,
				      unsigned char *buffer, size_t bytes)
{
	size_t got = 0;
	enum ipcm_status status = ipcm_queue_get(channel->queue, buffer, bytes,
						 IPCM_FOREVER, &got);

	return channel_size_text(status, got, bytes);
}

static const struct channel_ops channel_queue = {channel_put, channel_get};

/* Between two tries: on a CPU of its own a poller spins; elsewhere
 * it yields, or no other process could run. */
static inline void channel_try_again(const struct channel *channel)
{
	if (channel->yields)
		sched_yield();
	else
		cpu_relax();
}

/** An ipcmark queue whose users never sleep. */
static inline const char *channel_poll_put(struct channel *channel,
					   unsigned char *message, size_t bytes)
{
	enum ipcm_status status;

	while ((status = ipcm_queue_put(channel->queue, message, bytes,
					IPCM_TRY)) == IPCM_FULL)
		channel_try_again(channel);
	return channel_text(status);
}

static inline const char *channel_poll_get(struct channel *channel,
					   unsigned char *buffer, size_t bytes)
{
	enum ipcm_status status;
	size_t got = 0;

	while ((status = ipcm_queue_get(channel->queue, buffer, bytes, IPCM_TRY,
					&got)) == IPCM_EMPTY)
		channel_try_again(channel);
	return channel_size_text(status, got, bytes);
}

static const struct channel_ops channel_queue_polled = {channel_poll_put,
							channel_poll_get};

/** One end of an ipcmark pipe. */
static inline const char *channel_pipe_send(struct channel *channel,
					    unsigned char *message,
					    size_t bytes)
{
	return channel_text(ipcm_connection_send(channel->end, message, bytes,
						 IPCM_FOREVER));
}

static inline const char *channel_pipe_recv(struct channel *channel,
					    unsigned char *buffer, size_t bytes)
{
	size_t got = 0;
	enum ipcm_status status = ipcm_connection_recv(
		channel->end, buffer, bytes, IPCM_FOREVER, &got);

	return channel_size_text(status, got, bytes);
}

static const struct channel_ops channel_pipe = {channel_pipe_send,
						channel_pipe_recv};

#endif
