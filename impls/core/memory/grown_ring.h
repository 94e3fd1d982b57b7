/* SPDX-License-Identifier: MIT */
/*
 * Grown ring: the ring of a store that got larger. A ring has a slot for each
 * item that it may still have to take; when all are in use, a ring of twice the
 * size takes the items from then on, and the old one is read to its end. So the
 * memory of a queue without a bound follows its items.
 *
 * Ring 0 is the caller's. Ring n has twice as many units as ring n - 1, and
 * lies in the same file, far behind all that the file has else; the file stays
 * sparse. Positions are those of the caller: they run free, in units of 16
 * bytes, modulo 2^32. A ring's items begin at its start. Which rings are in use
 * is one word:
 *
 *   (0, 0)   ring 0 only, as in a queue that never had many items
 *   (n, n)   ring n only
 *   (m, n)   items lie in rings m to n, and n takes the next ones
 *
 * When the store is empty ring 0 takes the next item, and the others lose their
 * pages.
 *
 * Locks: P, of those who write, changes the word; C, of those who read, only
 * reads it, after the core has published an item. A process killed at any
 * instruction leaves at most a ring that nothing lies in, from the position on
 * at which the next item is written anyway. Each side has its own mapping.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_GROWN_RING_H
#define IPCMARK_IMPLS_CORE_MEMORY_GROWN_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"
#include "shm_part.h"

/** Ring 0 has slots for so many items at most. */
#define GROWN_RING_FIRST_ITEMS UINT32_C(131072)
/** And needs so many bytes a slot at least: a header, and as much for data. */
#define GROWN_RING_SLOT_BYTES 32u

/** Rings, the first one included: enough for IPCM_QUEUE_MAX_ITEMS. */
#define GROWN_RINGS 10

#define GROWN_RING_UNIT_BYTES 16u

/** Ring 0 has at least so many bytes. */
#define GROWN_RING_LEAST_BYTES (UINT64_C(64) << 10)

/** The part that all processes see; zeroed, in shared memory of the caller. */
struct grown_ring_shared {
	/** P: m << 8 | n, as above. */
	_Atomic uint32_t in_use;
	/** P: where the items of a ring begin; valid from m + 1 to n. */
	_Atomic uint32_t start[GROWN_RINGS];
	/** P: bytes of a ring that have pages, from its begin on. */
	_Atomic uint64_t bytes_with_pages[GROWN_RINGS];
};

/** Slots of a ring 0 of so many bytes; each ring has twice as many as the one
 * before. */
static inline uint32_t grown_ring_first_slots(uint64_t bytes)
{
	uint64_t slots = bytes / GROWN_RING_SLOT_BYTES;

	return slots < GROWN_RING_FIRST_ITEMS ? (uint32_t)slots
					      : GROWN_RING_FIRST_ITEMS;
}

/** Bytes of a ring 0 in which so many items find room for a header each. */
uint64_t grown_ring_least_bytes(uint64_t items);

/** The usual size of a ring 0 for so many items of such a size. */
uint64_t grown_ring_first_bytes(uint64_t items, uint64_t item_bytes);

/** What one side uses at the moment; the mapping is private to the process. */
struct grown_ring_side {
	uint8_t *ring;
	uint32_t units; /* a power of two */
	uint32_t slots; /* items, one unit each, that it always takes */
	uint32_t number;
	uint32_t units_with_pages; /* P: this process knows of so many */
	struct shm_part part;	   /* where it lies in the file */
};

/** This process's view; copied by fork(). */
struct grown_ring {
	uint32_t max_items;
	uint8_t *first; /* ring 0, mapped twice, end to begin */
	uint32_t first_units;
	struct shm_part first_part;
	struct grown_ring_side writer, reader;
	struct grown_ring_shared *shared;
};

/** Ring 0 is mapped, and lies where `first_part` says; the other members are
 * set. Both sides use it. */
void grown_ring_open(struct grown_ring *ring);

/** Unmap all but ring 0. */
void grown_ring_close(struct grown_ring *ring);

/** grown_ring_writer where ring 0 is not all, or is full. */
enum ipcm_status grown_ring_writer_choose(struct grown_ring *ring,
					  uint32_t head, uint32_t at,
					  uint32_t items);
/** grown_ring_reader in the same case. */
enum ipcm_status grown_ring_reader_choose(struct grown_ring *ring, uint32_t at);

/** Not 0: another ring than ring 0 is in use, or was a moment ago. */
static inline uint32_t grown_ring_others(const struct grown_ring *ring,
					 const struct grown_ring_side *side)
{
	/* relaxed: P changes it, and C has read a published position */
	return atomic_load_explicit(&ring->shared->in_use,
				    memory_order_relaxed) |
	       side->number;
}

/**
 * ring->writer becomes the ring for the item at `at`, with a free slot. P.
 * @param head oldest position in use
 * @param items number of items in [head, at), all of which may be taken
 * @return IPCM_OK, IPCM_NOMEM, IPCM_LIMIT, IPCM_SYSTEM, IPCM_CORRUPT
 */
static inline enum ipcm_status grown_ring_writer(struct grown_ring *ring,
						 uint32_t head, uint32_t at,
						 uint32_t items)
{
	if (__builtin_expect(!grown_ring_others(ring, &ring->writer) &&
				     items < ring->writer.slots,
			     1))
		return IPCM_OK;
	return grown_ring_writer_choose(ring, head, at, items);
}

/** ring->reader becomes the ring of the item at `at`. C. */
static inline enum ipcm_status grown_ring_reader(struct grown_ring *ring,
						 uint32_t at)
{
	return __builtin_expect(!grown_ring_others(ring, &ring->reader), 1)
		       ? IPCM_OK
		       : grown_ring_reader_choose(ring, at);
}

/** Slots that the ring has which takes the next item. P. */
uint32_t grown_ring_slots(const struct grown_ring *ring, uint32_t *ret_units);

/** Give the writer's ring pages for the units from a position on. P. */
enum ipcm_status grown_ring_allocate(struct grown_ring *ring, uint32_t at,
				     uint32_t units);

#endif
