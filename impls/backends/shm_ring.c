/* SPDX-License-Identifier: MIT */
/*
 * Back-end "shm_ring": a byte ring in shared memory; sleeping and waking by
 * futex (the core's words T and H, which are this mechanism's own).
 *
 * Queue: a store. The ring is counted in units of 16 bytes; a record is one
 * unit of header and the item's bytes. The ring never refuses an item: one unit
 * is reserved for each item that the ring may still take, and an item that
 * would use such units goes to the large items (core/memory/large_items.h) and
 * leaves only its header in the ring. A ring has slots for 131,072 items, fewer
 * where a limit forbids so large a file; when more lie in the queue, larger
 * rings follow (core/memory/grown_ring.h). The ring is mapped twice, end to
 * begin: an item lies in one piece, which zero-copy needs. A large ring gets
 * its pages when they are first written to.
 *
 * Pipe: core/port/ring_port.h. Lock and semaphore: a word in shared memory.
 *
 * Nothing needs recovery after a death: write changes only what lies beyond the
 * published items, read only reads. The memory is untrusted: each length and
 * position read from it is checked against what the core says is in use.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/memory/grown_ring.h"
#include "impls/core/memory/large_items.h"
#include "impls/core/memory/shm_file.h"
#include "impls/core/memory/shm_map.h"
#include "impls/core/memory/shm_part.h"
#include "impls/core/naming/resource_registry.h"
#include "impls/core/port/ring_port.h"
#include "impls/core/sync/cpu_hints.h"
#include "ipcmark/backend.h"
#include "ipcmark/queue.h"

#define UNIT_BYTES GROWN_RING_UNIT_BYTES
/*
 * Lines this far ahead are prefetched from the other CPU while we copy; never
 * lines that the other side works on, which would take them away from it.
 */
#define AHEAD_UNITS	 48u
#define AHEAD_MOST_UNITS 256u

#define NAMED_MOST (UINT64_C(4) << 30)
/* Of a new ring, these have pages at once. */
#define FIRST_BYTES (UINT64_C(4) << 10)
/* In a record's size: the bytes are not in the ring. */
#define IS_LARGE (UINT32_C(1) << 31)

static enum ipcm_status shm_probe(char *why, size_t why_bytes)
{
	void *memory;
	enum ipcm_status status = shm_map_create(UNIT_BYTES, &memory);

	if (!status) {
		shm_map_destroy(memory, UNIT_BYTES);
		return IPCM_OK;
	}
	(void)snprintf(why, why_bytes,
		       "no shared memory can be made: neither memfd_create nor "
		       "a file in /dev/shm or /tmp is allowed, or memory or "
		       "open files (ulimit -n) are used up");
	return status;
}

/* One unit: the header of a record. */
struct record {
	uint32_t size;	      /* bytes of the item, and IS_LARGE */
	uint32_t number;      /* of the item, to notice damage */
	uint64_t large_start; /* position of the bytes, with IS_LARGE */
};
_Static_assert(sizeof(struct record) == UNIT_BYTES, "a header is one unit");

/* In front of the ring, seen by all processes. */
struct store_shared {
	struct large_items_shared large;
	uint64_t ring_bytes; /* written by the creator, for openers by name */
	struct grown_ring_shared grown;
};

struct shm_store {
	struct grown_ring grown;
	struct store_shared *shared;
	size_t map_bytes; /* with the second mapping */
	struct large_items large;
	/* What space returned last; producers' lock. */
	bool space_is_large;
	uint64_t space_start;
	int own_fd;		     /* without a name; -1: none */
	struct resource_entry entry; /* with a name: the file of all memory */
};

/* The ring begins on a page of its own: it is mapped twice. */
static size_t ring_offset(void)
{
	return shm_map_round(sizeof(struct store_shared));
}

/* Of the first ring. */
static uint64_t least_ring_bytes(const struct ipcm_channel_request *requested)
{
	return grown_ring_least_bytes(requested->items);
}

