/* SPDX-License-Identifier: MIT */
/*
 * The shared buffer against a model: entries of random sizes are appended and
 * taken in bursts that let it grow, wrap and begin anew; each is whole when it
 * is taken, and when all are, the buffer has given back what it took above its
 * first MiB. In between, what a death leaves: space that is not used, and
 * entries that are not published.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/memory/shared_buffer.h"
#include "impls/testkit/check.h"

#define ENTRIES_MOST 4096
#define KEPT	     (UINT64_C(1) << 20)
#define ASSEMBLY     (UINT64_C(64) << 20)

struct entry {
	uint64_t start;
	uint32_t bytes;
	uint32_t seed;
};

/* Entries from taken on to made; by number modulo ENTRIES_MOST. */
struct world {
	struct shared_buffer_shared shared;
	struct shared_buffer buffer;
	struct entry entries[ENTRIES_MOST];
	uint64_t made, taken, tail;
	uint64_t inside, inside_most; /* bytes */
	uint32_t random;
};

static uint64_t pages_bytes(const struct world *world)
{
	struct stat info;

	CHECK(!fstat(world->buffer.own_fd, &info));
	return (uint64_t)info.st_blocks * 512;
}

static uint32_t below(struct world *world, uint32_t most)
{
	return random_next(&world->random) % most;
}

/* A pattern of whole words, and what is left of one. */
static uint64_t word_of(const struct entry *entry, uint32_t word)
{
	return (entry->seed + (uint64_t)word) * UINT64_C(0x9e3779b97f4a7c15);
}

static void fill(uint8_t *to, const struct entry *entry)
{
	for (uint32_t at = 0; at < entry->bytes; at += 8) {
		uint64_t word = word_of(entry, at);
		uint32_t left = entry->bytes - at;

		memcpy(to + at, &word, left < 8 ? left : 8);
	}
}

static bool is_filled(const uint8_t *from, const struct entry *entry)
{
	for (uint32_t at = 0; at < entry->bytes; at += 8) {
		uint64_t word = word_of(entry, at);
		uint32_t left = entry->bytes - at;

		if (memcmp(from + at, &word, left < 8 ? left : 8))
			return false;
	}
	return true;
}

static bool append(struct world *world, uint32_t most)
{
	struct entry *entry = &world->entries[world->made % ENTRIES_MOST];
	void *space;

	*entry = (struct entry){0, 1 + below(world, most),
				random_next(&world->random)};
	if (!CHECK_OK(shared_buffer_space(&world->buffer, world->tail,
					  entry->bytes, &entry->start, &space)))
		return false;
	fill(space, entry);
	if (below(world, 50) == 0)
		return true; /* as if its producer had died */
	world->tail = entry->start + shared_buffer_round(entry->bytes);
	world->made++;
	world->inside += entry->bytes;
	if (world->inside > world->inside_most)
		world->inside_most = world->inside;
	return true;
}

static bool take(struct world *world, uint64_t *position)
{
	const struct entry *entry =
		&world->entries[world->taken % ENTRIES_MOST];
	void *at;

	/* the overflow buffer finds entries one after the other */
	*position = shared_buffer_next(&world->buffer, *position, world->tail);
	if (!CHECK(*position == entry->start) ||
	    !CHECK_OK(shared_buffer_find(&world->buffer, SHARED_BUFFER_C,
					 entry->start, entry->bytes, &at)) ||
	    !CHECK(is_filled(at, entry), "entry %llu of %u bytes at %llx",
		   (unsigned long long)world->taken, entry->bytes,
		   (unsigned long long)entry->start))
		return false;
	*position = entry->start + shared_buffer_round(entry->bytes);
	shared_buffer_release(&world->buffer, *position);
	world->taken++;
	world->inside -= entry->bytes;
	return true;
}

/* Bursts of entries up to a size; the file must not grow for ever. */
static void bursts(uint32_t seed, uint32_t most, unsigned rounds)
{
	struct world *world = calloc(1, sizeof(*world));
	uint64_t position = 0;
	bool good = world != NULL;

	check_subject("bursts", "");
	world->random = seed;
	CHECK_OK(shared_buffer_open(&world->buffer, 0, &world->shared));
	for (unsigned round = 0; good && round < rounds; round++) {
		uint32_t puts = 1 + below(world, 40);
		uint32_t gets = below(world, 45);

		for (uint32_t i = 0; good && i < puts; i++)
			if (world->made - world->taken < 100)
				good = append(world, most);
		for (uint32_t i = 0; good && i < gets; i++)
			if (world->taken < world->made)
				good = take(world, &position);
	}
	while (good && world->taken < world->made)
		good = take(world, &position);
	CHECK(pages_bytes(world) <= KEPT + 4 * SHM_PART_STEP + most,
	      "seed %u: %llu KiB are left of %llu", seed,
	      (unsigned long long)(pages_bytes(world) >> 10),
	      (unsigned long long)(world->inside_most >> 10));
	CHECK(world->buffer.view[SHARED_BUFFER_P].bytes <=
		      8 * world->inside_most + 2 * KEPT,
	      "seed %u: %llu KiB are mapped, %llu were used", seed,
	      (unsigned long long)(world->buffer.view[SHARED_BUFFER_P].bytes >>
				   10),
	      (unsigned long long)(world->inside_most >> 10));
	shared_buffer_close(&world->buffer);
	free(world);
}

