/* SPDX-License-Identifier: MIT */
/*
 * The raw mechanisms: the loops, messages and proofs of oneway.c and
 * roundtrip.c over plain blocking system calls, without the object layer.
 * The difference to an ipcmark queue is the overhead of its semantics.
 */
#include "raw_channel.h"

#include <errno.h>
#include <mqueue.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/loops/stream.h"
#include "bench/scenarios/scenario.h"
#include "bench/loops/pingpong.h"

struct raw_context {
	const struct task *task;
	/** One line there, and for round trips one back. */
	struct raw_channel channel[2];
};

static const char *call_text(long result, size_t bytes)
{
	if (result < 0)
		return strerror(errno);
	return (size_t)result == bytes ? NULL : channel_cut_off;
}

/* One writer and one reader: the bytes of a message stay together, but a read
 * may see a part of it (pipe(7)). */
static inline const char *raw_write(struct channel *channel,
				    unsigned char *message, size_t bytes)
{
	return call_text(write(channel->fd, message, bytes), bytes);
}

static inline const char *raw_read(struct channel *channel,
				   unsigned char *buffer, size_t bytes)
{
	size_t at = 0;

	while (at < bytes) {
		ssize_t got = read(channel->fd, buffer + at, bytes - at);

		if (got <= 0)
			return got ? strerror(errno) : "end of file";
		at += (size_t)got;
	}
	return NULL;
}

static inline const char *raw_send(struct channel *channel,
				   unsigned char *message, size_t bytes)
{
	return call_text(send(channel->fd, message, bytes, MSG_NOSIGNAL),
			 bytes);
}

static inline const char *raw_recv(struct channel *channel,
				   unsigned char *buffer, size_t bytes)
{
	return call_text(recv(channel->fd, buffer, bytes, 0), bytes);
}

/* msgop(2) wants the type in front of the data: it lies in the headroom. */
static inline const char *raw_msgsnd(struct channel *channel,
				     unsigned char *message, size_t bytes)
{
	long *type = (long *)(void *)(message - sizeof(long));

	*type = 1;
	return call_text(msgsnd(channel->fd, type, bytes, 0), 0);
}

static inline const char *raw_msgrcv(struct channel *channel,
				     unsigned char *buffer, size_t bytes)
{
	long *type = (long *)(void *)(buffer - sizeof(long));

	return call_text(msgrcv(channel->fd, type, bytes, 0, 0), bytes);
}

static inline const char *raw_mq_send(struct channel *channel,
				      unsigned char *message, size_t bytes)
{
	return call_text(mq_send((mqd_t)channel->fd, (char *)message, bytes, 0),
			 0);
}

static inline const char *raw_mq_receive(struct channel *channel,
					 unsigned char *buffer, size_t bytes)
{
	return call_text(
		mq_receive((mqd_t)channel->fd, (char *)buffer, bytes, NULL),
		bytes);
}

static void run_oneway(const struct raw_mechanism *mechanism,
		       worker_function *sender, worker_function *receiver,
		       const struct task *task, struct sample *ret_sample)
{
	struct raw_context raw = {.task = task};
	struct run_context context = {task, &raw};

	if (mechanism->open(&raw.channel[0], task->axes->size_bytes,
			    &ret_sample->verdict))
		return;
	context_run(&context, sender, receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, ret_sample);
	mechanism->close(&raw.channel[0]);
}

