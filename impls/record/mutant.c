/* SPDX-License-Identifier: MIT */
/*
 * Wrapped back-ends; see mutant.h. An operation of a wrapped table finds its
 * mutant and the real table in a header in front of the real state. Only the
 * opening operations get a state without a header: they exist once a wrapper.
 */
#include "record/mutant.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "record/mutant_faults.h"

static struct mutant wrappers[WRAPPERS];
static size_t wrapper_count;
/* Calls so far, over all processes. */
static _Atomic uint64_t *calls;

const char *mutant_name(size_t index)
{
	return index < FAULT_COUNT ? faults[index].name : NULL;
}

const char *mutant_summary(size_t index)
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

unsigned mutant_default_every(const char *fault)
{
	int index = find_fault(fault);

	return index < 0 ? 0 : faults[index].every;
}

void mutant_restart(void)
{
	if (calls)
		atomic_store(calls, 0);
}

static size_t rounded(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

static void *real_state(void *state)
{
	return (uint8_t *)state + HEADER_BYTES;
}

static const void *real_state_const(const void *state)
{
	return (const uint8_t *)state + HEADER_BYTES;
}

/* Is it this fault, and its turn? */
static bool strikes(const struct header *header, enum fault fault)
{
	return header->mutant->fault == fault &&
	       (atomic_fetch_add(calls, 1) + 1) % header->mutant->every == 0;
}

static void header_fill(void *state, struct mutant *mutant, size_t real_size)
{
	struct header *header = state;

	header->mutant = mutant;
	header->kept = (uint8_t *)state + HEADER_BYTES + rounded(real_size);
}

static void keep(struct header *header, const void *data, size_t bytes)
{
	header->has_kept = bytes <= KEEP_BYTES;
	header->kept_bytes = bytes;
	if (header->has_kept && bytes)
		memcpy(header->kept, data, bytes);
}

/* ---- faults of opening and closing ---- */

/* Descriptors above this one were opened meanwhile. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static void make_inheritable(int from)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *each;

	while (directory && (each = readdir(directory))) {
		int fd = atoi(each->d_name);

		if (each->d_name[0] != '.' && fd >= from &&
		    fd != dirfd(directory))
			(void)fcntl(fd, F_SETFD, 0);
	}
	if (directory)
		(void)closedir(directory);
}

static enum ipcm_status opened(const struct header *header,
			       enum ipcm_status status, int first_fd)
{
	if (status != IPCM_OK)
		return status;
	if (strikes(header, FAULT_NO_CLOEXEC))
		make_inheritable(first_fd);
	if (strikes(header, FAULT_LEAK_DESCRIPTOR))
		(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
	return IPCM_OK;
}

static enum ipcm_status open_queue(struct mutant *mutant, void *state,
				   const struct ipcm_channel_request *want,
				   struct ipcm_channel_limits *ret_got)
{
	const struct ipcm_port_ops *real = mutant->real->queue->port;
	struct header *header = state;
	int first_fd = next_descriptor();

	header_fill(state, mutant, real->state_size);
	header->real.port = real;
	return opened(header,
		      real->open_queue(real_state(state), want, ret_got),
		      first_fd);
}

static enum ipcm_status open_pipe(struct mutant *mutant, void *first,
				  void *second, bool duplex,
				  const struct ipcm_channel_request *want,
				  struct ipcm_channel_limits *ret_got)
{
	const struct ipcm_port_ops *real = mutant->real->pipe->port;
	struct header *one = first, *other = second;
	int first_fd = next_descriptor();

	header_fill(first, mutant, real->state_size);
	header_fill(second, mutant, real->state_size);
	one->real.port = other->real.port = real;
	return opened(one,
		      real->open_pipe(real_state(first), real_state(second),
				      duplex, want, ret_got),
		      first_fd);
}

static void port_close(void *state)
{
	struct header *header = state;

	if (!strikes(header, FAULT_LEAK_OBJECT))
		header->real.port->close(real_state(state));
}

/* The frame with its last byte cut off, or one bit of it turned over. */
static enum ipcm_status send_changed(struct header *header, void *state,
				     const void *frame, size_t bytes)
{
	if (header->mutant->fault == FAULT_CUT)
		return header->real.port->send(state, frame, bytes - 1);
	keep(header, frame, bytes);
	if (!header->has_kept)
		return header->real.port->send(state, frame, bytes);
	header->has_kept = false;
	header->kept[bytes - 1] ^= 1;
	return header->real.port->send(state, header->kept, bytes);
}

/* A kept frame follows the one that overtook it, when there is room. */
static void send_kept(struct header *header, void *state)
{
	if (header->has_kept &&
	    header->real.port->send(state, header->kept, header->kept_bytes) ==
		    IPCM_OK)
		header->has_kept = false;
}

static enum ipcm_status port_send(void *state, const void *frame, size_t bytes)
{
	static const struct timespec delay = {0, 100000};
	struct header *header = state;
	void *real = real_state(state);
	enum ipcm_status status;

	if (strikes(header, FAULT_DROP))
		return IPCM_OK;
	if (strikes(header, FAULT_FLIP) || strikes(header, FAULT_CUT))
		return send_changed(header, real, frame, bytes);
	if (strikes(header, FAULT_DELAY))
		(void)nanosleep(&delay, NULL);
	if (!header->has_kept && strikes(header, FAULT_SWAP)) {
		keep(header, frame, bytes);
		return IPCM_OK;
	}
	status = header->real.port->send(real, frame, bytes);
	if (status != IPCM_OK)
		return status;
	send_kept(header, real);
	if (strikes(header, FAULT_DOUBLE))
		(void)header->real.port->send(real, frame, bytes);
	return IPCM_OK;
}

static enum ipcm_status port_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	struct header *header = state;
	enum ipcm_status status = header->real.port->receive(
		real_state(state), buffer, bytes, ret_bytes);

	if (status == IPCM_EOF && strikes(header, FAULT_NO_EOF))
		return IPCM_EMPTY;
	return status;
}