/* Entries that no process published go when the buffer is swept. */
static void swept(void)
{
	struct world *world = calloc(1, sizeof(*world));
	const uint64_t bytes = 4 << 20;
	uint64_t start, position = 0;
	void *space;

	world->random = 77;
	CHECK_OK(shared_buffer_open(&world->buffer, 0, &world->shared));
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 3; i++) {
			CHECK_OK(shared_buffer_space(&world->buffer,
						     world->tail, bytes, &start,
						     &space));
			memset(space, 1, bytes);
			world->tail = start + bytes;
		}
		CHECK(pages_bytes(world) >= 3 * bytes);
		shared_buffer_sweep(&world->buffer, world->tail);
		CHECK(pages_bytes(world) <= KEPT + 2 * SHM_PART_STEP);
		position = world->tail;
		CHECK(append(world, 100000));
		while (world->made == world->taken)
			CHECK(append(world, 100000));
		while (world->taken < world->made)
			CHECK(take(world, &position));
	}
	shared_buffer_close(&world->buffer);
	free(world);
}

/* What is empty takes no address space; what grew is seen by another view. */
static void grows_in_another_process(void)
{
	struct shared_buffer_shared *shared = shared_memory(sizeof(*shared));
	struct shared_buffer buffer;
	const uint64_t bytes = 5 << 20;
	uint64_t start = 1;
	pid_t child;
	void *at;

	CHECK_OK(shared_buffer_open(&buffer, ASSEMBLY, shared));
	CHECK(!buffer.view[0].base && !buffer.view[1].base &&
	      !buffer.assembly_view.base &&
	      !pages_bytes(&(struct world){.buffer = buffer}));
	/* nothing was written there: no such entry, not SIGBUS */
	CHECK_IS(shared_buffer_find(&buffer, SHARED_BUFFER_C, 0, 16, &at),
		 IPCM_CORRUPT);
	child = fork();
	if (!child) {
		CHECK_OK(shared_buffer_space(&buffer, 0, bytes, &start, &at));
		memset(at, 5, bytes);
		CHECK_OK(shared_buffer_assembly_reserve(&buffer, ASSEMBLY));
		CHECK_OK(shared_buffer_assembly(&buffer, ASSEMBLY, &at));
		memset(at, 6, ASSEMBLY);
		_exit(check_failures() ? 1 : 0);
	}
	CHECK(orphan_ok());
	CHECK_OK(shared_buffer_find(&buffer, SHARED_BUFFER_C, 0, bytes, &at));
	CHECK(((uint8_t *)at)[0] == 5 && ((uint8_t *)at)[bytes - 1] == 5);
	CHECK(shared_buffer_assembly_bytes(&buffer) == ASSEMBLY);
	CHECK_OK(shared_buffer_assembly(&buffer, ASSEMBLY, &at));
	for (uint64_t i = 0; i < ASSEMBLY; i += 4096)
		if (!CHECK(((uint8_t *)at)[i] == 6))
			break;
	shared_buffer_assembly_trim(&buffer, KEPT);
	CHECK_OK(shared_buffer_assembly_reserve(&buffer, 2 * KEPT));
	CHECK_OK(shared_buffer_assembly(&buffer, 2 * KEPT, &at));
	CHECK(((uint8_t *)at)[KEPT - 1] == 6 && ((uint8_t *)at)[KEPT] == 0);
	/* the entries are where they were */
	CHECK_OK(shared_buffer_find(&buffer, SHARED_BUFFER_C, 0, bytes, &at));
	CHECK(((uint8_t *)at)[0] == 5 && ((uint8_t *)at)[bytes - 1] == 5);
	shared_buffer_close(&buffer);
}

int main(void)
{
	for (uint32_t seed = 1; seed <= 2; seed++) {
		bursts(seed, 2000, 1000);
		bursts(seed + 100, 70000, 150);
		bursts(seed + 200, 1 << 20, 12);
	}
	swept();
	grows_in_another_process();
	return check_failures() ? 1 : 0;
}