static void run_roundtrip(const struct raw_mechanism *mechanism,
			  worker_function *leader, worker_function *answerer,
			  const struct task *task, struct sample *ret_sample)
{
	struct raw_context raw = {.task = task};
	struct run_context context = {task, &raw};
	size_t bytes = task->axes->size_bytes;

	if (mechanism->open(&raw.channel[0], bytes, &ret_sample->verdict))
		return;
	if (mechanism->open(&raw.channel[1], bytes, &ret_sample->verdict))
		goto close_first;
	context_run(&context, leader, answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		pingpong_times(task, ret_sample);
	mechanism->close(&raw.channel[1]);
close_first:
	mechanism->close(&raw.channel[0]);
}

static struct raw_context *raw_of(void *arg, const struct task **ret_task)
{
	const struct run_context *context = arg;

	*ret_task = context->task;
	return context->object;
}

/* Four functions a mechanism, each with its own constant channel. */
#define RAW_SCENARIO(name, send_call, receive_call)                            \
	static const struct channel_ops name##_channel = {send_call,           \
							  receive_call};       \
	static void name##_sender(struct worker_context *worker, void *arg)    \
	{                                                                      \
		const struct task *task;                                       \
		struct raw_context *raw = raw_of(arg, &task);                  \
		struct channel channel = {.fd = raw->channel[0].send};         \
                                                                               \
		stream_sender(&name##_channel, &channel, worker, task);        \
	}                                                                      \
	static void name##_receiver(struct worker_context *worker, void *arg)  \
	{                                                                      \
		const struct task *task;                                       \
		struct raw_context *raw = raw_of(arg, &task);                  \
		struct channel channel = {.fd = raw->channel[0].receive};      \
                                                                               \
		stream_receiver(&name##_channel, &channel, worker, task);      \
	}                                                                      \
	static void name##_leader(struct worker_context *worker, void *arg)    \
	{                                                                      \
		const struct task *task;                                       \
		struct raw_context *raw = raw_of(arg, &task);                  \
		struct channel out = {.fd = raw->channel[0].send};             \
		struct channel in = {.fd = raw->channel[1].receive};           \
                                                                               \
		pingpong_leader(&name##_channel, &out, &in, worker, task);     \
	}                                                                      \
	static void name##_answerer(struct worker_context *worker, void *arg)  \
	{                                                                      \
		const struct task *task;                                       \
		struct raw_context *raw = raw_of(arg, &task);                  \
		struct channel in = {.fd = raw->channel[0].receive};           \
		struct channel out = {.fd = raw->channel[1].send};             \
                                                                               \
		pingpong_answerer(&name##_channel, &out, &in, worker, task);   \
	}                                                                      \
	static void name##_oneway(const struct task *task, struct sample *ret) \
	{                                                                      \
		run_oneway(&raw_##name, name##_sender, name##_receiver, task,  \
			   ret);                                               \
	}                                                                      \
	static void name##_roundtrip(const struct task *task,                  \
				     struct sample *ret)                       \
	{                                                                      \
		run_roundtrip(&raw_##name, name##_leader, name##_answerer,     \
			      task, ret);                                      \
	}

RAW_SCENARIO(pipe, raw_write, raw_read)
RAW_SCENARIO(socketpair, raw_send, raw_recv)
RAW_SCENARIO(sysv_msg, raw_msgsnd, raw_msgrcv)
RAW_SCENARIO(posix_mq, raw_mq_send, raw_mq_receive)

#define RAW_ENTRIES(name, calls)                                               \
	{IFACE_RAW,                                                            \
	 "oneway",                                                             \
	 calls ", throughput",                                                 \
	 METRIC_MESSAGES,                                                      \
	 name##_oneway,                                                        \
	 1,                                                                    \
	 1,                                                                    \
	 .mechanism = #name,                                                   \
	 .sizes = SIZES_ALL,                                                   \
	 .baselines = &baselines_stream,                                       \
	 .counted_few = true},                                                 \
	{                                                                      \
		IFACE_RAW, "roundtrip", calls ", there and back", METRIC_RTT,  \
			name##_roundtrip, 1, 1,                                \
			.mechanism = #name, .sizes = SIZES_ALL,                \
			.baselines = &baselines_roundtrip, .counted_few = true \
	}

static const struct scenario scenarios[] = {
	RAW_ENTRIES(pipe, "write, read"),
	RAW_ENTRIES(socketpair, "send, recv on SOCK_SEQPACKET"),
	RAW_ENTRIES(sysv_msg, "msgsnd, msgrcv"),
	RAW_ENTRIES(posix_mq, "mq_send, mq_receive"),
};

const struct scenario_table scenarios_raw = SCENARIO_TABLE(scenarios);
