/* SPDX-License-Identifier: MIT */
/*
 * M-16: a queue of a manager. What all blocking calls have in common (time
 * limits, signals) is in the clauses of section G.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"
#include "conformance/harness/users.h"

static void item_put(struct ipcm_proxy *queue, int item)
{
	CHECK_OK(ipcm_shared_queue_put(queue, &item, sizeof(item), hang_ns()));
}

static int item_get(struct ipcm_proxy *queue)
{
	int item = 0;
	size_t size = 0;

	CHECK_OK(ipcm_shared_queue_get(queue, &item, sizeof(item), hang_ns(),
				       &size));
	CHECK_EQUAL(sizeof(item), size, "bytes of an item");
	return item;
}

static size_t items_in(struct ipcm_proxy *queue)
{
	size_t count = 77;
	bool empty, full;

	CHECK_OK(ipcm_shared_queue_qsize(queue, &count));
	CHECK_OK(ipcm_shared_queue_empty(queue, &empty));
	CHECK_OK(ipcm_shared_queue_full(queue, &full));
	CHECK(empty == (count == 0) && full == (count == 2),
	      "%zu items, empty %d, full %d", count, empty, full);
	return count;
}

static void queue_of_two(struct ipcm_proxy *queue)
{
	char small;
	int item = 3;
	size_t size = 0;

	CHECK_EQUAL(0, items_in(queue), "items");
	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_shared_queue_get(queue, &item, 4, IPCM_TRY, NULL));
	item_put(queue, 1);
	item_put(queue, 2);
	CHECK_STATUS(IPCM_FULL,
		     ipcm_shared_queue_put(queue, &item, 4, IPCM_TRY));
	CHECK_STATUS(IPCM_FULL,
		     ipcm_shared_queue_put(queue, &item, 4, 30 * MS));
	CHECK_EQUAL(2, items_in(queue), "items");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_shared_queue_get(queue, &small, 1, IPCM_TRY, &size));
	CHECK_EQUAL(4, size, "bytes that are needed");
	CHECK_EQUAL(1, item_get(queue), "the first item");
	CHECK_EQUAL(2, item_get(queue), "the second item");
	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_shared_queue_get(queue, &item, 4, 30 * MS, NULL));
	CHECK_EQUAL(3, item, "a buffer after EMPTY");
}

static enum ipcm_status put_one_more(void *queue)
{
	int item = 9;

	return ipcm_shared_queue_put(queue, &item, 4, IPCM_FOREVER);
}

static enum ipcm_status join_it(void *queue)
{
	return ipcm_shared_queue_join(queue, IPCM_FOREVER);
}

/* Waiting calls go on when they can. Four items were put and none is done. */
static void queue_waits(struct ipcm_proxy *queue)
{
	struct call *call;

	item_put(queue, 1);
	item_put(queue, 2);
	call = call_start_function(put_one_more, queue, "shared put");
	call_check_blocked(call);
	CHECK_EQUAL(1, item_get(queue), "the first item");
	call_check_returns(call, IPCM_OK);
	CHECK_EQUAL(2, item_get(queue), "the second item");
	CHECK_EQUAL(9, item_get(queue), "the third item");
	call = shared_get_start(queue);
	call_check_blocked(call);
	item_put(queue, 4);
	call_check_returns(call, IPCM_OK);

	call = call_start_function(join_it, queue, "shared join");
	call_check_blocked(call);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_queue_join(queue, IPCM_TRY));
	for (int i = 0; i < 4; i++) {
		CHECK(!call_returned(call), "join returned after %d", i);
		CHECK_OK(ipcm_shared_queue_task_done(queue));
	}
	call_check_returns(call, IPCM_OK);
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_task_done(queue));
}

enum { PRODUCERS = 3, EACH = 100 };

struct traffic {
	struct ipcm_proxy *queue;
	_Atomic int producers, consumers;
	_Atomic int seen[PRODUCERS * EACH];
};

static void produce(void *argument)
{
	struct traffic *traffic = argument;
	int first = atomic_fetch_add(&traffic->producers, 1) * EACH;

	for (int i = 0; i < EACH; i++)
		item_put(traffic->queue, first + i);
}

static void consume(void *argument)
{
	struct traffic *traffic = argument;

	for (int i = 0; i < EACH; i++) {
		int item = item_get(traffic->queue);

		CHECK(item >= 0 && item < PRODUCERS * EACH, "item %d", item);
		CHECK_EQUAL(0, atomic_fetch_add(&traffic->seen[item], 1),
			    "times an item came before");
	}
}

static void remove_under_a_get(struct ipcm_manager *manager)
{
	struct ipcm_proxy *queue = shared_queue_make(manager, 0);
	struct call *get = shared_get_start(queue);

	call_check_blocked(get);
	CHECK_OK(ipcm_manager_remove(manager, proxy_name(queue)));
	call_check_returns(get, IPCM_REMOVED);
	CHECK_STATUS(IPCM_REMOVED,
		     ipcm_shared_queue_put(queue, "x", 1, IPCM_TRY));
	ipcm_proxy_free(queue);
}

static void shared_queue(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct traffic *traffic = share(sizeof(*traffic));
	struct ipcm_proxy *queue = shared_queue_make(manager, 2), *same = NULL;
	struct users consumers;

	queue_of_two(queue);
	CHECK_OK(ipcm_shared_queue_task_done(queue));
	CHECK_OK(ipcm_shared_queue_task_done(queue));
	queue_waits(queue);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_queue(manager, proxy_name(queue), 3, &same));
	CHECK_OK(ipcm_manager_queue(manager, proxy_name(queue), 2, &same));
	item_put(same, 5);
	CHECK_EQUAL(5, item_get(queue), "item");
	traffic->queue = queue;
	users_start(&consumers, PRODUCERS - 1, 1, consume, traffic);
	users_run(PRODUCERS, 0, produce, traffic);
	users_join(&consumers);
	CHECK_EQUAL(0, items_in(queue), "items");
	remove_under_a_get(manager);
	ipcm_proxy_free(same);
	ipcm_proxy_free(queue);
	manager_end(manager);
}

static const struct clause table[] = {
	{"M-16", LEVEL_CORE, OBJECT_MANAGER,
	 "A queue of 2 of a manager: full and empty, waiting puts and gets, "
	 "task_done, join, small buffers; 3 producers, 3 consumers.",
	 "As a JoinableQueue; each item is taken once.",
	 "multiprocessing.managers, SyncManager.Queue; CPython test "
	 "TestSyncManagerTypes.test_queue, test_joinable_queue",
	 0, false, shared_queue},
};

CLAUSE_LIST(clauses_manager_queue, table);
