/* SPDX-License-Identifier: MIT */
/*
 * Back-end "shm_ring": a byte ring in shared memory; sleeping and waking by
 * futex (the core's words T and H, which are this mechanism's own).
 *
 * Queue: a store. The ring is counted in units of 16 bytes; a record is one
 * unit of header and the item's bytes. The ring never refuses an item: each
 * item the queue may still take is sure of one unit, and an item that would
 * eat into that goes to the arena and leaves only its header in the ring. The
 * ring is mapped twice, end to begin, so that nothing ever wraps: an item lies
 * in one piece, which zero-copy needs.
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
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/memory/shared_buffer.h"
#include "impls/core/memory/frame_ring.h"
#include "impls/core/naming/resource_registry.h"
#include "impls/core/sync/cpu_hints.h"
#include "impls/core/memory/shm_map.h"
#include "ipcmark/backend.h"
#include "ipcmark/queue.h"

#define UNIT_BYTES 16u
/*
 * Lines this far ahead are fetched from the other CPU while we copy; never
 * lines that the other side works on, which would take them away from it.
 */
#define AHEAD_UNITS 48u
/* Of item numbers: half of what is_ahead can tell. */
#define FAR_AHEAD	 (UINT32_C(1) << 29)
#define SMALLEST_RING	 (UINT64_C(64) << 10)
#define LARGEST_RING	 (UINT64_C(16) << 20)
#define IN_SHARED_BUFFER (UINT32_C(1) << 31)
#define SMALLEST_PIPE	 (UINT64_C(64) << 10)
#define LARGEST_PIPE	 (UINT64_C(1) << 20)
#define LARGEST_FRAME	 (64u * 1024 + 64)

static enum ipcm_status shm_probe(char *why, size_t why_bytes)
{
	void *memory;
	enum ipcm_status status = shm_map_create(UNIT_BYTES, &memory);

	if (!status) {
		shm_map_destroy(memory, UNIT_BYTES);
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
	uint32_t size;	 /* bytes of the item; IN_SHARED_BUFFER if not here */
	uint32_t number; /* of the item, to notice damage */
	uint64_t shared_buffer; /* where the bytes are, with IN_SHARED_BUFFER */
};
_Static_assert(sizeof(struct record) == UNIT_BYTES, "a header is one unit");

/* In front of the ring, seen by all. */
struct store_shared {
	struct shared_buffer_shared shared_buffer;
	/* End of what place put into the arena; producers' lock. */
	_Atomic uint64_t shared_buffer_tail;
	/* Number of the last record with its bytes there; producers' lock. An
	 * item that comes under a lower number shows that the record was never
	 * published. */
	uint32_t shared_buffer_number;
	/* Written by the maker, for those who open it by name. */
	uint64_t ring_bytes;
};

struct shm_store {
	uint8_t *ring;
	uint32_t units; /* a power of two */
	uint32_t max_items;
	struct store_shared *shared;
	size_t shm_map_bytes; /* with the second mapping */
	struct shared_buffer shared_buffer;
	bool room_in_shared_buffer;  /* what room gave last; producers' lock */
	uint64_t room_start;	     /* and where there; the same */
	struct resource_entry entry; /* with a name: the file of all memory */
};

/* The ring begins on a page of its own: it is mapped twice. */
static size_t ring_offset(void)
{
	return shm_map_round(sizeof(struct store_shared));
}

static void store_close(void *state)
{
	struct shm_store *store = state;

	shared_buffer_close(&store->shared_buffer);
	shm_map_destroy(store->shared, store->shm_map_bytes);
	resource_close(&store->entry);
	store->shared = NULL;
}

/*
 * Lines that lie in the other CPU's second-level cache come one by one when we
 * write them; those that have left it come several at a time. A ring that
 * carries a stream is therefore larger than that cache: four times as fast
 * with 64 B items, 64 a call, on the reference machine.
 */
static uint64_t ring_bytes(const struct ipcm_channel_request *requested)
{
	uint64_t need = requested->items * (requested->item_bytes + 32);
	long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);