/* What map_parts has mapped, all or some of it. */
static void unmap_parts(struct shm_store *store)
{
	grown_ring_close(&store->grown);
	shared_buffer_close(&store->large.buffer);
	shm_map_destroy(store->shared, store->map_bytes);
	store->shared = NULL;
}

static void store_close(void *state)
{
	struct shm_store *store = state;

	unmap_parts(store);
	if (store->own_fd >= 0)
		(void)close(store->own_fd);
	resource_close(&store->entry);
}

/* The memory is mapped: where things are in it. */
static void place_parts(struct shm_store *store, void *memory, uint64_t bytes)
{
	store->map_bytes = ring_offset() + 2 * (size_t)bytes;
	store->shared = memory;
	store->large.shared = &store->shared->large;
	store->grown.shared = &store->shared->grown;
	store->grown.first = (uint8_t *)memory + ring_offset();
	store->grown.first_units = (uint32_t)(bytes / UNIT_BYTES);
	grown_ring_open(&store->grown);
}

/* Map ring and large items of a file; if create, its first bytes are made. */
static enum ipcm_status map_parts(struct shm_store *store, int fd,
				  uint64_t bytes, bool create)
{
	uint64_t pages = FIRST_BYTES;
	enum ipcm_status status = IPCM_OK;
	void *memory;

	if (create)
		status = shm_map_reserve(fd, 0, ring_offset() + (size_t)pages);
	if (create && !status)
		status = shm_map_lengthen(fd, ring_offset() + bytes);
	if (!status)
		status = shm_part_open(&store->grown.first_part, fd,
				       ring_offset(), 1, 0);
	if (!status)
		status = shm_map_mirror(fd, 0, ring_offset(), (size_t)bytes,
					&memory);
	if (status)
		return status;
	place_parts(store, memory, bytes);
	if (create) {
		store->shared->ring_bytes = bytes;
		atomic_store_explicit(&store->shared->grown.bytes_with_pages[0],
				      pages, memory_order_relaxed);
	}
	return shared_buffer_open_in(&store->large.buffer, fd,
				     ring_offset() + bytes, 0,
				     &store->large.shared->buffer);
}

/*
 * A smaller ring is slower, but works where limits forbid a large one. With
 * fewer slots it takes fewer items, unless other rings can follow; so it keeps
 * a slot for each item of a queue that promises no more than it can have.
 */
static enum ipcm_status create_parts(
	struct shm_store *store, int fd,
	const struct ipcm_channel_request *requested, uint64_t *ret_bytes)
{
	uint64_t bytes =
		grown_ring_first_bytes(requested->items, requested->item_bytes);
	bool promised = requested->items <= GROWN_RING_FIRST_ITEMS;
	uint64_t least =
		promised ? least_ring_bytes(requested) : GROWN_RING_LEAST_BYTES;
	enum ipcm_status status = map_parts(store, fd, bytes, true);

	while ((status == IPCM_LIMIT || status == IPCM_NOMEM) &&
	       bytes > least && !ftruncate(fd, 0)) {
		unmap_parts(store);
		bytes /= 2;
		status = map_parts(store, fd, bytes, true);
	}
	*ret_bytes = bytes;
	return status;
}

static enum ipcm_status store_open(void *state,
				   const struct ipcm_channel_request *requested,
				   struct ipcm_channel_limits *ret_granted)
{
	struct shm_store *store = state;
	enum ipcm_status status;
	uint64_t bytes;

	*store = (struct shm_store){
		.grown.max_items = (uint32_t)requested->items,
		.own_fd = -1,
	};
	status = shm_file_create(&store->own_fd);
	if (!status)
		status = create_parts(store, store->own_fd, requested, &bytes);
	if (!status)
		status = shm_map_seal_growing(store->own_fd);
	if (status) {
		store_close(store);
		return status;
	}
	*ret_granted = (struct ipcm_channel_limits){.channel_bytes = bytes};
	return IPCM_OK;
}

