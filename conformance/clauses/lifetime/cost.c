/* SPDX-License-Identifier: MIT */
/*
 * X-LIM-03: a queue costs what it uses: address space, memory that a core file
 * would contain, and memory that mlockall takes; and works under small limits.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ITEMS = 10, ITEM_BYTES = 100, LARGE_BYTES = 3 << 20 };

/* What a queue of ITEMS may take, without what holds the items. */
#define MOST_BYTES   (UINT64_C(1) << 20)
#define LOCKED_BYTES (UINT64_C(2) << 20)
/* Address space that is left under RLIMIT_AS, and RLIMIT_FSIZE. */
#define LEFT_BYTES (UINT64_C(32) << 20)
#define FILE_BYTES (UINT64_C(1) << 20)

/* The kinds of queues. */
enum cost_kind { COST_QUEUE, COST_NAMED, COST_SIMPLE, COST_KINDS };
static const char *const kind_names[] = {"queue", "named queue", "SimpleQueue"};

union cost_object {
	struct ipcm_queue *queue;
	struct ipcm_simple_queue *simple;
};

static union cost_object make(const struct ipcm_backend *backend,
			      enum cost_kind kind)
{
	const struct ipcm_access access = IPCM_ACCESS_INIT;
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	union cost_object object = {NULL};
	char name[NAMED_BYTES];

	options.maxsize = ITEMS;
	options.item_size_hint = ITEM_BYTES;
	if (kind == COST_SIMPLE) {
		CHECK_OK(ipcm_simple_queue_create(backend, &object.simple));
	} else if (kind == COST_NAMED) {
		named_name("cost", name);
		CHECK_OK(ipcm_queue_open(backend, name, &access, &options,
					 &object.queue));
	} else {
		CHECK_OK(ipcm_queue_create(backend, &options, &object.queue));
	}
	return object;
}

static void use(enum cost_kind kind, union cost_object object)
{
	char item[ITEM_BYTES] = "";
	size_t size = 0;

	for (int i = 0; kind != COST_SIMPLE && i < ITEMS; i++)
		CHECK_OK(ipcm_queue_put(object.queue, item, ITEM_BYTES,
					IPCM_TRY));
	for (int i = 0; kind != COST_SIMPLE && i < ITEMS; i++)
		CHECK_OK(ipcm_queue_get(object.queue, item, ITEM_BYTES,
					hang_ns(), &size));
	for (int i = 0; kind == COST_SIMPLE && i < ITEMS; i++) {
		CHECK_OK(
			ipcm_simple_queue_put(object.simple, item, ITEM_BYTES));
		CHECK_OK(ipcm_simple_queue_get(object.simple, item, ITEM_BYTES,
					       &size));
	}
	CHECK_EQUAL(ITEM_BYTES, size, "bytes of an item");
}

static void drop(enum cost_kind kind, union cost_object object)
{
	if (kind == COST_SIMPLE)
		ipcm_simple_queue_free(object.simple);
	else
		ipcm_queue_free(object.queue);
}

/* Of this process: mapped, resident, and what a core file would contain. */
struct memory_use {
	uint64_t mapped, resident, dumped;
};

static uint64_t dumped_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	uint64_t kilobytes, size = 0, sum = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Size: %lu kB", &kilobytes) == 1)
			size = kilobytes << 10;
		/* dd: not dumped; the mapping has read access or none */
		if (!strncmp(line, "VmFlags:", 8) && !strstr(line, " dd"))
			sum += size;
	}
	if (file)
		(void)fclose(file);
	return sum;
}

static struct memory_use memory_in_use(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned long mapped = 0, resident = 0;

	if (!file || fscanf(file, "%lu %lu", &mapped, &resident) != 2)
		check_harness_error("/proc/self/statm cannot be read");
	(void)fclose(file);
	return (struct memory_use){mapped * page, resident * page,
				   dumped_bytes()};
}

/* A test of one kind in a process of its own; in shared memory. */
struct costing {
	const struct ipcm_backend *backend;
	enum cost_kind kind;
	_Atomic int refused; /* mlockall is not permitted */
};

static void check_most(const char *what, enum cost_kind kind, uint64_t before,
		       uint64_t after, uint64_t most)
{
	CHECK(after <= before + most, "%s of a %s: %llu KiB", what,
	      kind_names[kind], (unsigned long long)((after - before) >> 10));
}

/* The bytes of the ring, which is mapped twice; 0 where there is none. */
static uint64_t ring_bytes(const struct costing *costing,
			   union cost_object object)
{
	struct ipcm_queue_stats stats;