	if (need >= SMALLEST_RING && cache > 0 && need < 2 * (uint64_t)cache)
		need = 2 * (uint64_t)cache;
	need = power_of_two(need, SMALLEST_RING, LARGEST_RING);
	/* whatever their size, all items find room for a header */
	return power_of_two(requested->items * UNIT_BYTES * 2, need,
			    UINT64_MAX);
}

static enum ipcm_status store_open(void *state,
				   const struct ipcm_channel_request *requested,
				   struct ipcm_channel_limits *ret_granted)
{
	struct shm_store *store = state;
	uint64_t bytes = ring_bytes(requested);
	enum ipcm_status status;
	void *memory;

	status = shm_map_create_mirror(ring_offset(), (size_t)bytes, &memory);
	if (status)
		return status;
	store->shm_map_bytes = ring_offset() + 2 * (size_t)bytes;
	store->shared = memory;
	store->ring = (uint8_t *)memory + ring_offset();
	store->units = (uint32_t)(bytes / UNIT_BYTES);
	store->max_items = (uint32_t)requested->items;
	status = shared_buffer_open(&store->shared_buffer, 0,
				    &store->shared->shared_buffer);
	if (status) {
		store_close(store);
		return status;
	}
	*ret_granted = (struct ipcm_channel_limits){.channel_bytes = bytes};
	return IPCM_OK;
}

/* The file of a ring that others made: how large is the ring? */
static enum ipcm_status named_ring_bytes(int fd, uint64_t *ret_bytes)
{
	struct store_shared shared;
	struct stat info;
	uint64_t bytes;

	if (pread(fd, &shared, sizeof(shared), 0) != sizeof(shared) ||
	    fstat(fd, &info))
		return IPCM_CORRUPT;
	bytes = shared.ring_bytes;
	if (bytes < SMALLEST_RING || bytes & (bytes - 1) ||
	    bytes > SHARED_BUFFER_WINDOW_BYTES ||
	    (uint64_t)info.st_size !=
		    ring_offset() + bytes + SHARED_BUFFER_WINDOW_BYTES)
		return IPCM_CORRUPT;
	*ret_bytes = bytes;
	return IPCM_OK;
}

/* Ring and arena in the file of store->entry. */
static enum ipcm_status map_named(struct shm_store *store, uint64_t bytes,
				  bool create)
{
	int fd = store->entry.fd;
	enum ipcm_status status;
	void *memory;

	status = create ? shm_map_reserve(fd, 0, ring_offset() + (size_t)bytes)
			: IPCM_OK;
	if (!status)
		status = shm_map_mirror(fd, ring_offset(), (size_t)bytes,
					&memory);
	if (status)
		return status;
	store->shm_map_bytes = ring_offset() + 2 * (size_t)bytes;
	store->shared = memory;
	store->ring = (uint8_t *)memory + ring_offset();
	store->units = (uint32_t)(bytes / UNIT_BYTES);
	if (create)
		store->shared->ring_bytes = bytes;
	return shared_buffer_open_in(&store->shared_buffer, fd,
				     ring_offset() + bytes, create, 0,
				     &store->shared->shared_buffer);
}

