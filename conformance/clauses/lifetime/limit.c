/* SPDX-License-Identifier: MIT */
/*
 * X-LIM-01: the limits that a back-end reports are those that calls meet. What
 * happens when something runs out is in exhaustion.c.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/fixtures/fixtures_named.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/*
 * Most queues that are made to find out whether exactly so many can be had,
 * and how many if more are promised: each may take 16 MiB.
 */
enum { FEW = 30, SOME = 12, BATCH = 512 };

/* Items of which a queue is filled: all that are promised take minutes. */
enum { FILLED = 131072 };

static struct ipcm_limits limits_of(const struct ipcm_backend *backend)
{
	struct ipcm_limits limits;

	memset(&limits, 0xff, sizeof(limits));
	CHECK_OK(ipcm_backend_limits(backend, &limits));
	return limits;
}

/* Exactly so many items fit, whatever the channel holds. */
static void fill_with_items(const struct ipcm_backend *backend, uint64_t count)
{
	struct ipcm_queue *queue = queue_make(backend, (int64_t)count);
	struct ipcm_item items[BATCH];
	uint64_t number = 7, put = 0;
	size_t done = 0;

	for (int i = 0; i < BATCH; i++)
		items[i] = (struct ipcm_item){&number, sizeof(number)};
	while (put < count) {
		size_t more =
			count - put < BATCH ? (size_t)(count - put) : BATCH;

		CHECK_OK(ipcm_queue_put_many(queue, items, more, IPCM_TRY,
					     &done));
		put += done;
	}
	CHECK_EQUAL(count, queue_size(queue), "items");
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put_nowait(queue, &number, 8));
	numbers_expect(queue, 7, 1);
	CHECK_OK(ipcm_queue_put_nowait(queue, &number, 8));
	ipcm_queue_free(queue);
}

static void item_limits(const struct ipcm_backend *backend,
			const struct ipcm_limits *limits)
{
	struct ipcm_queue_stats stats;
	struct ipcm_queue *queue = NULL;
	uint64_t native = limits->native_message_bytes;

	CHECK(limits->queue_items >= 32767, "queue_items is %llu",
	      (unsigned long long)limits->queue_items);
	CHECK_STATUS(IPCM_LIMIT,
		     queue_try(backend, (int64_t)limits->queue_items + 1, 0,
			       &queue));
	fill_with_items(backend, limits->queue_items < FILLED
					 ? limits->queue_items
					 : FILLED);
	queue = queue_make(backend, (int64_t)limits->queue_items);
	number_put(queue, 3);
	numbers_expect(queue, 3, 1);
	ipcm_queue_free(queue);

	queue = queue_make(backend, 2);
	pattern_put(queue, 1, (size_t)limits->item_bytes);
	pattern_expect(queue, 1, (size_t)limits->item_bytes);
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put(queue, "", (size_t)limits->item_bytes + 1,
				    IPCM_TRY));
	CHECK(native > 0 && native <= limits->item_bytes,
	      "native_message_bytes is %llu", (unsigned long long)native);
	for (uint64_t more = 0; more < 2 && native + more <= 1 << 20; more++) {
		pattern_put(queue, 2, (size_t)(native + more));
		pattern_expect(queue, 2, (size_t)(native + more));
	}
	queue_expect_drained(queue);
	ipcm_queue_free(queue);

	queue = queue_make(backend, 0);
	CHECK_OK(ipcm_queue_get_stats(queue, &stats));
	CHECK_EQUAL(stats.channel_bytes, limits->channel_bytes,
		    "channel_bytes of a queue and of the back-end");
	CHECK_EQUAL(stats.channel_messages, limits->channel_messages,
		    "channel_messages of a queue and of the back-end");
	ipcm_queue_free(queue);
}

/* A message of the largest size; in shared memory. */
struct parcel {
	struct pair pair;
	size_t bytes;
};

static void send_parcel(void *argument)
{
	struct parcel *parcel = argument;

	message_send(parcel->pair.second, 3, parcel->bytes);
}

static void message_limits(const struct ipcm_backend *backend,
			   const struct ipcm_limits *limits)
{
	struct parcel *parcel = share(sizeof(*parcel));
	struct peer sender;

	parcel->bytes = (size_t)limits->message_bytes;
	parcel->pair = pipe_make(backend, false);
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_connection_send(parcel->pair.second, "",
					  parcel->bytes + 1, IPCM_TRY));
	sender = peer_start(send_parcel, parcel);
	message_expect(parcel->pair.first, 3, parcel->bytes);
	peer_join(&sender);
	pair_free(&parcel->pair);
}

