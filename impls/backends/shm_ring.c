/* SPDX-License-Identifier: MIT */
/*
 * Back-end "shm_ring": a byte ring in shared memory; sleeping and waking by
 * futex (the core's words T and H, which are this mechanism's own).
 *
 * Queue: a store. The ring is counted in units of 16 bytes; a record is one
 * unit of header and the item's bytes. The ring never refuses an item: each
 * item the queue may still take is sure of one unit, and an item that would
 * eat into that goes to the arena and leaves only its header in the ring.
 *
 * Pipe: a port. One ring a direction with one writer and one reader; frames
 * lie in it with a length before them.
 *
 * Nothing in here needs repair after a death: place writes only beyond what is
 * published, fetch only reads. Memory is untrusted: each length and position
 * read from it is checked against what the core says is in use.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/relax.h"
#include "common/segment.h"
#include "ipcmark/backend.h"
#include "ipcmark/queue.h"

#define UNIT_BYTES 16u
/*
 * Lines this far ahead are fetched from the other CPU while we copy; never
 * lines that the other side works on, which would take them away from it.
 */
#define AHEAD_UNITS   48u
#define SMALLEST_RING (UINT64_C(64) << 10)
#define LARGEST_RING  (UINT64_C(16) << 20)
#define IN_ARENA      (UINT32_C(1) << 31)
#define SMALLEST_PIPE (UINT64_C(64) << 10)
#define LARGEST_PIPE  (UINT64_C(1) << 20)
#define LARGEST_FRAME (64u * 1024 + 64)

static enum ipcm_status shm_probe(char *why, size_t why_bytes)
{
	void *memory;
	enum ipcm_status status = segment_create(UNIT_BYTES, &memory);

	if (!status) {
		segment_destroy(memory, UNIT_BYTES);
		return IPCM_OK;
	}
	(void)snprintf(why, why_bytes,
		       "no shared memory can be made (memfd_create): the "
		       "kernel has none, or memory or open files (ulimit -n) "
		       "are used up");
	return status;
}

static uint64_t power_of_two(uint64_t least, uint64_t from, uint64_t to)
{
	uint64_t size = from;

	while (size < least && size < to)
		size *= 2;
	return size;
}

/* ---- queue ---- */

/* One unit: the header of a record. */
struct record {
	uint32_t size;	 /* bytes of the item; IN_ARENA if not here */
	uint32_t number; /* of the item, to notice damage */
	uint64_t arena;	 /* where the bytes are, with IN_ARENA */
};
_Static_assert(sizeof(struct record) == UNIT_BYTES, "a header is one unit");

/* In front of the ring, seen by all. */
struct store_shared {
	struct arena_shared arena;
	/* End of what place put into the arena; producers' lock. */
	_Atomic uint64_t arena_tail;
};

struct shm_store {
	uint8_t *ring;
	uint32_t units; /* a power of two */
	uint32_t max_items;
	struct store_shared *shared;
	size_t segment_bytes;
	struct arena arena;
};

#define RING_OFFSET 128u
_Static_assert(sizeof(struct store_shared) <= RING_OFFSET, "ring is behind");

static void store_close(void *state)
{
	struct shm_store *store = state;

	arena_close(&store->arena);
	segment_destroy(store->shared, store->segment_bytes);
	store->shared = NULL;
}

/*
 * Lines that lie in the other CPU's second-level cache come one by one when we
 * write them; those that have left it come several at a time. A ring that
 * carries a stream is therefore larger than that cache: four times as fast
 * with 64 B items, 64 a call, on the reference machine.
 */
static uint64_t ring_bytes(const struct ipcm_channel_request *want)
{
	uint64_t need = want->items * (want->item_bytes + 32);
	long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);

	if (need >= SMALLEST_RING && cache > 0 && need < 2 * (uint64_t)cache)
		need = 2 * (uint64_t)cache;
	need = power_of_two(need, SMALLEST_RING, LARGEST_RING);
	/* whatever their size, all items find room for a header */
	return power_of_two(want->items * UNIT_BYTES * 2, need, UINT64_MAX);
}

static enum ipcm_status store_open(void *state,
				   const struct ipcm_channel_request *want,
				   struct ipcm_channel_limits *ret_got)
{
	struct shm_store *store = state;
	uint64_t bytes = ring_bytes(want);
	enum ipcm_status status;
	void *memory;