/* The size of the ring in the file of a named store. */
static enum ipcm_status named_ring_bytes(int fd, uint64_t *ret_bytes)
{
	struct store_shared shared;
	struct stat info;
	uint64_t bytes;
	ssize_t got = pread(fd, &shared, sizeof(shared), 0);

	if (got < 0 || fstat(fd, &info))
		return status_from_errno(errno);
	if (got != sizeof(shared))
		return IPCM_CORRUPT;
	bytes = shared.ring_bytes;
	if (bytes < GROWN_RING_LEAST_BYTES || bytes & (bytes - 1) ||
	    bytes > NAMED_MOST ||
	    (uint64_t)info.st_size < ring_offset() + bytes)
		return IPCM_CORRUPT;
	*ret_bytes = bytes;
	return IPCM_OK;
}

static enum ipcm_status store_open_named(
	void *state, struct ipcm_object_key *key, bool create,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct shm_store *store = state;
	enum ipcm_status status;
	uint64_t bytes;

	*store = (struct shm_store){
		.grown.max_items = (uint32_t)requested->items,
		.own_fd = -1,
	};
	status = resource_open_key(RESOURCE_MEMORY, key, create, &store->entry);
	if (status)
		return status;
	if (create) {
		status =
			create_parts(store, store->entry.fd, requested, &bytes);
	} else {
		status = named_ring_bytes(store->entry.fd, &bytes);
		if (!status)
			status =
				map_parts(store, store->entry.fd, bytes, false);
	}
	if (status) {
		store_close(store);
		return status;
	}
	*ret_granted = (struct ipcm_channel_limits){.channel_bytes = bytes};
	return IPCM_OK;
}

static struct record *record_at(const struct grown_ring_side *side, uint32_t at)
{
	return (struct record *)(void *)(side->ring +
					 (size_t)(at & (side->units - 1)) *
						 UNIT_BYTES);
}

static uint32_t units_of(size_t bytes)
{
	return (uint32_t)((bytes + UNIT_BYTES - 1) / UNIT_BYTES);
}

static bool have_pages(const struct grown_ring_side *side, uint32_t at,
		       uint32_t units)
{
	return (uint64_t)(at & (side->units - 1)) + units <=
	       side->units_with_pages;
}

/* One unit stays for each item that the ring may still take. */
static bool fits_in_ring(uint32_t units, uint32_t slots, uint32_t used,
			 uint32_t items, size_t bytes)
{
	return items < slots &&
	       1 + units_of(bytes) + (slots - items - 1) <= units - used;
}

/* As many lines as the item here has, so that each is asked for once. The
 * processor itself runs ahead of a long copy. */
static inline void fetch_ahead(const struct grown_ring_side *side, uint32_t at,
			       uint32_t units, bool to_write)
{
	uint32_t end = at + AHEAD_UNITS +
		       (units < AHEAD_MOST_UNITS ? units : AHEAD_MOST_UNITS);

	for (at += AHEAD_UNITS; (int32_t)(end - at) > 0; at += 4) {
		if (to_write)
			cpu_will_write(record_at(side, at));
		else
			cpu_will_read(record_at(side, at));
	}
}

/* Only the header stays in the ring. */
static enum ipcm_status write_large(struct shm_store *store,
				    struct record *record, const void *data,
				    size_t bytes)
{
	/* without data it was written there, where space said */
	uint64_t start = store->space_start;
	enum ipcm_status status;
	void *space;

	if (data) {
		status =
			large_items_space(&store->large, bytes, &start, &space);
		if (status)
			return status;
		memcpy(space, data, bytes);
	}
	record->size = (uint32_t)bytes | IS_LARGE;
	record->large_start = start;
	large_items_append(&store->large, start, bytes, record->number);
	return IPCM_OK;
}

