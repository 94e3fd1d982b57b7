/* SPDX-License-Identifier: MIT */
/*
 * Q-ZC: items written and read where they lie. Not in the catalogue: no
 * competitor has it for processes; the rule is what queue.h promises.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdint.h>
#include <string.h>

/* Every call refuses, and the item that is there stays there. */
static void refused_or_leave(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	enum ipcm_status status[5];
	const void *item = NULL;
	void *room = NULL;
	size_t size = 77;

	if (backend->capabilities & IPCM_CAP_ZERO_COPY)
		return;
	queue = queue_make(backend, 2);
	number_put(queue, 1);
	status[0] = ipcm_queue_reserve(queue, 8, IPCM_TRY, &room);
	status[1] = ipcm_queue_commit(queue, 8);
	status[2] = ipcm_queue_abandon(queue);
	status[3] = ipcm_queue_peek(queue, IPCM_TRY, &item, &size);
	status[4] = ipcm_queue_release(queue, true);
	for (int i = 0; i < 5; i++) {
		static const char *const calls[] = {
			"reserve", "commit", "abandon", "peek", "release"};

		if (status[i] != IPCM_NOTSUP)
			check_undeclared_support(
				"%s gave %s, but ZERO_COPY is not "
				"declared",
				calls[i], ipcm_status_name(status[i]));
	}
	CHECK(!room && !item && size == 77, "a refused call wrote a result");
	CHECK_EQUAL(1, queue_size(queue), "items after refused calls");
	numbers_expect(queue, 1, 1);
	ipcm_queue_free(queue);
	check_unsupported("ZERO_COPY is not declared; all five calls give "
			  "NOTSUP");
}

static void *reserve(struct ipcm_queue *queue, size_t bytes)
{
	void *room = NULL;

	CHECK_OK(ipcm_queue_reserve(queue, bytes, hang_ns(), &room));
	CHECK(room && (uintptr_t)room % 8 == 0, "the room lies at %p", room);
	return room;
}

static void peek_expect(struct ipcm_queue *queue, uint64_t number, size_t bytes)
{
	const void *item = NULL;
	size_t size = 0;

	CHECK_OK(ipcm_queue_peek(queue, hang_ns(), &item, &size));
	CHECK_EQUAL(bytes, size, "bytes of the item");
	CHECK((uintptr_t)item % 8 == 0, "the item lies at %p", item);
	CHECK(pattern_matches(item, bytes, number),
	      "an item of %zu bytes is damaged or another one", bytes);
}

static void peek_expect_number(struct ipcm_queue *queue, uint64_t number)
{
	const void *item = NULL;
	uint64_t seen = 0;
	size_t size = 0;

	CHECK_OK(ipcm_queue_peek(queue, hang_ns(), &item, &size));
	CHECK_EQUAL(sizeof(seen), size, "bytes of the item");
	memcpy(&seen, item, sizeof(seen));
	CHECK_EQUAL(number, seen, "number seen");
}

static void in_place(const struct ipcm_backend *backend)
{
	static const size_t sizes[] = {100, 0, 1, 4096, 70000, 1 << 20};
	struct ipcm_queue *queue = queue_make_joinable(backend, 3);

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *room = reserve(queue, sizes[i] + 50);

		CHECK_EQUAL(0, queue_size(queue),
			    "items while one is reserved");
		pattern_fill(room, sizes[i], i);
		CHECK_OK(ipcm_queue_commit(queue, sizes[i]));
		CHECK_EQUAL(1, queue_size(queue), "items after commit");
		/* seen twice, taken once */
		peek_expect(queue, i, sizes[i]);
		CHECK_OK(ipcm_queue_release(queue, false));
		CHECK_EQUAL(1, queue_size(queue), "items after peek");
		peek_expect(queue, i, sizes[i]);
		CHECK_OK(ipcm_queue_release(queue, true));
		queue_expect_drained(queue);
		CHECK_OK(ipcm_queue_task_done(queue));
		/* beside the calls that copy */
		pattern_fill(reserve(queue, sizes[i]), sizes[i], 7);
		CHECK_OK(ipcm_queue_commit(queue, sizes[i]));
		pattern_expect(queue, 7, sizes[i]);
		pattern_put(queue, 8, sizes[i]);
		peek_expect(queue, 8, sizes[i]);
		CHECK_OK(ipcm_queue_release(queue, true));
		for (int done = 0; done < 2; done++)
			CHECK_OK(ipcm_queue_task_done(queue));
	}
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	ipcm_queue_free(queue);
}