static enum ipcm_status store_open_named(
	void *state, struct ipcm_object_key *key, bool create,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct shm_store *store = state;
	uint64_t bytes = ring_bytes(requested);
	enum ipcm_status status;

	*store = (struct shm_store){.max_items = (uint32_t)requested->items};
	status = create ? resource_open(RESOURCE_MEMORY, key->mode,
					&store->entry)
			: resource_attach(RESOURCE_MEMORY, key->uid, key->key,
					  &store->entry);
	if (status)
		return status;
	if (!create)
		status = named_ring_bytes(store->entry.fd, &bytes);
	if (!status)
		status = map_named(store, bytes, create);
	if (status) {
		store_close(store);
		return status;
	}
	key->uid = store->entry.uid;
	key->key = store->entry.key;
	*ret_granted = (struct ipcm_channel_limits){.channel_bytes = bytes};
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

/* Room in the arena, in one piece: at its end, or past the window's end. */
static enum ipcm_status shared_buffer_room(struct shm_store *store,
					   size_t bytes, uint64_t *ret_start,
					   void **ret_room)
{
	uint64_t start = atomic_load_explicit(
		&store->shared->shared_buffer_tail, memory_order_relaxed);
	uint64_t left =
		SHARED_BUFFER_WINDOW_BYTES - start % SHARED_BUFFER_WINDOW_BYTES;
	enum ipcm_status status;

	if (bytes > left)
		start += left;
	status = shared_buffer_reserve(&store->shared_buffer, start, bytes);
	if (status)
		return status;
	*ret_start = start;
	*ret_room = shared_buffer_at(&store->shared_buffer, start, &left);
	return IPCM_OK;
}

/* Large, or no room in the ring: only the header stays there. */
static enum ipcm_status place_in_shared_buffer(struct shm_store *store,
					       struct record *record,
					       const void *data, size_t bytes)
{
	/* written in place: less than was asked for might fit elsewhere */
	uint64_t start = store->room_start;
	enum ipcm_status status;
	void *room;

	if (data) {
		status = shared_buffer_room(store, bytes, &start, &room);
		if (status)
			return status;
		memcpy(room, data, bytes);
	}
	record->size = (uint32_t)bytes | IN_SHARED_BUFFER;
	record->shared_buffer = start;
	store->shared->shared_buffer_number = record->number;
	/*
	 * Before the core publishes the record: a death in between wastes room
	 * until a later item is taken, or sweep_shared_buffer; the other order
	 * would hand the same room out twice.
	 */
	atomic_store_explicit(&store->shared->shared_buffer_tail,
			      start + units_of(bytes) * UNIT_BYTES,
			      memory_order_relaxed);
	return IPCM_OK;
}

/*
 * A producer died with records placed and not published. If nothing is inside,
 * as far as producers know, nobody needs what lies in the arena; else look
 * again at the next items, as if the record that showed it were far ahead. A
 * wrong alarm, since numbers run free, does the same and no harm.
 */
static void sweep_shared_buffer(struct shm_store *store, uint32_t items,
				uint32_t number)
{
	uint64_t tail = atomic_load_explicit(&store->shared->shared_buffer_tail,
					     memory_order_relaxed);

	if (!items)
		shared_buffer_sweep(&store->shared_buffer, tail);
	store->shared->shared_buffer_number =
		items ? number + FAR_AHEAD : number - 1;
}

/* Is number a, of 31 bits, ahead of b? */
static bool is_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)((a - b) << 1) > 0;
}

static bool fits_in_ring(const struct shm_store *store, uint32_t head,
			 uint32_t at, uint32_t items, size_t bytes)
{
	uint32_t others = store->max_items - items - 1;

	return 1 + units_of(bytes) + others <= store->units - (at - head);
}

static bool store_can_write(const void *state, uint32_t head, uint32_t at,
			    uint32_t items, size_t bytes)
{
	const struct shm_store *store = state;

	/* or not even in the empty ring: then it need not wait */
	return fits_in_ring(store, head, at, items, bytes) ||
	       !fits_in_ring(store, 0, 0, 0, bytes);
}

static enum ipcm_status store_space(void *state, uint32_t head, uint32_t at,
				    uint32_t items, size_t bytes,
				    void **ret_room)
{
	struct shm_store *store = state;

	store->room_in_shared_buffer =
		!fits_in_ring(store, head, at, items, bytes);
	if (store->room_in_shared_buffer)
		return shared_buffer_room(store, bytes, &store->room_start,
					  ret_room);
	*ret_room = record_at(store, at) + 1;
	return IPCM_OK;
}

static enum ipcm_status store_write(void *state, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	struct shm_store *store = state;
	struct record *record = record_at(store, at);
	uint32_t room = store->units - (at - head);
	uint32_t others = store->max_items - items - 1;
	uint32_t need = 1 + units_of(bytes);
	/* what was written in place stays where room put it */
	bool here = __builtin_expect(data || !bytes, 1)
			    ? need + others <= room
			    : !store->room_in_shared_buffer;

	/* not what was written in place: that is in reserved room already */
	if (__builtin_expect(
		    !is_ahead(number, store->shared->shared_buffer_number),
		    0) &&
	    data)
		sweep_shared_buffer(store, items, number);
	if (room > 2 * AHEAD_UNITS) {
		cpu_will_write(record_at(store, at + AHEAD_UNITS));
		cpu_will_write(record_at(store, at + AHEAD_UNITS + 4));
	}
	record->number = number;
	if (__builtin_expect(here, 1)) {
		record->size = (uint32_t)bytes;
		if (data && bytes)
			memcpy(record + 1, data, bytes);
		*ret_next = at + need;
		return IPCM_OK;
	}
	*ret_next = at + 1;
	return place_in_shared_buffer(store, record, data, bytes);
}

