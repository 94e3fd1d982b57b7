/* SPDX-License-Identifier: MIT */
/*
 * Q-NEW: what a queue holds, and what a creation that fails leaves behind.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

static void bound_counts_items(const struct ipcm_backend *backend)
{
	static const unsigned sizes[] = {1, 2, 6, 10, 30, 100};

	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned maxsize = sizes[i / 2];
		struct ipcm_queue *queue = queue_make_flags(
			backend, maxsize, i % 2 ? IPCM_QUEUE_FEEDER : 0);

		queue_expect_room(queue, maxsize);
		numbers_expect(queue, 0, maxsize);
		queue_expect_room(queue, maxsize);
		numbers_expect(queue, 0, maxsize);
		queue_expect_drained(queue);
		ipcm_queue_free(queue);
	}
}

static void unlimited_small(const struct ipcm_backend *backend, int64_t maxsize)
{
	struct ipcm_queue *queue = queue_make(backend, maxsize);

	for (uint64_t i = 0; i < 1000; i++)
		CHECK_OK(ipcm_queue_put(queue, &i, sizeof(i), IPCM_TRY));
	CHECK(!queue_is_full(queue), "an unlimited queue says full");
	numbers_expect(queue, 0, 1000);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void unlimited_never_blocks(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;

	unlimited_small(backend, 0);
	unlimited_small(backend, -3);
	queue = queue_make(backend, 0);
	for (unsigned i = 0; i < 2000; i++)
		pattern_put(queue, i, 1024);
	pattern_put(queue, 2000, (size_t)1 << 20);
	CHECK(!queue_is_full(queue), "an unlimited queue says full");
	for (unsigned i = 0; i < 2000; i++)
		pattern_expect(queue, i, 1024);
	pattern_expect(queue, 2000, (size_t)1 << 20);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

/* "An implementation maximum of at least 32767 items may apply." */
static void unlimited_holds_many(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 0);

	unlimited_never_blocks(backend);
	for (uint64_t i = 0; i < 32767; i++)
		CHECK_OK(ipcm_queue_put(queue, &i, sizeof(i), IPCM_TRY));
	CHECK_EQUAL(32767, queue_size(queue), "items");
	numbers_expect(queue, 0, 32767);
	ipcm_queue_free(queue);
}

static void new_queue_is_empty(const struct ipcm_backend *backend)
{
	for (int64_t maxsize = -1; maxsize <= 3; maxsize++) {
		struct ipcm_queue *queue = queue_make(backend, maxsize);

		CHECK_EQUAL(0, queue_size(queue), "items in a new queue");
		CHECK(queue_is_empty(queue), "a new queue is not empty");
		CHECK(!queue_is_full(queue), "a new queue is full");
		queue_expect_drained(queue);
		if (maxsize == 1)
			number_put(queue, 5); /* left inside on purpose */
		ipcm_queue_free(queue);
	}
}

static void bound_beyond_the_mechanism(const struct ipcm_backend *backend)
{
	static const struct {
		unsigned items;
		size_t bytes;
	} cases[] = {{30, 8192}, {10, 65536}, {3, (size_t)1 << 20}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct ipcm_queue *queue = queue_make(backend, cases[c].items);
		unsigned char extra = 0;

		for (unsigned i = 0; i < cases[c].items; i++)
			pattern_put(queue, i, cases[c].bytes);
		CHECK(queue_is_full(queue), "%u items put, not full",
		      cases[c].items);
		CHECK_STATUS(IPCM_FULL,
			     ipcm_queue_put(queue, &extra, 1, IPCM_TRY));
		for (unsigned i = 0; i < cases[c].items; i++)
			pattern_expect(queue, i, cases[c].bytes);
		queue_expect_drained(queue);
		ipcm_queue_free(queue);
	}
}

static void limit_descriptors(rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		check_harness_error("getrlimit: %s", strerror(errno));
	limit.rlim_cur = soft;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		check_harness_error("setrlimit: %s", strerror(errno));
}

/* Let creation fail at its first, second ... descriptor until it succeeds. */
static void failed_creation_leaves_nothing(const struct ipcm_backend *backend)
{
	struct leak_snapshot *before = leak_snapshot_take();
	struct rlimit old;
	unsigned lowest, failures = 0;

	if (getrlimit(RLIMIT_NOFILE, &old))
		check_harness_error("getrlimit: %s", strerror(errno));
	lowest = leak_next_descriptor();
	for (unsigned room = 0;; room++) {
		struct ipcm_queue *queue = NULL;
		enum ipcm_status status;

		limit_descriptors(lowest + room);
		status = ipcm_queue_create(backend, NULL, &queue);
		limit_descriptors(old.rlim_cur);
		if (status == IPCM_OK) {
			number_put(queue, room);
			CHECK_EQUAL(room, number_get(queue), "number");
			ipcm_queue_free(queue);
			break;
		}
		CHECK(status == IPCM_LIMIT || status == IPCM_NOMEM,
		      "creation with room for %u descriptors gave %s", room,
		      ipcm_status_name(status));
		CHECK(queue == NULL, "a failed create wrote the handle");
		check_nothing_left(before, "by a creation that failed");
		CHECK(++failures < 100, "no creation with 100 descriptors");
	}
	check_nothing_left(before,
			   "by a queue made with just enough descriptors");
	leak_snapshot_free(before);
}

static const struct clause table[] = {
	{"Q-NEW-01", LEVEL_CORE, OBJECT_QUEUE,
	 "Fill queues of 1, 2, 6, 10, 30 and 100 items, twice.",
	 "Exactly maxsize items fit, whatever the mechanism counts.",
	 "multiprocessing, Queue; CPython queues.py, Queue.__init__", 0, false,
	 bound_counts_items},
	{"Q-NEW-02", LEVEL_CORE, OBJECT_QUEUE,
	 "Queue(0) and Queue(-3): thousands of puts and 1 MiB, no reader.",
	 "Put never blocks and never says FULL; 32767 items fit.",
	 "multiprocessing, Queue; CPython queues.py, Queue.__init__; "
	 "tried on CPython",
	 0, false, unlimited_holds_many},
	{"Q-NEW-03", LEVEL_CORE, OBJECT_QUEUE,
	 "Look at new queues, also after one was freed with an item inside.",
	 "Empty, not full, qsize 0.",
	 "multiprocessing, Queue; CPython test _TestQueue.test_put, test_qsize",
	 0, false, new_queue_is_empty},
	{"Q-NEW-04", LEVEL_CORE, OBJECT_QUEUE,
	 "30 items of 8 KiB, 10 of 64 KiB, 3 of 1 MiB, with no consumer.",
	 "A bound above the mechanism's own capacity is honoured.",
	 "CPython queues.py, Queue.put", 0, false, bound_beyond_the_mechanism},
	{"Q-NEW-05", LEVEL_CORE, OBJECT_QUEUE,
	 "Creation with room for 0, 1, 2 ... more descriptors.",
	 "LIMIT or NOMEM, and everything acquired so far is given back.",
	 "mq_open(3); Open POSIX mq_open 26, 28, 30; LTP msgget03, pipe06", 0,
	 false, failed_creation_leaves_nothing},
};

CLAUSE_LIST(clauses_queue_create, table);
