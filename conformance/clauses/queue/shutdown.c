/* SPDX-License-Identifier: MIT */
/*
 * Q-CLS-07: shutdown, which ends a queue for all processes. Four cases, as in
 * the tests that were proposed to CPython: empty, not empty, immediate, and
 * callers that are blocked; each on a plain queue and on one with a feeder.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/users.h"

#include <stdlib.h>

static const int64_t timeouts[] = {IPCM_TRY, 50 * MS, IPCM_FOREVER};

/* Nothing goes in, in any form, and nothing is counted. */
static void expect_no_put(struct ipcm_queue *queue)
{
	uint64_t number = 99;

	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_CLOSED,
			     ipcm_queue_put(queue, &number, 8, timeouts[i]));
}

static void expect_no_get(struct ipcm_queue *queue)
{
	uint64_t number = 99;

	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_CLOSED, ipcm_queue_get(queue, &number, 8,
							 timeouts[i], NULL));
	CHECK_EQUAL(99, number, "buffer after CLOSED");
}

static void expect_ended(void *queue)
{
	expect_no_put(queue);
	expect_no_get(queue);
}

/* What a feeder holds is given back by its own thread: soon, not at once. */
static void await_nothing(struct ipcm_queue *queue)
{
	int64_t deadline = now_ns() + hang_ns();

	while (queue_size(queue) > 0 && now_ns() < deadline)
		pause_ns(MS);
	CHECK_EQUAL(0, queue_size(queue), "items after the end");
}

static void expect_ended_everywhere(struct ipcm_queue *queue)
{
	struct peer other = peer_start(expect_ended, queue);

	peer_join(&other);
	expect_ended(queue);
	await_nothing(queue);
	CHECK_OK(ipcm_queue_shutdown(queue, false));
	CHECK_OK(ipcm_queue_shutdown(queue, true));
}

static void of_an_empty_queue(const struct ipcm_backend *backend,
			      unsigned flags, bool immediate)
{
	struct ipcm_queue *queue =
		queue_make_flags(backend, 3, flags | IPCM_QUEUE_JOINABLE);

	number_put(queue, 1);
	numbers_expect(queue, 1, 1);
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_shutdown(queue, immediate));
	expect_ended_everywhere(queue);
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	ipcm_queue_free(queue);
}

static void shut_down(void *queue)
{
	CHECK_OK(ipcm_queue_shutdown(queue, false));
}

/* The items are drained, by another process too; then get gives CLOSED. */
static void of_a_filled_queue(const struct ipcm_backend *backend,
			      unsigned flags)
{
	struct ipcm_queue *queue =
		queue_make_flags(backend, 4, flags | IPCM_QUEUE_JOINABLE);
	struct peer other;

	numbers_put(queue, 1, 2);
	pattern_put(queue, 3, 300000);
	number_put(queue, 4);
	/* in a child: its end must not be the end of what we have put */
	other = peer_start(shut_down, queue);
	peer_join(&other);
	expect_no_put(queue);
	CHECK_EQUAL(4, queue_size(queue), "items after shutdown");
	numbers_expect(queue, 1, 2);
	pattern_expect(queue, 3, 300000);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	numbers_expect(queue, 4, 1);
	for (int i = 0; i < 4; i++)
		CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, hang_ns()));
	expect_ended_everywhere(queue);
	ipcm_queue_free(queue);
}

/* Items are dropped and count as done, also when it is immediate later. */
static void at_once(const struct ipcm_backend *backend, unsigned flags)
{
	for (int gently = 0; gently < 2; gently++) {
		struct ipcm_queue *queue = queue_make_flags(
			backend, 4, flags | IPCM_QUEUE_JOINABLE);

		numbers_put(queue, 1, 2);
		pattern_put(queue, 3, 300000);
		numbers_expect(queue, 1, 1);
		CHECK_OK(ipcm_queue_task_done(queue));
		if (gently)
			CHECK_OK(ipcm_queue_shutdown(queue, false));
		CHECK_OK(ipcm_queue_shutdown(queue, true));
		CHECK_OK(ipcm_queue_join(queue, flags ? hang_ns() : 0));
		expect_ended_everywhere(queue);
		ipcm_queue_free(queue);
	}
	/* an item that a consumer holds is not done yet */
	struct ipcm_queue *queue =
		queue_make_flags(backend, 4, flags | IPCM_QUEUE_JOINABLE);

	numbers_put(queue, 1, 3);
	numbers_expect(queue, 1, 1);
	CHECK_OK(ipcm_queue_shutdown(queue, true));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	ipcm_queue_free(queue);
}