static enum ipcm_status store_write(void *state, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	struct shm_store *store = state;
	const struct grown_ring_side *side = &store->grown.writer;
	enum ipcm_status status =
		grown_ring_writer(&store->grown, head, at, items);
	uint32_t need = 1 + units_of(bytes);
	struct record *record;
	uint32_t room;
	bool here;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	record = record_at(side, at);
	room = side->units - (at - head);
	/* an item written in place stays where space put it */
	here = __builtin_expect(data || !bytes, 1)
		       ? need + (side->slots - items - 1) <= room
		       : !store->space_is_large;
	if (__builtin_expect(!have_pages(side, at, here ? need : 1), 0)) {
		status =
			grown_ring_allocate(&store->grown, at, here ? need : 1);
		if (status)
			return status;
	}
	/* not for an item written in place: its space is reserved already */
	if (__builtin_expect(large_items_unpublished(&store->large, number),
			     0) &&
	    data)
		large_items_sweep(&store->large, items, number);
	if (room > 2 * AHEAD_UNITS + need)
		fetch_ahead(side, at, need, true);
	record->number = number;
	if (__builtin_expect(here, 1)) {
		record->size = (uint32_t)bytes;
		if (data && bytes)
			memcpy(record + 1, data, bytes);
		*ret_next = at + need;
		return IPCM_OK;
	}
	*ret_next = at + 1;
	return write_large(store, record, data, bytes);
}

/* The items for which there is nothing to do but to copy them. */
static size_t store_write_many(void *state, uint32_t head, uint32_t *at,
			       uint32_t items, uint32_t number,
			       const struct ipcm_item *from, size_t count)
{
	struct shm_store *store = state;
	const struct grown_ring_side *side = &store->grown.writer;
	size_t done = 0;

	if (grown_ring_others(&store->grown, side) ||
	    large_items_unpublished(&store->large, number))
		return 0;
	for (; done < count && items < side->slots; done++, items++) {
		size_t bytes = from[done].size_bytes;
		uint32_t need = 1 + units_of(bytes), here = *at;
		uint32_t room = side->units - (here - head);
		struct record *record = record_at(side, here);

		if (need + (side->slots - items - 1) > room ||
		    !have_pages(side, here, need))
			break;
		if (room > 2 * AHEAD_UNITS + need)
			fetch_ahead(side, here, need, true);
		record->size = (uint32_t)bytes;
		record->number = number;
		if (bytes)
			memcpy(record + 1, from[done].data, bytes);
		*at = here + need;
		number = (number + 1) & LARGE_NUMBER_MASK;
	}
	return done;
}

/* As above; a record that reaches beyond the end of the ring is not usual. */
static size_t store_read_many(void *state, uint32_t *at, uint32_t tail,
			      uint32_t number, void *buffer,
			      size_t buffer_bytes, struct ipcm_item *ret_items,
			      size_t max)
{
	const struct shm_store *store = state;
	const struct grown_ring_side *side = &store->grown.reader;
	size_t done = 0, used = 0;

	if (grown_ring_others(&store->grown, side))
		return 0;
	for (; done < max; done++) {
		uint32_t here = *at, need;
		/* a copy: what was checked must be what is used */
		struct record record = *record_at(side, here);
		uint8_t *to = (uint8_t *)buffer + used;

		if (record.number != number || used > buffer_bytes ||
		    record.size > buffer_bytes - used ||
		    record.size > IPCM_ITEM_MAX_BYTES)
			break;
		need = 1 + units_of(record.size);
		if (need > tail - here ||
		    (here & (side->units - 1)) + need > side->units)
			break;
		if (tail - here > 2 * AHEAD_UNITS + need)
			fetch_ahead(side, here, need, false);
		if (record.size)
			memcpy(to, record_at(side, here) + 1, record.size);
		ret_items[done] = (struct ipcm_item){to, record.size};
		used += (record.size + 7u) & ~(size_t)7;
		*at = here + need;
		number = (number + 1) & LARGE_NUMBER_MASK;
	}
	return done;
}