static enum ipcm_status fetch_from_shared_buffer(
	struct shm_store *store, const struct record *record, size_t bytes,
	struct ipcm_store_view *ret_view)
{
	uint64_t position = record->shared_buffer;
	uint64_t tail = atomic_load_explicit(&store->shared->shared_buffer_tail,
					     memory_order_relaxed);
	uint64_t room;

	if (position > tail || bytes > tail - position ||
	    tail - position > SHARED_BUFFER_WINDOW_BYTES)
		return IPCM_CORRUPT;
	ret_view->piece[0] =
		shared_buffer_at(&store->shared_buffer, position, &room);
	if (bytes > room)
		return IPCM_CORRUPT;
	ret_view->piece_bytes[0] = bytes;
	ret_view->piece_bytes[1] = 0;
	ret_view->cookie = position + bytes;
	return IPCM_OK;
}

static enum ipcm_status store_read(void *state, uint32_t at, uint32_t tail,
				   uint32_t number,
				   struct ipcm_store_view *ret_view)
{
	struct shm_store *store = state;
	/* a copy: what was checked must be what is used */
	const struct record record = *record_at(store, at);
	size_t bytes = record.size & ~IN_SHARED_BUFFER;

	if (tail - at > 2 * AHEAD_UNITS) {
		cpu_will_read(record_at(store, at + AHEAD_UNITS));
		cpu_will_read(record_at(store, at + AHEAD_UNITS + 4));
	}
	if (record.number != number || bytes > IPCM_ITEM_MAX_BYTES)
		return IPCM_CORRUPT;
	if (__builtin_expect(record.size & IN_SHARED_BUFFER, 0)) {
		ret_view->next = at + 1;
		return fetch_from_shared_buffer(store, &record, bytes,
						ret_view);
	}
	ret_view->next = at + 1 + units_of(bytes);
	if (ret_view->next - at > tail - at)
		return IPCM_CORRUPT;
	ret_view->piece[0] = record_at(store, at) + 1;
	ret_view->piece_bytes[0] = bytes;
	ret_view->piece_bytes[1] = 0;
	ret_view->cookie = 0;
	return IPCM_OK;
}

static void store_release(void *state, const struct ipcm_store_view *view)
{
	struct shm_store *store = state;

	if (__builtin_expect(view->cookie != 0, 0))
		shared_buffer_release(&store->shared_buffer, view->cookie);
}

/* ---- pipe ---- */

/* One ring a direction. */
struct shm_port {
	struct frame_ring *receive;
	struct frame_ring *send;
};

static struct ipcm_channel_limits pipe_limits(const struct frame_ring *ring)
{
	uint32_t bytes = frame_ring_bytes(ring);
	uint32_t frame = bytes / 4;

	if (frame > LARGEST_FRAME)
		frame = LARGEST_FRAME;
	return (struct ipcm_channel_limits){
		.frame_bytes = frame,
		.receive_bytes = frame,
		.channel_bytes = bytes,
	};
}

static void shm_close(void *state)
{
	struct shm_port *port = state;

	frame_ring_close(port->receive);
	frame_ring_close(port->send);
	port->receive = port->send = NULL;
}

/* The ring from one port to another. */
static enum ipcm_status connect_one(
	const struct ipcm_channel_request *requested, struct shm_port *from,
	struct shm_port *to)
{
	uint64_t bytes =
		power_of_two(requested->items * (requested->item_bytes + 8),
			     SMALLEST_PIPE, LARGEST_PIPE);
	enum ipcm_status status = frame_ring_open(
		(uint32_t)bytes, 2, requested->portable, &from->send);

	to->receive = from->send;
	return status;
}

