/* SPDX-License-Identifier: MIT */
/*
 * Grown ring. Read grown_ring.h first.
 */
#include "grown_ring.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "power_of_two.h"
#include "shm_map.h"

/* More only if the headers need it. */
#define LARGEST_FIRST (UINT64_C(16) << 20)

/*
 * Where ring 1 begins in the file: behind ring 0 and all that a shared buffer
 * can need (shared_buffer.h). The file is sparse, its length costs nothing.
 */
#define FAR_OFFSET (UINT64_C(64) << 30)

/* While the fields of a side change: a child forked then must not trust them.
 */
#define NO_RING GROWN_RINGS

/* Bytes of the second-level cache. */
static uint64_t cache_bytes(void)
{
#ifdef _SC_LEVEL2_CACHE_SIZE
	long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);

	return bytes > 0 ? (uint64_t)bytes : 0;
#else
	return UINT64_C(1) << 20; /* this C library cannot tell: a usual one */
#endif
}

/* For how many items the first ring is made. */
static uint64_t first_items(uint64_t items)
{
	return items < GROWN_RING_FIRST_ITEMS ? items : GROWN_RING_FIRST_ITEMS;
}

uint64_t grown_ring_least_bytes(uint64_t items)
{
	return power_of_two(first_items(items) * GROWN_RING_SLOT_BYTES,
			    GROWN_RING_LEAST_BYTES, UINT64_MAX);
}

/*
 * Lines that lie in the other CPU's second-level cache come one by one when we
 * write them; those that have left it come several at a time. A ring that
 * carries a stream is therefore larger than that cache: four times as fast
 * with 64 B items, 64 a call, on the reference machine.
 */
uint64_t grown_ring_first_bytes(uint64_t items, uint64_t item_bytes)
{
	uint64_t need = first_items(items) * (item_bytes + 32);
	uint64_t cache = cache_bytes();

	if (need >= GROWN_RING_LEAST_BYTES && need < 2 * cache)
		need = 2 * cache;
	need = power_of_two(need, GROWN_RING_LEAST_BYTES, LARGEST_FIRST);
	return power_of_two(grown_ring_least_bytes(items), need, UINT64_MAX);
}

/* What in_use says. */
struct in_use {
	uint32_t oldest, newest;
};

static enum ipcm_status in_use_load(const struct grown_ring *ring,
				    struct in_use *ret_in_use)
{
	/* acquire: pairs with the release in in_use_store */
	uint32_t word = atomic_load_explicit(&ring->shared->in_use,
					     memory_order_acquire);

	*ret_in_use = (struct in_use){word >> 8, word & 0xff};
	return ret_in_use->oldest <= ret_in_use->newest &&
			       ret_in_use->newest < GROWN_RINGS
		       ? IPCM_OK
		       : IPCM_CORRUPT;
}

static void in_use_store(struct grown_ring *ring, struct in_use in_use)
{
	atomic_store_explicit(&ring->shared->in_use,
			      in_use.oldest << 8 | in_use.newest,
			      memory_order_release);
}

static uint32_t units_of(const struct grown_ring *ring, uint32_t number)
{
	return ring->first_units << number;
}

static uint64_t bytes_of(const struct grown_ring *ring, uint32_t number)
{
	return (uint64_t)units_of(ring, number) * GROWN_RING_UNIT_BYTES;
}

static uint32_t slots_of(const struct grown_ring *ring, uint32_t number)
{
	uint32_t first = grown_ring_first_slots(bytes_of(ring, 0));
	uint64_t slots = (uint64_t)first << number;

	return slots < ring->max_items ? (uint32_t)slots : ring->max_items;
}

static struct shm_part part_of(const struct grown_ring *ring, uint32_t number)
{
	struct shm_part part = ring->first_part;

	/* the rings before, from 1 on, have its size less that of ring 1 */
	if (number)
		part.base =
			FAR_OFFSET + bytes_of(ring, number) - bytes_of(ring, 1);
	return part;
}

static _Atomic uint64_t *pages_of(struct grown_ring *ring, uint32_t number)
{
	return &ring->shared->bytes_with_pages[number];
}

/* The mapping of a ring is not one of ours: ring 0, or not known. */
static bool is_foreign(uint32_t number)
{
	return number == 0 || number == NO_RING;
}

/*
 * A thread may fork meanwhile, without the lock: in the child the fields then
 * say NO_RING, or are right, and what they say is mapped.
 */
static void side_set(struct grown_ring *ring, struct grown_ring_side *side,
		     uint32_t number, uint8_t *memory)
{
	uint8_t *old = is_foreign(side->number) ? NULL : side->ring;
	size_t old_bytes = 2 * (size_t)side->units * GROWN_RING_UNIT_BYTES;

	side->number = NO_RING;
	atomic_signal_fence(memory_order_seq_cst);
	side->ring = memory;
	side->units = units_of(ring, number);
	side->slots = slots_of(ring, number);
	side->part = part_of(ring, number);
	side->units_with_pages = 0;
	atomic_signal_fence(memory_order_seq_cst);
	side->number = number;
	atomic_signal_fence(memory_order_seq_cst);
	if (old)
		(void)munmap(old, old_bytes);
}