static enum ipcm_status port_wait(void *state, enum ipcm_direction direction,
				  int64_t deadline_ns)
{
	struct header *header = state;

	if (strikes(header, FAULT_NO_WAIT))
		return IPCM_OK;
	return header->real.port->wait(real_state(state), direction,
				       deadline_ns);
}

static enum ipcm_status port_queued(void *state, uint64_t *ret_units)
{
	struct header *header = state;

	return header->real.port->queued(real_state(state), ret_units);
}

static int port_fileno(const void *state)
{
	const struct header *header = state;

	return header->real.port->fileno(real_state_const(state));
}

static enum ipcm_status store_open(struct mutant *mutant, void *state,
				   const struct ipcm_channel_request *want,
				   struct ipcm_channel_limits *ret_got)
{
	const struct ipcm_store_ops *real = mutant->real->queue->store;
	struct header *header = state;
	int first_fd = next_descriptor();

	header_fill(state, mutant, real->state_size);
	header->real.store = real;
	return opened(header, real->open(real_state(state), want, ret_got),
		      first_fd);
}

static void store_close(void *state)
{
	struct header *header = state;

	if (!strikes(header, FAULT_LEAK_OBJECT))
		header->real.store->close(real_state(state));
}

/* Arguments of place, so that it can be called with one of them changed. */
struct place {
	uint32_t head, at, items, number;
	const void *data;
	size_t bytes;
	uint32_t *ret_next;
};

static enum ipcm_status place_real(struct header *header,
				   const struct place *place)
{
	return header->real.store->place(
		real_state(header), place->head, place->at, place->items,
		place->number, place->data, place->bytes, place->ret_next);
}

/* Put this item where the one before it lies, and that one here. */
static void exchange_with_kept(struct header *header, struct place *place)
{
	uint32_t next;
	struct place before = {header->head,   header->at,  header->items,
			       header->number, place->data, place->bytes,
			       &next};

	if (!header->has_kept || header->kept_bytes != place->bytes ||
	    header->number + 1 != place->number ||
	    place_real(header, &before) != IPCM_OK)
		return;
	place->data = header->kept;
}