	store->segment_bytes = RING_OFFSET + (size_t)bytes;
	status = segment_create(store->segment_bytes, &memory);
	if (status)
		return status;
	store->shared = memory;
	store->ring = (uint8_t *)memory + RING_OFFSET;
	store->units = (uint32_t)(bytes / UNIT_BYTES);
	store->max_items = (uint32_t)want->items;
	status = arena_open(&store->arena, 0, &store->shared->arena);
	if (status) {
		store_close(store);
		return status;
	}
	*ret_got = (struct ipcm_channel_limits){.channel_bytes = bytes};
	return IPCM_OK;
}

static struct record *record_at(const struct shm_store *store, uint32_t at)
{
	return (struct record *)(void *)(store->ring +
					 (size_t)(at & (store->units - 1)) *
						 UNIT_BYTES);
}

static uint32_t units_of(size_t bytes)
{
	return (uint32_t)((bytes + UNIT_BYTES - 1) / UNIT_BYTES);
}

/* Large, or no room in the ring: only the header stays there. */
static enum ipcm_status place_in_arena(struct shm_store *store,
				       struct record *record, const void *data,
				       size_t bytes)
{
	uint64_t tail = atomic_load_explicit(&store->shared->arena_tail,
					     memory_order_relaxed);
	enum ipcm_status status = arena_reserve(&store->arena, tail, bytes);

	if (status)
		return status;
	arena_write(&store->arena, tail, data, bytes);
	record->size = (uint32_t)bytes | IN_ARENA;
	record->arena = tail;
	/*
	 * Before the core publishes the record: a death in between wastes room
	 * until the items before it are taken; the other order would hand the
	 * same room out twice.
	 */
	atomic_store_explicit(&store->shared->arena_tail,
			      tail + units_of(bytes) * UNIT_BYTES,
			      memory_order_relaxed);
	return IPCM_OK;
}

/* Copy into the ring behind the header, with the wrap. */
static void place_in_ring(struct shm_store *store, uint32_t at,
			  const void *data, size_t bytes)
{
	size_t start = (size_t)((at + 1) & (store->units - 1)) * UNIT_BYTES;
	size_t room = (size_t)store->units * UNIT_BYTES - start;

	if (__builtin_expect(bytes <= room, 1)) {
		memcpy(store->ring + start, data, bytes);
		return;
	}
	memcpy(store->ring + start, data, room);
	memcpy(store->ring, (const uint8_t *)data + room, bytes - room);
}

static enum ipcm_status store_place(void *state, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	struct shm_store *store = state;
	struct record *record = record_at(store, at);
	uint32_t room = store->units - (at - head);
	uint32_t others = store->max_items - items - 1;
	uint32_t need = 1 + units_of(bytes);

	if (room > 2 * AHEAD_UNITS) {
		cpu_will_write(record_at(store, at + AHEAD_UNITS));
		cpu_will_write(record_at(store, at + AHEAD_UNITS + 4));
	}
	record->number = number;
	if (__builtin_expect(need + others <= room, 1)) {
		record->size = (uint32_t)bytes;
		if (bytes)
			place_in_ring(store, at, data, bytes);
		*ret_next = at + need;
		return IPCM_OK;
	}
	*ret_next = at + 1;
	return place_in_arena(store, record, data, bytes);
}

static enum ipcm_status fetch_from_arena(struct shm_store *store,
					 const struct record *record,
					 size_t bytes,
					 struct ipcm_store_view *ret_view)
{
	uint64_t position = record->arena;
	uint64_t tail = atomic_load_explicit(&store->shared->arena_tail,
					     memory_order_relaxed);
	uint64_t room;

	if (position > tail || bytes > tail - position ||
	    tail - position > ARENA_WINDOW_BYTES)
		return IPCM_CORRUPT;
	ret_view->piece[0] = arena_at(&store->arena, position, &room);
	ret_view->piece_bytes[0] = bytes < room ? bytes : (size_t)room;
	ret_view->piece[1] = store->arena.base;
	ret_view->piece_bytes[1] = bytes - ret_view->piece_bytes[0];
	ret_view->cookie = position + bytes;
	return IPCM_OK;
}

static enum ipcm_status store_fetch(void *state, uint32_t at, uint32_t tail,
				    uint32_t number,
				    struct ipcm_store_view *ret_view)
{
	struct shm_store *store = state;
	/* a copy: what was checked must be what is used */
	const struct record record = *record_at(store, at);
	size_t bytes = record.size & ~IN_ARENA;
	size_t start, room;