/* The side uses this ring; if create, the file gets long enough for it. */
static enum ipcm_status side_use(struct grown_ring *ring,
				 struct grown_ring_side *side, uint32_t number,
				 bool create)
{
	struct shm_part part = part_of(ring, number);
	size_t bytes = (size_t)bytes_of(ring, number);
	enum ipcm_status status;
	void *memory;

	if (side->number == number)
		return IPCM_OK;
	if (!number) {
		side_set(ring, side, 0, ring->first);
		return IPCM_OK;
	}
	status = create ? shm_part_lengthen(&part, bytes)
			: shm_part_check(&part, bytes);
	if (!status)
		status = shm_map_mirror(part.fd, part.base, 0, bytes, &memory);
	if (!status)
		side_set(ring, side, number, memory);
	return status;
}

void grown_ring_open(struct grown_ring *ring)
{
	ring->writer.number = ring->reader.number = NO_RING;
	side_set(ring, &ring->writer, 0, ring->first);
	side_set(ring, &ring->reader, 0, ring->first);
}

static void side_close(struct grown_ring_side *side)
{
	if (side->ring && !is_foreign(side->number))
		(void)munmap(side->ring,
			     2 * (size_t)side->units * GROWN_RING_UNIT_BYTES);
	*side = (struct grown_ring_side){.ring = NULL};
}

void grown_ring_close(struct grown_ring *ring)
{
	side_close(&ring->writer);
	side_close(&ring->reader);
}

/* Nothing lies in the ring, and it is not in use: the number of bytes first, so
 * that no process counts on pages that are gone. */
static void ring_trim(struct grown_ring *ring, uint32_t number)
{
	_Atomic uint64_t *pages = pages_of(ring, number);
	struct shm_part part = part_of(ring, number);
	uint64_t have = atomic_load_explicit(pages, memory_order_relaxed);

	if (!number || !have)
		return;
	atomic_store_explicit(pages, 0, memory_order_relaxed);
	shm_part_punch(&part, 0,
		       have < bytes_of(ring, number) ? have
						     : bytes_of(ring, number));
}

/* Rings whose items were taken are not in use any more. */
static void rings_retire(struct grown_ring *ring, uint32_t head, uint32_t items,
			 struct in_use *in_use)
{
	const struct in_use before = *in_use;

	if (items == 0)
		*in_use = (struct in_use){0, 0};
	while (in_use->oldest < in_use->newest &&
	       (int32_t)(head -
			 atomic_load_explicit(
				 &ring->shared->start[in_use->oldest + 1],
				 memory_order_relaxed)) >= 0)
		in_use->oldest++;
	if (in_use->oldest == before.oldest && in_use->newest == before.newest)
		return;
	in_use_store(ring, *in_use);
	for (uint32_t i = before.oldest; i <= before.newest; i++)
		if (i < in_use->oldest || i > in_use->newest)
			ring_trim(ring, i);
}

/* The next ring takes the items from `at` on. */
static enum ipcm_status ring_add(struct grown_ring *ring, uint32_t at,
				 struct in_use in_use)
{
	uint32_t number = in_use.newest + 1;
	enum ipcm_status status;

	if (number >= GROWN_RINGS)
		return IPCM_LIMIT;
	status = side_use(ring, &ring->writer, number, true);
	if (status)
		return status;
	atomic_store_explicit(&ring->shared->start[number], at,
			      memory_order_relaxed);
	in_use_store(ring, (struct in_use){in_use.oldest, number});
	return IPCM_OK;
}

enum ipcm_status grown_ring_writer_choose(struct grown_ring *ring,
					  uint32_t head, uint32_t at,
					  uint32_t items)
{
	struct in_use in_use;
	enum ipcm_status status = in_use_load(ring, &in_use);

	if (status)
		return status;
	rings_retire(ring, head, items, &in_use);
	if (items >= slots_of(ring, in_use.newest))
		return ring_add(ring, at, in_use);
	return side_use(ring, &ring->writer, in_use.newest, false);
}

enum ipcm_status grown_ring_reader_choose(struct grown_ring *ring, uint32_t at)
{
	struct in_use in_use;
	enum ipcm_status status = in_use_load(ring, &in_use);
	uint32_t number = in_use.newest;

	if (status)
		return status;
	while (number > in_use.oldest &&
	       (int32_t)(at - atomic_load_explicit(&ring->shared->start[number],
						   memory_order_relaxed)) < 0)
		number--;
	return side_use(ring, &ring->reader, number, false);
}

uint32_t grown_ring_slots(const struct grown_ring *ring, uint32_t *ret_units)
{
	struct in_use in_use;

	if (in_use_load(ring, &in_use))
		in_use.newest = 0;
	*ret_units = units_of(ring, in_use.newest);
	return slots_of(ring, in_use.newest);
}

enum ipcm_status grown_ring_allocate(struct grown_ring *ring, uint32_t at,
				     uint32_t units)
{
	struct grown_ring_side *side = &ring->writer;
	_Atomic uint64_t *word = pages_of(ring, side->number);
	uint64_t all = bytes_of(ring, side->number);
	uint64_t end = ((uint64_t)(at & (side->units - 1)) + units) *
		       GROWN_RING_UNIT_BYTES;
	uint64_t have = atomic_load_explicit(word, memory_order_relaxed);

	if (end > all)
		end = all; /* the rest lies at the begin, which has them */
	while (have < end) {
		/* all are powers of two: the last step ends with the ring */
		uint64_t step =
			have && have < SHM_PART_STEP ? have : SHM_PART_STEP;
		enum ipcm_status status =
			shm_part_allocate(&side->part, have, have + step);

		if (status)
			return status;
		have += step;
		atomic_store_explicit(word, have, memory_order_relaxed);
	}
	side->units_with_pages = (uint32_t)(have / GROWN_RING_UNIT_BYTES);
	return IPCM_OK;
}