static enum ipcm_status shm_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	enum ipcm_status status = connect_one(requested, second, first);

	if (!status && duplex)
		status = connect_one(requested, first, second);
	if (status) {
		shm_close(first);
		shm_close(second);
		return status;
	}
	*ret_granted = pipe_limits(((struct shm_port *)second)->send);
	return IPCM_OK;
}

static enum ipcm_status shm_export_handle(const void *state,
					  struct ipcm_port_handle *ret_handle)
{
	const struct shm_port *port = state;

	*ret_handle = (struct ipcm_port_handle){
		.fd = {frame_ring_fd(port->receive), frame_ring_fd(port->send)},
		.fd_count = 2,
		.word = {frame_ring_bytes(port->send)},
	};
	return IPCM_OK;
}

static enum ipcm_status shm_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	struct shm_port *port = state;
	uint32_t bytes = (uint32_t)handle->word[0];
	enum ipcm_status status;

	if (handle->fd_count != 2 || handle->word[0] > LARGEST_PIPE)
		return IPCM_CORRUPT;
	status = frame_ring_adopt(handle->fd[0], bytes, &port->receive);
	if (!status)
		status = frame_ring_adopt(handle->fd[1], bytes, &port->send);
	if (status) {
		shm_close(port);
		return status;
	}
	(void)close(handle->fd[0]); /* the mappings keep the memory */
	(void)close(handle->fd[1]);
	*ret_granted = pipe_limits(port->send);
	return IPCM_OK;
}

static enum ipcm_status shm_send(void *state, const void *frame, size_t bytes)
{
	return frame_ring_put(((struct shm_port *)state)->send, frame, bytes);
}

static enum ipcm_status shm_receive(void *state, void *buffer, size_t bytes,
				    size_t *ret_bytes)
{
	return frame_ring_take(((struct shm_port *)state)->receive, buffer,
			       bytes, ret_bytes);
}

static enum ipcm_status shm_queued(void *state, uint64_t *ret_units)
{
	*ret_units = frame_ring_used(((struct shm_port *)state)->receive);
	return IPCM_OK;
}

static const struct ipcm_store_ops shm_store_ops = {
	.state_size = sizeof(struct shm_store),
	.open = store_open,
	.close = store_close,
	.write = store_write,
	.read = store_read,
	.release = store_release,
	.space = store_space,
	.can_write = store_can_write,
	.open_named = store_open_named,
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
	.export_handle = shm_export_handle,
	.import_handle = shm_import_handle,
};

static const struct ipcm_queue_ops shm_queue = {.store = &shm_store_ops};
static const struct ipcm_pipe_ops shm_pipe = {.port = &shm_port_ops};
static const struct ipcm_lock_ops shm_lock = {.token = NULL};

static const struct ipcm_feature shm_features[] = {
	{"queue.transport", true, "a byte ring; large items in an arena"},
	{"queue.blocking", true, "futex on the commit words"},
	{"queue.count", true, "the commit words"},
	{"queue.borders", true, "a length before each item"},
	{"queue.zero_copy", true, "the ring is mapped twice, end to begin"},
	{"queue.names", true, "a file in memory"},
	{"pipe.transport", true, "one ring a direction"},
	{"pipe.blocking", true, "futex"},
	{"pipe.eof", false, "a lifeline, a socket pair beside the ring"},
	{"pipe.poll", false, "a doorbell in the lifeline, if somebody polls"},
	{"listener", false, "rendezvous over a Unix socket"},
	{"lock.handover", true, "a futex word"},
	{"lock.owner", true, "the word names its owner"},
	{"semaphore.counting", true, "a futex word"},
	{"semaphore.bound", true, "a compare-and-swap on the word"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_shm_ring = {
	.abi = IPCM_BACKEND_ABI,
	.name = "shm_ring",
	.summary = "ring in shared memory, sleeping by futex",
	.capabilities = IPCM_CAP_POLLABLE | IPCM_CAP_SYNC_PUT |
			IPCM_CAP_GLOBAL_FIFO | IPCM_CAP_ZERO_COPY |
			IPCM_CAP_NAMED | IPCM_CAP_LISTENER,
	.probe = shm_probe,
	.queue = &shm_queue,
	.pipe = &shm_pipe,
	.lock = &shm_lock,
	.features = shm_features,
};
