/* SPDX-License-Identifier: MIT */
/*
 * Concurrency Kit's ck_ring as a competitor: one producer, one consumer, in
 * memory that both share. It never waits: full and empty are tried again. The
 * type of its entries is fixed when it is compiled, so there is one for each
 * usual size.
 */
#include "channel.h"

#include <ck_ring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SIZES(X)                                                               \
	X(8) X(16) X(64) X(256) X(1024) X(4096) X(16384) X(65536) X(1048576)

#define ENTRY(bytes)                                                           \
	struct entry_##bytes {                                                 \
		unsigned char data[bytes];                                     \
	};                                                                     \
	CK_RING_PROTOTYPE(of_##bytes, entry_##bytes)                           \
	static bool put_##bytes(struct ck_ring *ring, void *slots,             \
				void *message)                                 \
	{                                                                      \
		return CK_RING_ENQUEUE_SPSC(of_##bytes, ring, slots, message); \
	}                                                                      \
	static bool get_##bytes(struct ck_ring *ring, void *slots,             \
				void *buffer)                                  \
	{                                                                      \
		return CK_RING_DEQUEUE_SPSC(of_##bytes, ring, slots, buffer);  \
	}

SIZES(ENTRY)

struct operations {
	size_t bytes;
	/* the message is only read */
	bool (*put)(struct ck_ring *ring, void *slots, void *message);
	bool (*get)(struct ck_ring *ring, void *slots, void *buffer);
};

#define OPERATIONS(bytes) {bytes, put_##bytes, get_##bytes},

static const struct operations operations[] = {SIZES(OPERATIONS)};

/* A ring and its entries, in one piece of shared memory. */
struct ring {
	_Alignas(128) struct ck_ring ring;
	_Alignas(128) unsigned char slots[];
};

struct rings {
	const struct operations *of_size;
	size_t ring_bytes;
	struct ring *there, *back;
	/* As this process sees them, after the fork. */
	struct ring *out, *in;
};

const bool competitor_has_threads = false;
const bool competitor_has_own_ways = false;

void competitor_version(char *ret_text, size_t bytes)
{
	snprintf(ret_text, bytes, "ConcurrencyKit %s", CK_VERSION);
}

/* A power of two; one entry stays free. */
static unsigned slots_for(unsigned depth)
{
	unsigned slots = 2;

	while (slots < depth)
		slots *= 2;
	return slots;
}

static struct ring *map_ring(size_t bytes, unsigned slots)
{
	struct ring *ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ring == MAP_FAILED)
		return NULL;
	ck_ring_init(&ring->ring, slots);
	return ring;
}

static const struct operations *find_operations(size_t bytes)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].bytes == bytes)
			return &operations[i];
	return NULL;
}

void *competitor_create(const struct competitor_setup *setup,
			const char **ret_why)
{
	unsigned slots = slots_for(setup->depth);
	struct rings *rings;

	if (!find_operations(setup->bytes)) {
		*ret_why = competitor_not_offered;
		return NULL;
	}
	rings = calloc(1, sizeof(*rings));
	*ret_why = "no memory for its rings";
	if (!rings)
		return NULL;
	rings->of_size = find_operations(setup->bytes);
	rings->ring_bytes = sizeof(struct ring) + slots * setup->bytes;
	rings->there = map_ring(rings->ring_bytes, slots);
	if (setup->both_ways)
		rings->back = map_ring(rings->ring_bytes, slots);
	if (!rings->there || (setup->both_ways && !rings->back)) {
		competitor_destroy(rings);
		return NULL;
	}
	return rings;
}

void competitor_destroy(void *competitor)
{
	struct rings *rings = competitor;

	if (rings->there)
		munmap(rings->there, rings->ring_bytes);
	if (rings->back)
		munmap(rings->back, rings->ring_bytes);
	free(rings);
}

/* A page that a child touches first is a fault; see shared_state_touch. */
static void touch(struct ring *ring, size_t bytes)
{
	volatile unsigned char *at = ring ? ring->slots : NULL;

	for (size_t i = 0; ring && i < bytes - sizeof(*ring); i += 4096)
		at[i] = 0;
}

static void use(struct rings *rings, struct ring *out, struct ring *in)
{
	rings->out = out;
	rings->in = in;
}

/* Before anything is sent: it writes. */
const char *competitor_open_second(void *competitor, unsigned number)
{
	struct rings *rings = competitor;

	(void)number;
	touch(rings->there, rings->ring_bytes);
	touch(rings->back, rings->ring_bytes);
	use(rings, rings->back, rings->there);
	return NULL;
}

const char *competitor_open_first(void *competitor, unsigned number)
{
	struct rings *rings = competitor;

	(void)number;
	touch(rings->there, rings->ring_bytes);
	use(rings, rings->there, rings->back);
	return NULL;
}

const char *competitor_send(void *competitor, const void *message, size_t bytes)
{
	struct rings *rings = competitor;

	(void)bytes;
	while (!rings->of_size->put(&rings->out->ring, rings->out->slots,
				    (void *)(uintptr_t)message))
		ck_pr_stall();
	return NULL;
}

const char *competitor_receive(void *competitor, void *buffer, size_t bytes)
{
	struct rings *rings = competitor;

	(void)bytes;
	while (!rings->of_size->get(&rings->in->ring, rings->in->slots, buffer))
		ck_pr_stall();
	return NULL;
}