static enum ipcm_status store_read(void *state, uint32_t at, uint32_t tail,
				   uint32_t number,
				   struct ipcm_store_view *ret_view)
{
	struct shm_store *store = state;
	const struct grown_ring_side *side = &store->grown.reader;
	enum ipcm_status status = grown_ring_reader(&store->grown, at);
	struct record record;
	size_t bytes;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	/* a copy: what was checked must be what is used */
	record = *record_at(side, at);
	bytes = record.size & ~IS_LARGE;
	if (record.number != number || bytes > IPCM_ITEM_MAX_BYTES)
		return IPCM_CORRUPT;
	if (__builtin_expect(record.size & IS_LARGE, 0)) {
		ret_view->next = at + 1;
		return large_items_find(&store->large, record.large_start,
					bytes, ret_view);
	}
	ret_view->next = at + 1 + units_of(bytes);
	if (ret_view->next - at > tail - at)
		return IPCM_CORRUPT;
	if (tail - at > 2 * AHEAD_UNITS + (ret_view->next - at))
		fetch_ahead(side, at, ret_view->next - at, false);
	ret_view->piece[0] = record_at(side, at) + 1;
	ret_view->piece_bytes[0] = bytes;
	ret_view->piece_bytes[1] = 0;
	ret_view->cookie = 0;
	return IPCM_OK;
}

static void store_release(void *state, const struct ipcm_store_view *view)
{
	struct shm_store *store = state;

	if (__builtin_expect(view->cookie != 0, 0))
		shared_buffer_release(&store->large.buffer, view->cookie);
}

static enum ipcm_status store_space(void *state, uint32_t head, uint32_t at,
				    uint32_t items, size_t bytes,
				    void **ret_space)
{
	struct shm_store *store = state;
	const struct grown_ring_side *side = &store->grown.writer;
	enum ipcm_status status =
		grown_ring_writer(&store->grown, head, at, items);

	if (status)
		return status;
	store->space_is_large = !fits_in_ring(side->units, side->slots,
					      at - head, items, bytes);
	status = grown_ring_allocate(
		&store->grown, at,
		store->space_is_large ? 1 : 1 + units_of(bytes));
	if (status)
		return status;
	if (store->space_is_large)
		return large_items_space(&store->large, bytes,
					 &store->space_start, ret_space);
	*ret_space = record_at(side, at) + 1;
	return IPCM_OK;
}

static bool store_can_write(const void *state, uint32_t head, uint32_t at,
			    uint32_t items, size_t bytes)
{
	const struct shm_store *store = state;
	uint32_t units;
	uint32_t slots = grown_ring_slots(&store->grown, &units);

	/* an item that does not fit an empty ring need not wait */
	return fits_in_ring(units, slots, at - head, items, bytes) ||
	       !fits_in_ring(units, slots, 0, 0, bytes);
}

static const struct ipcm_store_ops shm_store_ops = {
	.state_size = sizeof(struct shm_store),
	.open = store_open,
	.open_named = store_open_named,
	.close = store_close,
	.write = store_write,
	.read = store_read,
	.release = store_release,
	.space = store_space,
	.can_write = store_can_write,
	.write_many = store_write_many,
	.read_many = store_read_many,
};

static const struct ipcm_queue_ops shm_queue = {.store = &shm_store_ops};
static const struct ipcm_pipe_ops shm_pipe = {.port = &ring_port_ops};
static const struct ipcm_lock_ops shm_lock = {.token = NULL};

static const struct ipcm_feature shm_features[] = {
	{"queue.transport", true,
	 "a byte ring; large items in a shared buffer"},
	{"queue.blocking", true, "futex on the commit words"},
	{"queue.count", true, "the commit words"},
	{"queue.borders", true, "a length before each item"},
	{"queue.zero_copy", true, "the ring is mapped twice, end to begin"},
	{"queue.names", true, "a file in memory"},
	{"pipe.transport", true, "one ring a direction"},
	{"pipe.blocking", true, "futex"},
	{"pipe.eof", false, "a peer-death fd, a socket pair beside the ring"},
	{"pipe.poll", false,
	 "a byte in the peer-death fd, if the receiver polls"},
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