	if (!costing->backend->queue->store)
		return 0;
	/* a SimpleQueue's is not reported: as large as its items need */
	if (costing->kind == COST_SIMPLE)
		return UINT64_C(8) << 20;
	CHECK_OK(ipcm_queue_get_stats(object.queue, &stats));
	return stats.channel_bytes;
}

static void measure(void *argument)
{
	struct costing *costing = argument;
	struct memory_use before, after;
	union cost_object object;
	uint64_t ring;

	/* what the first call of all needs, and malloc */
	object = make(costing->backend, costing->kind);
	use(costing->kind, object);
	drop(costing->kind, object);
	(void)memory_in_use();
	before = memory_in_use();
	object = make(costing->backend, costing->kind);
	use(costing->kind, object);
	after = memory_in_use();
	ring = ring_bytes(costing, object);
	check_most("address space", costing->kind, before.mapped, after.mapped,
		   MOST_BYTES + 2 * ring);
	check_most("dumped into a core file", costing->kind, before.dumped,
		   after.dumped, MOST_BYTES);
	drop(costing->kind, object);
}

static void work_under_limits(void *argument)
{
	struct costing *costing = argument;
	union cost_object object;
	struct memory_use now = memory_in_use();

#ifndef IPCMARK_SANITIZED /* a sanitizer needs terabytes for itself */
	(void)limit_set(RLIMIT_AS, now.mapped + LEFT_BYTES);
#endif
	(void)now;
	(void)limit_set(RLIMIT_FSIZE, FILE_BYTES);
	object = make(costing->backend, costing->kind);
	use(costing->kind, object);
	drop(costing->kind, object);
}

static void work_locked(void *argument)
{
	struct costing *costing = argument;
	struct memory_use before, after;
	union cost_object object;

	/* malloc's, the stack's and the program's memory is not the queue's */
	object = make(costing->backend, costing->kind);
	use(costing->kind, object);
	drop(costing->kind, object);
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		atomic_store(&costing->refused, 1);
		return;
	}
	(void)memory_in_use();
	before = memory_in_use();
	object = make(costing->backend, costing->kind);
	use(costing->kind, object);
	after = memory_in_use();
	check_most("locked", costing->kind, before.resident, after.resident,
		   LOCKED_BYTES);
	drop(costing->kind, object);
}

/* What a large item needed is not kept, mapped or not. */
static void large_items_locked(void *argument)
{
	struct costing *costing = argument;
	union cost_object object;
	struct memory_use before, after;

	if (costing->kind == COST_SIMPLE)
		return; /* its put waits for a reader */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return;
	object = make(costing->backend, costing->kind);
	pattern_put(object.queue, 1, LARGE_BYTES);
	pattern_expect(object.queue, 1, LARGE_BYTES);
	before = memory_in_use();
	for (int i = 0; i < ITEMS; i++)
		pattern_put(object.queue, (uint64_t)i, LARGE_BYTES);
	for (int i = 0; i < ITEMS; i++)
		pattern_expect(object.queue, (uint64_t)i, LARGE_BYTES);
	after = memory_in_use();
#ifndef IPCMARK_SANITIZED /* a sanitizer keeps what was freed for a while */
	check_most("locked after large items", costing->kind, before.resident,
		   after.resident, 3 * (uint64_t)LARGE_BYTES);
#endif
	(void)before;
	(void)after;
	drop(costing->kind, object);
}

static void costs_what_it_uses(const struct ipcm_backend *backend)
{
	static void (*const tests[])(void *argument) = {
		measure, work_under_limits, work_locked, large_items_locked};
	struct costing *costing = share(sizeof(*costing));

	costing->backend = backend;
	for (enum cost_kind kind = 0; kind < COST_KINDS; kind++) {
		if (kind == COST_NAMED &&
		    (!(backend->capabilities & IPCM_CAP_NAMED) ||
		     !named_has(backend, NAMED_QUEUE)))
			continue;
		costing->kind = kind;
		for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
			struct peer peer = peer_start(tests[i], costing);

			peer_join(&peer);
		}
	}
	if (atomic_load(&costing->refused))
		check_limit("all but mlockall holds, which is not permitted "
			    "here: raise ulimit -l");
}

static const struct clause table[] = {
	{"X-LIM-03", LEVEL_BEYOND, OBJECT_QUEUE,
	 "A queue of 10 items of 100 B, a SimpleQueue, one with a name: made and "
	 "used; with 32 MiB of address space and files of 1 MiB; after "
	 "mlockall.",
	 "At most 1 MiB of address space without the ring, and 1 MiB in a core "
	 "file; works under the limits; mlockall takes less than 2 MiB.",
	 "setrlimit(2), mlockall(2), madvise(2) MADV_DONTDUMP", 60, false,
	 costs_what_it_uses},
};

CLAUSE_LIST(clauses_cost, table);