static void remember(struct header *header, const struct place *place)
{
	if (header->mutant->fault != FAULT_DOUBLE &&
	    header->mutant->fault != FAULT_SWAP)
		return;
	if (place->data == header->kept)
		return;
	keep(header, place->data, place->bytes);
	header->head = place->head;
	header->at = place->at;
	header->items = place->items;
	header->number = place->number;
}

static enum ipcm_status store_place(void *state, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	static const struct timespec delay = {0, 100000};
	struct header *header = state;
	struct place place = {head, at, items, number, data, bytes, ret_next};
	struct place asked = place;
	enum ipcm_status status;

	if (strikes(header, FAULT_DELAY))
		(void)nanosleep(&delay, NULL);
	if (strikes(header, FAULT_DROP))
		place.bytes = 0;
	else if (bytes && strikes(header, FAULT_CUT))
		place.bytes--;
	else if (bytes && bytes <= KEEP_BYTES && strikes(header, FAULT_FLIP)) {
		keep(header, data, bytes);
		header->kept[bytes - 1] ^= 1;
		place.data = header->kept;
	} else if (header->has_kept && strikes(header, FAULT_DOUBLE)) {
		place.data = header->kept;
		place.bytes = header->kept_bytes;
	} else if (strikes(header, FAULT_SWAP)) {
		exchange_with_kept(header, &place);
	}
	status = place_real(header, &place);
	if (status == IPCM_OK)
		remember(header, &asked);
	return status;
}

static enum ipcm_status store_fetch(void *state, uint32_t at, uint32_t tail,
				    uint32_t number,
				    struct ipcm_store_view *ret_view)
{
	struct header *header = state;

	return header->real.store->fetch(real_state(state), at, tail, number,
					 ret_view);
}

static void store_drop(void *state, const struct ipcm_store_view *view)
{
	struct header *header = state;

	header->real.store->drop(real_state(state), view);
}

static enum ipcm_status token_open(struct mutant *mutant, void *state,
				   uint32_t tokens, uint32_t most,
				   uint32_t *ret_most)
{
	const struct ipcm_token_ops *real = mutant->real->lock->token;
	struct header *header = state;
	int first_fd = next_descriptor();

	header_fill(state, mutant, real->state_size);
	header->real.token = real;
	return opened(header,
		      real->open(real_state(state), tokens, most, ret_most),
		      first_fd);
}

static void token_close(void *state)
{
	struct header *header = state;

	if (!strikes(header, FAULT_LEAK_OBJECT))
		header->real.token->close(real_state(state));
}

static enum ipcm_status token_take(void *state)
{
	struct header *header = state;
	enum ipcm_status status = header->real.token->take(real_state(state));

	if (status == IPCM_OK && strikes(header, FAULT_TWO_TOKENS))
		(void)header->real.token->give(real_state(state));
	return status;
}

static enum ipcm_status token_give(void *state)
{
	struct header *header = state;

	if (strikes(header, FAULT_LOSE_TOKEN))
		return IPCM_OK;
	return header->real.token->give(real_state(state));
}

static enum ipcm_status token_wait(void *state, int64_t deadline_ns)
{
	struct header *header = state;

	if (strikes(header, FAULT_NO_WAIT))
		return IPCM_OK;
	return header->real.token->wait(real_state(state), deadline_ns);
}

static enum ipcm_status token_count(void *state, uint32_t *ret_tokens)
{
	struct header *header = state;

	return header->real.token->count(real_state(state), ret_tokens);
}

/* ---- the opening operations, once a wrapper ---- */