static void given_back(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 2);
	struct call *other;
	const void *item = NULL;
	void *room = NULL;
	size_t size;

	CHECK_STATUS(IPCM_INVALID, ipcm_queue_commit(queue, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_abandon(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_release(queue, true));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_reserve(queue, IPCM_ITEM_MAX_BYTES + 1,
					IPCM_TRY, &room));
	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_queue_peek(queue, IPCM_TRY, &item, &size));
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_peek(queue, 20 * MS, &item, &size));
	memset(reserve(queue, 1000), 0xff, 1000);
	CHECK_OK(ipcm_queue_abandon(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_commit(queue, 10));
	queue_expect_drained(queue);

	/* other calls wait; more than was reserved is refused */
	room = reserve(queue, 100);
	other = call_start(CALL_PUT, queue, 5, 4 * hang_ns());
	call_check_blocked(other);
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_commit(queue, 101));
	pattern_fill(room, 100, 4);
	CHECK_OK(ipcm_queue_commit(queue, 100));
	call_check_returns(other, IPCM_OK);
	CHECK_STATUS(IPCM_FULL, ipcm_queue_reserve(queue, 1, IPCM_TRY, &room));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_reserve(queue, 1, 20 * MS, &room));
	peek_expect(queue, 4, 100);
	other = call_start(CALL_GET, queue, 0, 4 * hang_ns());
	call_check_blocked(other);
	CHECK_OK(ipcm_queue_release(queue, true));
	call_check_returns(other, IPCM_OK);
	CHECK_EQUAL(5, other->number, "number got");
	queue_expect_room(queue, 2);
	ipcm_queue_free(queue);
}

static void has_no_reservation(void *queue)
{
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_commit(queue, 1));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_abandon(queue));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, "x", 1, 20 * MS));
}

/* Calls of the thread that holds a reservation or an item refuse or work. */
static void own_calls_do_not_wait(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 3);
	struct ipcm_item one = {"x", 1};
	const void *item;
	char text[8];
	size_t size, done;
	struct peer child;
	void *room;

	number_put(queue, 1);
	memset(reserve(queue, 4), 'r', 4);
	child = peer_start(has_no_reservation, queue);
	peer_join(&child);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_reserve(queue, 4, IPCM_FOREVER, &room));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_put(queue, "x", 1, IPCM_FOREVER));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_put_many(queue, &one, 1, IPCM_FOREVER, &done));
	CHECK_EQUAL(1, queue_size(queue), "items beside a reservation");
	numbers_expect(queue, 1, 1);
	CHECK_OK(ipcm_queue_commit(queue, 4));
	CHECK_OK(ipcm_queue_peek(queue, IPCM_FOREVER, &item, &size));
	CHECK(size == 4 && memcmp(item, "rrrr", 4) == 0, "another item");
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_peek(queue, IPCM_FOREVER, &item, &size));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_get(queue, text, 8, IPCM_FOREVER, NULL));
	number_put(queue, 2);
	CHECK_OK(ipcm_queue_release(queue, true));
	/* shutdown ends a put beside a reservation */
	(void)reserve(queue, 4);
	struct call *put = call_start(CALL_PUT, queue, 5, IPCM_FOREVER);

	call_check_blocked(put);
	CHECK_OK(ipcm_queue_shutdown(queue, false));
	call_check_returns(put, IPCM_CLOSED);
	CHECK_OK(ipcm_queue_abandon(queue));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_reserve(queue, 4, S, &room));
	numbers_expect(queue, 2, 1);
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_peek(queue, S, &item, &size));
	ipcm_queue_free(queue);
}

struct later {
	struct ipcm_queue *queue;
	_Atomic int may_get;
};

static enum ipcm_status get_later(void *argument)
{
	struct later *later = argument;
	uint64_t number;

	flag_await(&later->may_get, 1);
	return ipcm_queue_get(later->queue, &number, sizeof(number), hang_ns(),
			      NULL);
}