static void blocked_callers_wake(const struct ipcm_backend *backend,
				 unsigned flags, bool immediate)
{
	struct ipcm_queue *empty = queue_make_flags(backend, 1, flags);
	struct ipcm_queue *full =
		queue_make_flags(backend, 1, flags | IPCM_QUEUE_JOINABLE);
	struct call *getters[2], *putters[2], *joiner;
	int64_t begun;

	number_put(full, 1);
	for (int i = 0; i < 2; i++) {
		int64_t limit = i ? IPCM_FOREVER : 4 * hang_ns();

		getters[i] = call_start(CALL_GET, empty, 0, limit);
		putters[i] = call_start(CALL_PUT, full, 2, limit);
	}
	joiner = call_start(CALL_JOIN, full, 0, IPCM_FOREVER);
	for (int i = 0; i < 2; i++) {
		call_await_asleep(getters[i]);
		call_await_asleep(putters[i]);
	}
	call_check_blocked(joiner);
	begun = now_ns();
	CHECK_OK(ipcm_queue_shutdown(empty, immediate));
	CHECK_OK(ipcm_queue_shutdown(full, immediate));
	CHECK(now_ns() - begun < slack_ns(), "shutdown blocks");
	for (int i = 0; i < 2; i++) {
		call_check_returns(getters[i], IPCM_CLOSED);
		call_check_returns(putters[i], IPCM_CLOSED);
	}
	if (!immediate) {
		call_check_blocked(joiner);
		numbers_expect(full, 1, 1);
		CHECK_OK(ipcm_queue_task_done(full));
	}
	call_check_returns(joiner, IPCM_OK);
	expect_ended_everywhere(full);
	ipcm_queue_free(empty);
	ipcm_queue_free(full);
}

enum { RACES = 20, RACE_BYTES = 300000, KILLS = 40 };

struct race {
	struct ipcm_queue *queue;
	_Atomic int accepted;
};

static void put_until_closed(void *argument)
{
	struct race *race = argument;
	char *item = memory(RACE_BYTES); /* long to copy */
	enum ipcm_status status;

	while ((status = ipcm_queue_put(race->queue, item, RACE_BYTES,
					IPCM_FOREVER)) == IPCM_OK)
		atomic_fetch_add(&race->accepted, 1);
	CHECK_STATUS(IPCM_CLOSED, status);
	free(item);
}

/* What put said OK to is delivered, and nothing else. */
static void accepted_is_delivered(const struct ipcm_backend *backend)
{
	struct race *race = share(sizeof(*race));
	char *item = memory(RACE_BYTES);

	for (int round = 0; round < RACES; round++) {
		enum ipcm_status status = IPCM_OK;
		struct users users;
		int taken = 0;

		race->queue = queue_make(backend, 4);
		atomic_store(&race->accepted, 0);
		users_start(&users, 2, 0, put_until_closed, race);
		while (status == IPCM_OK) {
			status = ipcm_queue_get(race->queue, item, RACE_BYTES,
						hang_ns(), NULL);
			taken += status == IPCM_OK;
			if (taken == 4)
				CHECK_OK(ipcm_queue_shutdown(race->queue,
							     false));
		}
		CHECK_STATUS(IPCM_CLOSED, status);
		users_join(&users);
		CHECK_EQUAL(race->accepted, taken, "items taken of accepted");
		ipcm_queue_free(race->queue);
	}
	free(item);
}

static void shut_down_at_once(void *queue)
{
	CHECK_OK(ipcm_queue_shutdown(queue, true));
}

/* Killed inside shutdown: nothing has begun, or it goes to its end. */
static void killed_inside(const struct ipcm_backend *backend)
{
	for (int i = 0; i < KILLS; i++) {
		struct ipcm_queue *queue = queue_make_joinable(backend, 0);
		enum ipcm_status status;
		struct peer peer;
		uint64_t number;

		numbers_put(queue, 1, 5);
		peer = peer_start(shut_down_at_once, queue);
		pause_ns((int64_t)random_below(400) * US);
		peer_kill(&peer);
		status = ipcm_queue_get(queue, &number, 8, hang_ns(), NULL);
		CHECK(status == IPCM_OK || status == IPCM_CLOSED, "get gave %s",
		      ipcm_status_name(status));
		if (status == IPCM_CLOSED)
			CHECK_OK(ipcm_queue_join(queue, hang_ns()));
		CHECK_OK(ipcm_queue_shutdown(queue, true));
		if (status == IPCM_OK)
			CHECK_OK(ipcm_queue_task_done(queue));
		CHECK_OK(ipcm_queue_join(queue, hang_ns()));
		expect_ended(queue);
		ipcm_queue_free(queue);
	}
}

static void shutdown_ends_it_for_all(const struct ipcm_backend *backend)
{
	static const unsigned kinds[] = {0, IPCM_QUEUE_FEEDER};
	struct ipcm_queue *queue = queue_make(backend, 1);

	for (int kind = 0; kind < 2; kind++) {
		of_an_empty_queue(backend, kinds[kind], false);
		of_an_empty_queue(backend, kinds[kind], true);
		of_a_filled_queue(backend, kinds[kind]);
		at_once(backend, kinds[kind]);
		blocked_callers_wake(backend, kinds[kind], false);
		blocked_callers_wake(backend, kinds[kind], true);
	}
	accepted_is_delivered(backend);
	killed_inside(backend);
	CHECK_OK(ipcm_queue_close(queue));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_shutdown(queue, false));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_shutdown(NULL, false));
	ipcm_queue_free(queue);
}

static const struct clause table[] = {
	{"Q-CLS-07", LEVEL_OPTIONAL, OBJECT_QUEUE,
	 "shutdown of an empty and of a filled queue, at once or not, with "
	 "blocked callers, under two producers; killed inside it 40 times.",
	 "put gives CLOSED everywhere; get drains, then CLOSED; at once: "
	 "items are dropped and done; blocked callers wake.",
	 "queue, Queue.shutdown; CPython issue 96471", 60, true,
	 shutdown_ends_it_for_all},
};

CLAUSE_LIST(clauses_queue_shutdown, table);
