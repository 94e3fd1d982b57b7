/* SPDX-License-Identifier: MIT */
/*
 * Back-end "null": no mechanism at all. Copy this file to write a real one
 * (impls/README.md is the recipe), and run benchmarks on it to see what the
 * object layer and the harness cost by themselves.
 *
 * It keeps a few frames in memory of its own process: put and get in one
 * process work, two processes never see each other's frames. It is marked
 * IPCM_CAP_FAKE, so it is never ranked and is checked only when asked for.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "impls/core/sync/clock.h"
#include "ipcmark/backend.h"

/* Invent your own state. The core zeroes state_size bytes of it for you. */
#define SLOTS	    32u
#define FRAME_BYTES 4096u

struct null_port {
	uint32_t sent; /* runs free; slot = sent % SLOTS */
	uint32_t received;
	uint32_t bytes[SLOTS];
	uint8_t frame[SLOTS][FRAME_BYTES];
};

/* Required. Can the mechanism work here? If not, say what to do about it. */
static enum ipcm_status null_probe(char *why, size_t why_bytes)
{
	(void)why; /* nothing can fail */
	(void)why_bytes;
	return IPCM_OK;
}

/* Required for a queue. Make the kernel object; report what it really holds. */
static enum ipcm_status null_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	(void)state;	 /* zeroed memory is an empty channel */
	(void)requested; /* the capacity is fixed */
	*ret_granted = (struct ipcm_channel_limits){
		.frame_bytes = FRAME_BYTES,
		.receive_bytes = FRAME_BYTES,
		.channel_frames = SLOTS,
	};
	return IPCM_OK;
}

/* Required. Close descriptors; the last user's close removes the object. */
static void null_close(void *state)
{
	(void)state;
}

/* Required. One frame, whole or not at all; never waits. */
static enum ipcm_status null_send(void *state, const void *frame, size_t bytes)
{
	struct null_port *port = state;
	uint32_t slot = port->sent % SLOTS;

	if (port->sent - port->received == SLOTS)
		return IPCM_FULL;
	memcpy(port->frame[slot], frame, bytes);
	port->bytes[slot] = (uint32_t)bytes;
	port->sent++;
	return IPCM_OK;
}

/* Required. Whole frames only, at least one, or IPCM_EMPTY; never waits. */
static enum ipcm_status null_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	struct null_port *port = state;
	uint32_t slot = port->received % SLOTS;

	if (port->sent == port->received || port->bytes[slot] > bytes)
		return IPCM_EMPTY;
	memcpy(buffer, port->frame[slot], port->bytes[slot]);
	*ret_bytes = port->bytes[slot];
	port->received++;
	return IPCM_OK;
}

/*
 * Optional: wait in the mechanism with a time limit. Without it, as here, the
 * core emulates the waiting. `queued` is optional too; it makes the recovery
 * after a killed producer exact.
 */
static enum ipcm_status null_queued(void *state, uint64_t *ret_units)
{
	const struct null_port *port = state;

	*ret_units = port->sent - port->received;
	return IPCM_OK;
}

/*
 * A lock needs one token, a semaphore several: each is inside, or a process has
 * taken it.
 */
#define MOST_TOKENS 1000u

struct null_token {
	uint32_t inside;
};

/* Required. Report how many fit, whatever was requested. */
static enum ipcm_status null_token_open(void *state, uint32_t tokens,
					uint32_t most, uint32_t *ret_most)
{
	(void)most; /* the capacity is fixed */
	if (tokens > MOST_TOKENS)
		return IPCM_LIMIT;
	((struct null_token *)state)->inside = tokens;
	*ret_most = MOST_TOKENS;
	return IPCM_OK;
}

static enum ipcm_status null_token_take(void *state)
{
	struct null_token *token = state;

	if (!token->inside)
		return IPCM_WOULDBLOCK;
	token->inside--;
	return IPCM_OK;
}

static enum ipcm_status null_token_give(void *state)
{
	struct null_token *token = state;

	if (token->inside == MOST_TOKENS)
		return IPCM_FULL;
	token->inside++;
	return IPCM_OK;
}

static enum ipcm_status null_token_wait(void *state, int64_t deadline_ns)
{
	const struct timespec backoff = clock_timespec(NS_PER_MS);

	while (!((struct null_token *)state)->inside) {
		if (clock_past(deadline_ns))
			return IPCM_TIMEDOUT;
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &backoff, NULL);
	}
	return IPCM_OK;
}

static enum ipcm_status null_token_count(void *state, uint32_t *ret_tokens)
{
	*ret_tokens = ((struct null_token *)state)->inside;
	return IPCM_OK;
}

static const struct ipcm_port_ops null_port_ops = {
	.state_size = sizeof(struct null_port),
	.unit = IPCM_UNIT_FRAMES,
	.native_eof = false,
	.open_queue = null_open_queue,
	.close = null_close,
	.send = null_send,
	.receive = null_receive,
	.queued = null_queued,
};

static const struct ipcm_token_ops null_token_ops = {
	.state_size = sizeof(struct null_token),
	.open = null_token_open,
	.close = null_close,
	.take = null_token_take,
	.give = null_token_give,
	.wait = null_token_wait,
	.count = null_token_count,
};

static const struct ipcm_queue_ops null_queue = {.port = &null_port_ops};
static const struct ipcm_lock_ops null_lock = {.token = &null_token_ops};

/* For the report: what the mechanism does itself, what the library does. */
static const struct ipcm_feature null_features[] = {
	{"queue.transport", false, "memory of one process"},
	{"queue.blocking", false, "futex"},
	{"queue.count", false, "items counted in shared memory"},
	{"lock.handover", false, "a number in memory of one process"},
	{"semaphore.counting", false, "a number in memory of one process"},
	{"semaphore.bound", false, "releases one by one, under a guard"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_null = {
	.abi = IPCM_BACKEND_ABI,
	.name = "null",
	.summary = "no mechanism: template, and baseline of the harness",
	.capabilities = IPCM_CAP_FAKE,
	.probe = null_probe,
	.queue = &null_queue,
	.pipe = NULL,
	.lock = &null_lock,
	.not_offered = "two ends of a pipe would need memory in common",
	.features = null_features,
};