/* What free finds reserved or peeked is as abandoned and released. */
static void free_gives_back(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	struct later *later = share(sizeof(*later));
	struct call *get, *put;

	number_put(queue, 7);
	peek_expect_number(queue, 7);
	get = call_start(CALL_GET, queue, 0, IPCM_FOREVER);
	call_check_blocked(get);
	CHECK_OK(ipcm_queue_release(queue, false));
	call_check_returns(get, IPCM_OK);
	(void)reserve(queue, 4);
	put = call_start(CALL_PUT, queue, 8, IPCM_FOREVER);
	call_check_blocked(put);
	ipcm_queue_free(queue);
	call_check_returns(put, IPCM_OK);

	later->queue = queue_make(backend, 1);
	number_put(later->queue, 9);
	get = call_start_function(get_later, later, "get");
	peek_expect_number(later->queue, 9);
	ipcm_queue_free(later->queue);
	atomic_store(&later->may_get, 1);
	call_check_returns(get, IPCM_OK);
}

enum { LAPS = 3000, LAP_MOST = 30000 };

/* Many times around whatever ring there is, every size at every place. */
static void lap_producer(void *queue)
{
	for (uint64_t i = 0; i < LAPS; i++) {
		size_t bytes = (size_t)(i * 7919 % LAP_MOST);
		void *room = reserve(queue, bytes + i % 3 * 100);

		pattern_fill(room, bytes, i);
		CHECK_OK(ipcm_queue_commit(queue, bytes));
	}
}

static void laps(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 10);
	struct peer producer = peer_start(lap_producer, queue);

	for (uint64_t i = 0; i < LAPS; i++) {
		peek_expect(queue, i, (size_t)(i * 7919 % LAP_MOST));
		CHECK_OK(ipcm_queue_release(queue, i % 5 != 0));
		if (i % 5 == 0) {
			pattern_expect(queue, i, (size_t)(i * 7919 % LAP_MOST));
		}
	}
	peer_join(&producer);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void die_with_a_reservation(void *queue)
{
	size_t bytes = random_below(2) ? 500 : 400000;

	memset(reserve(queue, bytes), 0xff, bytes / 2);
	(void)raise(SIGKILL);
}

static void die_with_a_peek(void *queue)
{
	const void *item;
	size_t size;

	CHECK_OK(ipcm_queue_peek(queue, hang_ns(), &item, &size));
	(void)raise(SIGKILL);
}

static void killed_in_between(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 3);

	for (unsigned i = 0; i < 10; i++) {
		size_t bytes = i % 2 ? 40 : 300000;
		struct peer peer;

		pattern_put(queue, i, bytes);
		peer = peer_start(die_with_a_reservation, queue);
		CHECK(peer_reap(&peer, hang_ns(), NULL), "it lives on");
		peer = peer_start(die_with_a_peek, queue);
		CHECK(peer_reap(&peer, hang_ns(), NULL), "it lives on");
		CHECK_EQUAL(1, queue_size(queue), "items after two deaths");
		pattern_put(queue, 100 + i, bytes);
		peek_expect(queue, i, bytes);
		CHECK_OK(ipcm_queue_release(queue, true));
		pattern_expect(queue, 100 + i, bytes);
		queue_expect_drained(queue);
	}
	queue_expect_room(queue, 3);
	ipcm_queue_free(queue);
}

static void zero_copy(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	void *room = NULL;

	refused_or_leave(backend);
	in_place(backend);
	given_back(backend);
	own_calls_do_not_wait(backend);
	free_gives_back(backend);
	laps(backend);
	killed_in_between(backend);
	queue = queue_make_flags(backend, 2, IPCM_QUEUE_FEEDER);
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_queue_reserve(queue, 8, IPCM_TRY, &room));
	ipcm_queue_free(queue);
}

static const struct clause table[] = {
	{"Q-ZC-01", LEVEL_BEYOND, OBJECT_QUEUE,
	 "reserve, commit, abandon, peek, release: 3000 rounds, mistakes, "
	 "SIGKILL in between.",
	 "What was written arrives; abandon puts nothing, peek takes "
	 "nothing; a killed process blocks no other one.",
	 "ipcmark queue.h", 0, true, zero_copy},
};

CLAUSE_LIST(clauses_queue_zero_copy, table);