	if (tail - at > 2 * AHEAD_UNITS) {
		cpu_will_read(record_at(store, at + AHEAD_UNITS));
		cpu_will_read(record_at(store, at + AHEAD_UNITS + 4));
	}
	if (record.number != number || bytes > IPCM_ITEM_MAX_BYTES)
		return IPCM_CORRUPT;
	if (__builtin_expect(record.size & IN_ARENA, 0)) {
		ret_view->next = at + 1;
		return fetch_from_arena(store, &record, bytes, ret_view);
	}
	ret_view->next = at + 1 + units_of(bytes);
	if (ret_view->next - at > tail - at)
		return IPCM_CORRUPT;
	start = (size_t)((at + 1) & (store->units - 1)) * UNIT_BYTES;
	room = (size_t)store->units * UNIT_BYTES - start;
	ret_view->piece[0] = store->ring + start;
	ret_view->piece_bytes[0] = bytes < room ? bytes : room;
	ret_view->piece[1] = store->ring;
	ret_view->piece_bytes[1] = bytes - ret_view->piece_bytes[0];
	ret_view->cookie = 0;
	return IPCM_OK;
}

static void store_drop(void *state, const struct ipcm_store_view *view)
{
	struct shm_store *store = state;

	if (__builtin_expect(view->cookie != 0, 0))
		arena_release(&store->arena, view->cookie);
}

/* ---- pipe ---- */

/* One direction. Offsets run free; the ring's size divides 2^32. */
struct direction_shared {
	_Alignas(64) _Atomic uint32_t tail; /* written by the sender */
	_Alignas(64) _Atomic uint32_t head; /* written by the receiver */
	_Alignas(64) uint8_t ring[];
};

/* This process's mapping of one direction, used by both of its ends. */
struct direction {
	struct direction_shared *shared;
	uint32_t bytes;
	atomic_int users; /* its two ends, in this process */
};

struct shm_port {
	struct direction *receive;
	struct direction *send;
};

static enum ipcm_status direction_open(const struct ipcm_channel_request *want,
				       struct direction **ret_direction)
{
	struct direction *direction = calloc(1, sizeof(*direction));
	enum ipcm_status status;
	void *memory;

	if (!direction)
		return IPCM_NOMEM;
	direction->bytes =
		(uint32_t)power_of_two(want->items * (want->item_bytes + 8),
				       SMALLEST_PIPE, LARGEST_PIPE);
	status = segment_create(
		sizeof(struct direction_shared) + direction->bytes, &memory);
	if (status) {
		free(direction);
		return status;
	}
	direction->shared = memory;
	*ret_direction = direction;
	return IPCM_OK;
}

static void direction_close(struct direction *direction)
{
	if (!direction || atomic_fetch_sub(&direction->users, 1) > 1)
		return;
	segment_destroy(direction->shared,
			sizeof(struct direction_shared) + direction->bytes);
	free(direction);
}

static enum ipcm_status shm_open_pipe(void *first, void *second, bool duplex,
				      const struct ipcm_channel_request *want,
				      struct ipcm_channel_limits *ret_got)
{
	struct direction *forth = NULL; /* second to first */
	struct direction *back = NULL;
	enum ipcm_status status = direction_open(want, &forth);

	if (status)
		return status;
	if (duplex) {
		status = direction_open(want, &back);
		if (status) {
			direction_close(forth);
			return status;
		}
		atomic_init(&back->users, 2);
	}
	atomic_init(&forth->users, 2);
	*(struct shm_port *)first = (struct shm_port){forth, back};
	*(struct shm_port *)second = (struct shm_port){back, forth};
	*ret_got = (struct ipcm_channel_limits){
		.frame_bytes = forth->bytes / 4 < LARGEST_FRAME
				       ? forth->bytes / 4
				       : LARGEST_FRAME,
		.channel_bytes = forth->bytes,
	};
	ret_got->receive_bytes = ret_got->frame_bytes;
	return IPCM_OK;
}

static void shm_close(void *state)
{
	struct shm_port *port = state;

	direction_close(port->receive);
	direction_close(port->send);
	port->receive = port->send = NULL;
}

static uint32_t frame_room(size_t bytes)
{
	return (uint32_t)((sizeof(uint64_t) + bytes + 7) & ~(size_t)7);
}

static void ring_write(struct direction *to, uint32_t at, const void *data,
		       size_t bytes)
{
	size_t start = at & (to->bytes - 1);
	size_t room = to->bytes - start;
	size_t first = bytes < room ? bytes : room;

	memcpy(to->shared->ring + start, data, first);
	if (first < bytes)
		memcpy(to->shared->ring, (const uint8_t *)data + first,
		       bytes - first);
}

