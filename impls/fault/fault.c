/* SPDX-License-Identifier: MIT */
/*
 * See fault.h: the faults by name, and a descriptor whose tables are those of
 * fault_port.c, fault_store.c and fault_token.c.
 */
#include "fault.h"

#include <stdio.h>
#include <string.h>

#include "fault_internal.h"

static const struct {
	const char *name;
	unsigned every;
	const char *summary;
} faults[FAULT_COUNT] = {
	{"drop", 7, "a frame is lost; a stored item is emptied"},
	{"double", 7, "a frame comes twice; a stored item repeats the last"},
	{"swap", 7, "two neighbours are exchanged"},
	{"flip", 7, "one bit of the last byte is inverted"},
	{"cut", 7, "the last byte is cut off"},
	{"delay", 1, "a send takes 100 us longer"},
	{"no-wait", 1, "waiting returns at once: a busy loop"},
	{"no-eof", 1, "the end of file is reported as empty"},
	{"no-cloexec", 1, "descriptors are not close-on-exec"},
	{"leak-descriptor", 1, "every open leaves a descriptor behind"},
	{"leak-object", 1, "close closes nothing"},
	{"two-tokens", 5, "a lock's token is taken and stays inside"},
	{"lose-token", 5, "a lock's token is not put back"},
};

static struct fault_wrapper wrappers[WRAPPERS];
static size_t wrapper_count;

const char *fault_name(size_t index)
{
	return index < FAULT_COUNT ? faults[index].name : NULL;
}

const char *fault_summary(size_t index)
{
	return index < FAULT_COUNT ? faults[index].summary : NULL;
}

static int find_fault(const char *name)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		if (strcmp(faults[i].name, name) == 0)
			return i;
	}
	return -1;
}

unsigned fault_default_every(const char *fault)
{
	int index = find_fault(fault);

	return index < 0 ? 0 : faults[index].every;
}

/* ---- the opening operations, once a wrapper ---- */

#define OPENERS(n)                                                             \
	static enum ipcm_status open_queue_##n(                                \
		void *state, const struct ipcm_channel_request *requested,     \
		struct ipcm_channel_limits *ret_granted)                       \
	{                                                                      \
		return fault_open_queue(&wrappers[n], state, requested,        \
					ret_granted);                          \
	}                                                                      \
	static enum ipcm_status open_pipe_##n(                                 \
		void *first, void *second, bool duplex,                        \
		const struct ipcm_channel_request *requested,                  \
		struct ipcm_channel_limits *ret_granted)                       \
	{                                                                      \
		return fault_open_pipe(&wrappers[n], first, second, duplex,    \
				       requested, ret_granted);                \
	}                                                                      \
	static enum ipcm_status store_open_##n(                                \
		void *state, const struct ipcm_channel_request *requested,     \
		struct ipcm_channel_limits *ret_granted)                       \
	{                                                                      \
		return fault_open_store(&wrappers[n], state, requested,        \
					ret_granted);                          \
	}                                                                      \
	static enum ipcm_status token_open_##n(void *state, uint32_t tokens,   \
					       uint32_t most,                  \
					       uint32_t *ret_most)             \
	{                                                                      \
		return fault_open_token(&wrappers[n], state, tokens, most,     \
					ret_most);                             \
	}

OPENERS(0)
OPENERS(1)
OPENERS(2)
OPENERS(3)
OPENERS(4)
OPENERS(5)

static const struct {
	enum ipcm_status (*queue)(void *, const struct ipcm_channel_request *,
				  struct ipcm_channel_limits *);
	enum ipcm_status (*pipe)(void *, void *, bool,
				 const struct ipcm_channel_request *,
				 struct ipcm_channel_limits *);
	enum ipcm_status (*store)(void *, const struct ipcm_channel_request *,
				  struct ipcm_channel_limits *);
	enum ipcm_status (*token)(void *, uint32_t, uint32_t, uint32_t *);
} openers[WRAPPERS] = {
	{open_queue_0, open_pipe_0, store_open_0, token_open_0},
	{open_queue_1, open_pipe_1, store_open_1, token_open_1},
	{open_queue_2, open_pipe_2, store_open_2, token_open_2},
	{open_queue_3, open_pipe_3, store_open_3, token_open_3},
	{open_queue_4, open_pipe_4, store_open_4, token_open_4},
	{open_queue_5, open_pipe_5, store_open_5, token_open_5},
};

static void wrap_port(struct ipcm_port_ops *to,
		      const struct ipcm_port_ops *real, size_t n)
{
	*to = fault_port_ops(real);
	to->open_queue = real->open_queue ? openers[n].queue : NULL;
	to->open_pipe = real->open_pipe ? openers[n].pipe : NULL;
}

static void wrap_queue(struct fault_wrapper *fault_wrapper, size_t n)
{
	const struct ipcm_queue_ops *real = fault_wrapper->real->queue;

	if (!real)
		return;
	fault_wrapper->backend.queue = &fault_wrapper->queue;
	if (real->port) {
		wrap_port(&fault_wrapper->queue_port, real->port, n);
		fault_wrapper->queue.port = &fault_wrapper->queue_port;
	}
	if (real->store) {
		fault_wrapper->store = fault_store_ops(real->store);
		fault_wrapper->store.open = openers[n].store;
		fault_wrapper->queue.store = &fault_wrapper->store;
	}
}

static void wrap_lock(struct fault_wrapper *fault_wrapper, size_t n)
{
	const struct ipcm_lock_ops *real = fault_wrapper->real->lock;

	if (!real || !real->token)
		return;
	fault_wrapper->backend.lock = &fault_wrapper->lock;
	fault_wrapper->lock.token = &fault_wrapper->token;
	fault_wrapper->token = fault_token_ops(real->token);
	fault_wrapper->token.open = openers[n].token;
}

const struct ipcm_backend *fault_wrap(const struct ipcm_backend *backend,
				      const char *fault, unsigned every,
				      char *why, size_t why_bytes)
{
	int index = find_fault(fault);
	size_t n = wrapper_count;
	struct fault_wrapper *fault_wrapper;

	if (index < 0) {
		(void)snprintf(why, why_bytes,
			       "no back-end fault is called \"%s\"", fault);
		return NULL;
	}
	if (n == WRAPPERS || !fault_count_calls()) {
		(void)snprintf(
			why, why_bytes,
			"at most %d back-ends can have an injected fault",
			WRAPPERS);
		return NULL;
	}
	fault_wrapper = &wrappers[wrapper_count++];
	fault_wrapper->fault = (enum fault)index;
	fault_wrapper->every = every ? every : faults[index].every;
	fault_wrapper->real = backend;
	fault_wrapper->backend = *backend;
	/* the other capabilities need operations that are not wrapped */
	fault_wrapper->backend.capabilities &=
		IPCM_CAP_FAKE | IPCM_CAP_POLLABLE | IPCM_CAP_SYNC_PUT |
		IPCM_CAP_GLOBAL_FIFO;
	wrap_queue(fault_wrapper, n);
	wrap_lock(fault_wrapper, n);
	if (backend->pipe) {
		wrap_port(&fault_wrapper->pipe_port, backend->pipe->port, n);
		fault_wrapper->pipe.port = &fault_wrapper->pipe_port;
		fault_wrapper->backend.pipe = &fault_wrapper->pipe;
	}
	return &fault_wrapper->backend;
}