#define OPENERS(n)                                                             \
	static enum ipcm_status open_queue_##n(                                \
		void *state, const struct ipcm_channel_request *want,          \
		struct ipcm_channel_limits *ret_got)                           \
	{                                                                      \
		return open_queue(&wrappers[n], state, want, ret_got);         \
	}                                                                      \
	static enum ipcm_status open_pipe_##n(                                 \
		void *first, void *second, bool duplex,                        \
		const struct ipcm_channel_request *want,                       \
		struct ipcm_channel_limits *ret_got)                           \
	{                                                                      \
		return open_pipe(&wrappers[n], first, second, duplex, want,    \
				 ret_got);                                     \
	}                                                                      \
	static enum ipcm_status store_open_##n(                                \
		void *state, const struct ipcm_channel_request *want,          \
		struct ipcm_channel_limits *ret_got)                           \
	{                                                                      \
		return store_open(&wrappers[n], state, want, ret_got);         \
	}                                                                      \
	static enum ipcm_status token_open_##n(void *state, uint32_t tokens,   \
					       uint32_t most,                  \
					       uint32_t *ret_most)             \
	{                                                                      \
		return token_open(&wrappers[n], state, tokens, most,           \
				  ret_most);                                   \
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

static size_t wrapped_size(size_t real_size)
{
	return HEADER_BYTES + rounded(real_size) + KEEP_BYTES;
}

static void wrap_port(struct ipcm_port_ops *to,
		      const struct ipcm_port_ops *real, size_t n)
{
	*to = (struct ipcm_port_ops){
		.state_size = wrapped_size(real->state_size),
		.unit = real->unit,
		.native_eof = real->native_eof,
		.open_queue = real->open_queue ? openers[n].queue : NULL,
		.open_pipe = real->open_pipe ? openers[n].pipe : NULL,
		.close = port_close,
		.send = port_send,
		.receive = port_receive,
		.wait = real->wait ? port_wait : NULL,
		.queued = real->queued ? port_queued : NULL,
		.fileno = real->fileno ? port_fileno : NULL,
	};
}

static void wrap_queue(struct mutant *mutant, size_t n)
{
	const struct ipcm_queue_ops *real = mutant->real->queue;

	if (!real)
		return;
	mutant->backend.queue = &mutant->queue;
	if (real->port) {
		wrap_port(&mutant->queue_port, real->port, n);
		mutant->queue.port = &mutant->queue_port;
	}
	if (real->store) {
		mutant->store = (struct ipcm_store_ops){
			.state_size = wrapped_size(real->store->state_size),
			.open = openers[n].store,
			.close = store_close,
			.place = store_place,
			.fetch = store_fetch,
			.drop = real->store->drop ? store_drop : NULL,
		};
		mutant->queue.store = &mutant->store;
	}
}

static void wrap_lock(struct mutant *mutant, size_t n)
{
	const struct ipcm_lock_ops *real = mutant->real->lock;

	if (!real || !real->token)
		return;
	mutant->backend.lock = &mutant->lock;
	mutant->lock.token = &mutant->token;
	mutant->token = (struct ipcm_token_ops){
		.state_size = wrapped_size(real->token->state_size),
		.open = openers[n].token,
		.close = token_close,
		.take = token_take,
		.give = token_give,
		.wait = token_wait,
		.count = token_count,
	};
}

static bool make_counter(void)
{
	void *memory;

	if (calls)
		return true;
	/* shared: processes forked later count together */
	memory = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	calls = memory;
	return true;
}

const struct ipcm_backend *mutant_wrap(const struct ipcm_backend *backend,
				       const char *fault, unsigned every,
				       char *why, size_t why_bytes)
{
	int index = find_fault(fault);
	size_t n = wrapper_count;
	struct mutant *mutant;

	if (index < 0) {
		(void)snprintf(why, why_bytes,
			       "no back-end fault is called \"%s\"", fault);
		return NULL;
	}
	if (n == WRAPPERS || !make_counter()) {
		(void)snprintf(why, why_bytes,
			       "at most %d back-ends can have a planted fault",
			       WRAPPERS);
		return NULL;
	}
	mutant = &wrappers[wrapper_count++];
	mutant->fault = (enum fault)index;
	mutant->every = every ? every : faults[index].every;
	mutant->real = backend;
	mutant->backend = *backend;
	/* the others need operations that are not wrapped */
	mutant->backend.capabilities &= IPCM_CAP_FAKE | IPCM_CAP_POLLABLE |
					IPCM_CAP_SYNC_PUT |
					IPCM_CAP_GLOBAL_FIFO;
	wrap_queue(mutant, n);
	wrap_lock(mutant, n);
	if (backend->pipe) {
		wrap_port(&mutant->pipe_port, backend->pipe->port, n);
		mutant->pipe.port = &mutant->pipe_port;
		mutant->backend.pipe = &mutant->pipe;
	}
	return &mutant->backend;
}