static void ring_read(const struct direction *from, uint32_t at, void *data,
		      size_t bytes)
{
	size_t start = at & (from->bytes - 1);
	size_t room = from->bytes - start;
	size_t first = bytes < room ? bytes : room;

	memcpy(data, from->shared->ring + start, first);
	if (first < bytes)
		memcpy((uint8_t *)data + first, from->shared->ring,
		       bytes - first);
}

static enum ipcm_status shm_send(void *state, const void *frame, size_t bytes)
{
	struct direction *to = ((struct shm_port *)state)->send;
	uint64_t length = bytes;
	uint32_t tail =
		atomic_load_explicit(&to->shared->tail, memory_order_relaxed);
	/* acquire pairs with the release in shm_receive: the room was read */
	uint32_t head =
		atomic_load_explicit(&to->shared->head, memory_order_acquire);

	if (to->bytes - (tail - head) < frame_room(bytes))
		return IPCM_FULL;
	ring_write(to, tail, &length, sizeof(length));
	ring_write(to, tail + (uint32_t)sizeof(length), frame, bytes);
	/* release publishes the frame; pairs with the acquire in shm_receive */
	atomic_store_explicit(&to->shared->tail, tail + frame_room(bytes),
			      memory_order_release);
	return IPCM_OK;
}

static enum ipcm_status shm_receive(void *state, void *buffer, size_t bytes,
				    size_t *ret_bytes)
{
	struct direction *from = ((struct shm_port *)state)->receive;
	uint32_t head =
		atomic_load_explicit(&from->shared->head, memory_order_relaxed);
	/* acquire pairs with the release in shm_send */
	uint32_t tail =
		atomic_load_explicit(&from->shared->tail, memory_order_acquire);
	uint64_t length;

	if (head == tail)
		return IPCM_EMPTY;
	ring_read(from, head, &length, sizeof(length));
	if (length == 0 || length > bytes ||
	    frame_room((size_t)length) > tail - head)
		return IPCM_CORRUPT;
	ring_read(from, head + (uint32_t)sizeof(length), buffer,
		  (size_t)length);
	atomic_store_explicit(&from->shared->head,
			      head + frame_room((size_t)length),
			      memory_order_release);
	*ret_bytes = (size_t)length;
	return IPCM_OK;
}

static enum ipcm_status shm_queued(void *state, uint64_t *ret_units)
{
	const struct direction *from = ((struct shm_port *)state)->receive;

	*ret_units =
		atomic_load_explicit(&from->shared->tail,
				     memory_order_acquire) -
		atomic_load_explicit(&from->shared->head, memory_order_relaxed);
	return IPCM_OK;
}

static const struct ipcm_store_ops shm_store_ops = {
	.state_size = sizeof(struct shm_store),
	.open = store_open,
	.close = store_close,
	.place = store_place,
	.fetch = store_fetch,
	.drop = store_drop,
};

static const struct ipcm_port_ops shm_port_ops = {
	.state_size = sizeof(struct shm_port),
	.unit = IPCM_UNIT_BYTES,
	.native_eof = false,
	.open_pipe = shm_open_pipe,
	.close = shm_close,
	.send = shm_send,
	.receive = shm_receive,
	.queued = shm_queued,
};

static const struct ipcm_queue_ops shm_queue = {.store = &shm_store_ops};
static const struct ipcm_pipe_ops shm_pipe = {.port = &shm_port_ops};
static const struct ipcm_lock_ops shm_lock = {.token = NULL};

static const struct ipcm_feature shm_features[] = {
	{"queue.transport", true, "a byte ring; large items in an arena"},
	{"queue.blocking", true, "futex on the commit words"},
	{"queue.count", true, "the commit words"},
	{"queue.borders", true, "a length before each item"},
	{"pipe.transport", true, "one ring a direction"},
	{"pipe.blocking", true, "futex"},
	{"pipe.eof", false, "a lifeline pipe beside the ring"},
	{"lock.handover", true, "a futex word"},
	{"lock.owner", true, "the word names its owner"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_shm_ring = {
	.abi = IPCM_BACKEND_ABI,
	.name = "shm_ring",
	.summary = "ring in shared memory, sleeping by futex",
	.capabilities = IPCM_CAP_SYNC_PUT | IPCM_CAP_GLOBAL_FIFO,
	.probe = shm_probe,
	.queue = &shm_queue,
	.pipe = &shm_pipe,
	.lock = &shm_lock,
	.features = shm_features,
};