static void semaphore_limits(const struct ipcm_backend *backend,
			     const struct ipcm_limits *limits)
{
	struct ipcm_semaphore_options options = {
		(int64_t)limits->semaphore_value, 0};
	struct ipcm_semaphore *semaphore = NULL;

	CHECK(options.initial >= 1, "semaphore_value is %lld",
	      (long long)options.initial);
	CHECK_OK(ipcm_semaphore_create(backend, &options, &semaphore));
	CHECK_EQUAL(options.initial, semaphore_value(semaphore), "value");
	CHECK_STATUS(IPCM_OVERFLOW, ipcm_semaphore_release(semaphore));
	CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_OVERFLOW, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
	semaphore = NULL;
	options.initial++;
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_semaphore_create(backend, &options, &semaphore));
}

/* A try to have as many queues as promised. */
struct declared {
	struct ipcm_queue *queues[2 * FEW];
	uint64_t promised;
	bool few;
	unsigned wanted, made;
	/** Of the first that could not be made. */
	enum ipcm_status status;
};

static void promise_try(struct declared *declared,
			const struct ipcm_backend *backend)
{
	unsigned most;

	declared->promised = limits_of(backend).queues;
	declared->few = declared->promised > 0 && declared->promised <= FEW;
	declared->wanted = declared->few ? (unsigned)declared->promised : SOME;
	most = declared->wanted;
	if (declared->few)
		most += declared->wanted / 10 + 2;
	declared->status = IPCM_OK;
	for (declared->made = 0; declared->made < most; declared->made++) {
		declared->status = queue_try(backend, 0, 0,
					     &declared->queues[declared->made]);
		if (declared->status)
			break;
	}
}

static void promise_free(struct declared *declared)
{
	for (unsigned i = 0; i < declared->made; i++)
		ipcm_queue_free(declared->queues[i]);
}

/*
 * As many queues as promised can be had, and, if it is few, not many more: a
 * descriptor that the first queue alone needed may be left over. Some limits
 * are a user's, and another program may have used them up just then.
 */
static void number_of_queues(const struct ipcm_backend *backend)
{
	struct declared *declared = memory(sizeof(*declared));
	struct ipcm_queue *queue;

	promise_try(declared, backend);
	for (int again = 0; again < 5 && declared->made < declared->wanted;
	     again++) {
		promise_free(declared);
		pause_ns(grace_ns());
		promise_try(declared, backend);
	}
	if (declared->made < declared->wanted)
		check_doubt();
	CHECK(declared->made >= declared->wanted,
	      "queue %u of the %llu promised: %s", declared->made + 1,
	      (unsigned long long)declared->promised,
	      ipcm_status_name(declared->status));
	CHECK(!declared->few || declared->status == IPCM_LIMIT ||
		      declared->status == IPCM_NOMEM,
	      "%u queues promised, the next after %u: %s", declared->wanted,
	      declared->made, ipcm_status_name(declared->status));
	queue = declared->queues[declared->wanted - 1];
	number_put(queue, 5);
	numbers_expect(queue, 5, 1);
	promise_free(declared);
	CHECK_OK(queue_try(backend, 0, 0, &queue));
	ipcm_queue_free(queue);
	free(declared);
}

static void limits_are_real(const struct ipcm_backend *backend)
{
	struct ipcm_limits limits = limits_of(backend);

	if (backend->queue) {
		rlim_t before;

		item_limits(backend, &limits);
		number_of_queues(backend);
		before = limit_set(RLIMIT_NOFILE, leak_next_descriptor() + 20);
		number_of_queues(backend);
		(void)limit_set(RLIMIT_NOFILE, before);
	}
	if (backend->pipe)
		message_limits(backend, &limits);
	if (backend->lock)
		semaphore_limits(backend, &limits);
	CHECK_STATUS(IPCM_INVALID, ipcm_backend_limits(NULL, &limits));
	CHECK_STATUS(IPCM_INVALID, ipcm_backend_limits(backend, NULL));
}

static const struct clause table[] = {
	{"X-LIM-01", LEVEL_CORE, OBJECT_ALL,
	 "Bytes, permits and queues up to the reported limits, items up to "
	 "131072; and one more.",
	 "Calls at the limit work; beyond it: LIMIT, TOOBIG, INVALID.",
	 "mq_overview(7), msgop(2), pipe(7)", 60, false, limits_are_real},
};

CLAUSE_LIST(clauses_limit, table);
