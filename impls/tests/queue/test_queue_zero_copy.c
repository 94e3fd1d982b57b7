/* SPDX-License-Identifier: MIT */
/*
 * Zero-copy: reserve, commit and abandon, peek and release. What is written in
 * place arrives, others wait and get on, the holder's own calls do not wait
 * for themselves, a dead holder has done nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/check.h"

#define LARGE ((size_t)5 << 20)

static struct ipcm_queue *make(const struct ipcm_backend *backend,
			       int64_t maxsize)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	options.item_size_hint = 64; /* a small ring: it goes round often */
	CHECK_IS(ipcm_queue_create(backend, &options, &queue), IPCM_OK);
	return queue;
}

static size_t size_of(struct ipcm_queue *queue)
{
	size_t items = 4711;

	CHECK_IS(ipcm_queue_qsize(queue, &items), IPCM_OK);
	return items;
}

static bool offered(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	const void *item;
	size_t size;
	void *room;

	if (backend->capabilities & IPCM_CAP_ZERO_COPY)
		return true;
	queue = make(backend, 3);
	CHECK_IS(ipcm_queue_reserve(queue, 8, IPCM_TRY, &room), IPCM_NOTSUP);
	CHECK_IS(ipcm_queue_commit(queue, 8), IPCM_NOTSUP);
	CHECK_IS(ipcm_queue_abandon(queue), IPCM_NOTSUP);
	CHECK_IS(ipcm_queue_peek(queue, IPCM_TRY, &item, &size), IPCM_NOTSUP);
	CHECK_IS(ipcm_queue_release(queue, true), IPCM_NOTSUP);
	CHECK(size_of(queue) == 0);
	ipcm_queue_free(queue);
	return false;
}

static void fill(uint8_t *room, size_t bytes, uint32_t tag)
{
	for (size_t i = 0; i < bytes; i++)
		room[i] = (uint8_t)(tag + i * 7);
}

static bool is_filled(const uint8_t *item, size_t bytes, uint32_t tag)
{
	for (size_t i = 0; i < bytes; i++)
		if (item[i] != (uint8_t)(tag + i * 7))
			return false;
	return true;
}

/* Every position of the ring, the seam included; beside put and get. */
static void bytes_arrive(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	uint8_t copy[4096];
	uint32_t seed = 11;

	if (!offered(backend))
		return;
	queue = make(backend, 4);
	for (uint32_t tag = 0; tag < 20000; tag++) {
		size_t bytes = random_next(&seed) % 3000;
		const void *item = NULL;
		void *room = NULL;
		size_t size = 0;

		if (!CHECK_IS(ipcm_queue_reserve(queue, bytes + 100, IPCM_TRY,
						 &room),
			      IPCM_OK))
			break;
		CHECK(((uintptr_t)room & 7) == 0);
		fill(room, bytes, tag);
		CHECK_IS(ipcm_queue_commit(queue, bytes), IPCM_OK);
		if (tag % 3 == 0) {
			CHECK_IS(ipcm_queue_get(queue, copy, sizeof(copy),
						IPCM_TRY, &size),
				 IPCM_OK);
			item = copy;
		} else {
			CHECK_IS(ipcm_queue_peek(queue, IPCM_TRY, &item, &size),
				 IPCM_OK);
			CHECK(((uintptr_t)item & 7) == 0);
		}
		if (!CHECK(size == bytes && is_filled(item, size, tag)))
			break;
		if (tag % 3)
			CHECK_IS(ipcm_queue_release(queue, true), IPCM_OK);
	}
	CHECK(size_of(queue) == 0);
	ipcm_queue_free(queue);
}

/* Through the arena, past the end of its window of 4 GiB. */
static void large_items_in_one_piece(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;

	if (!offered(backend))
		return;
	queue = make(backend, 3);
	for (uint32_t tag = 0; tag < 900; tag++) {
		const uint8_t *item = NULL;
		uint8_t *room = NULL;
		size_t size = 0;

		if (!CHECK_IS(ipcm_queue_reserve(queue, LARGE + tag, IPCM_TRY,
						 (void **)&room),
			      IPCM_OK))
			break;
		fill(room, 100, tag);
		fill(room + LARGE - 100, 100, tag + 1);
		CHECK_IS(ipcm_queue_commit(queue, LARGE), IPCM_OK);
		CHECK_IS(ipcm_queue_peek(queue, IPCM_TRY, (const void **)&item,
					 &size),
			 IPCM_OK);
		if (!CHECK(size == LARGE && is_filled(item, 100, tag) &&
			   is_filled(item + LARGE - 100, 100, tag + 1)))
			break;
		CHECK_IS(ipcm_queue_release(queue, true), IPCM_OK);
	}
	/* reserved large, committed small */
	for (uint32_t tag = 0; tag < 3; tag++) {
		uint8_t copy[64];
		void *room;

		CHECK_IS(ipcm_queue_reserve(queue, LARGE, IPCM_TRY, &room),
			 IPCM_OK);
		fill(room, 64, tag);
		CHECK_IS(ipcm_queue_commit(queue, tag ? 64 : 0), IPCM_OK);
		CHECK_IS(ipcm_queue_get(queue, copy, 64, IPCM_TRY, NULL),
			 IPCM_OK);
		CHECK(!tag || is_filled(copy, 64, tag));
	}
	ipcm_queue_free(queue);
}

static int finds_it_busy(void *argument)
{
	int64_t before = now_ns();

	CHECK_IS(ipcm_queue_put(argument, "x", 1, IPCM_TRY), IPCM_FULL);
	CHECK(now_ns() - before < 2000 * MS);
	before = now_ns();
	CHECK_IS(ipcm_queue_put(argument, "x", 1, 300 * MS), IPCM_FULL);
	CHECK(now_ns() - before < 2000 * MS);
	/* the parent's reservation is not the child's */
	CHECK_IS(ipcm_queue_commit(argument, 1), IPCM_INVALID);
	CHECK_IS(ipcm_queue_abandon(argument), IPCM_INVALID);
	return 0;
}

static int put_one(void *argument)
{
	CHECK_IS(ipcm_queue_put(argument, "child", 5, HANG), IPCM_OK);
	return 0;
}

static void others_wait(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	char item[16];
	size_t size;
	pid_t child;
	void *room;

	if (!offered(backend))
		return;
	queue = make(backend, 3);
	CHECK_IS(ipcm_queue_reserve(queue, 6, HANG, &room), IPCM_OK);
	CHECK(child_ok(child_start(finds_it_busy, queue)));
	child = child_start(put_one, queue);
	pause_ms(150);
	CHECK(size_of(queue) == 0);
	memcpy(room, "parent", 6);
	CHECK_IS(ipcm_queue_commit(queue, 6), IPCM_OK);
	CHECK(child_ok(child));
	CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_OK);
	CHECK(size == 6 && !memcmp(item, "parent", 6));
	CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_OK);
	CHECK(size == 5 && !memcmp(item, "child", 5));
	ipcm_queue_free(queue);
}

static void own_calls_do_not_wait(const struct ipcm_backend *backend)
{
	struct ipcm_item one = {"x", 1};
	struct ipcm_queue *queue;
	const void *seen;
	char item[16];
	size_t size, done;
	int64_t before;
	void *room;

	if (!offered(backend))
		return;
	queue = make(backend, 3);
	CHECK_IS(ipcm_queue_commit(queue, 0), IPCM_INVALID);
	CHECK_IS(ipcm_queue_abandon(queue), IPCM_INVALID);
	CHECK_IS(ipcm_queue_release(queue, true), IPCM_INVALID);
	CHECK_IS(ipcm_queue_peek(queue, IPCM_TRY, &seen, &size), IPCM_EMPTY);
	CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY), IPCM_OK);
	before = now_ns();
	CHECK_IS(ipcm_queue_reserve(queue, 4, HANG, &room), IPCM_OK);
	CHECK_IS(ipcm_queue_reserve(queue, 4, HANG, &room), IPCM_INVALID);
	CHECK_IS(ipcm_queue_put(queue, "x", 1, HANG), IPCM_INVALID);
	CHECK_IS(ipcm_queue_put_many(queue, &one, 1, HANG, &done),
		 IPCM_INVALID);
	CHECK_IS(ipcm_queue_commit(queue, 5), IPCM_INVALID);
	/* get and the queries are allowed in between */
	CHECK(size_of(queue) == 1);
	CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_OK);
	memcpy(room, "wxyz", 4);
	CHECK_IS(ipcm_queue_commit(queue, 4), IPCM_OK);
	CHECK_IS(ipcm_queue_peek(queue, HANG, &seen, &size), IPCM_OK);
	CHECK(size == 4 && !memcmp(seen, "wxyz", 4));
	CHECK_IS(ipcm_queue_peek(queue, HANG, &seen, &size), IPCM_INVALID);
	CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_INVALID);
	CHECK_IS(ipcm_queue_put(queue, "abc", 3, HANG), IPCM_OK);
	CHECK_IS(ipcm_queue_release(queue, false), IPCM_OK);
	CHECK(size_of(queue) == 2);
	CHECK_IS(ipcm_queue_reserve(queue, 4, HANG, &room), IPCM_OK);
	CHECK_IS(ipcm_queue_abandon(queue), IPCM_OK);
	CHECK(size_of(queue) == 2);
	CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_OK);
	CHECK(size == 4 && !memcmp(item, "wxyz", 4));
	CHECK(now_ns() - before < 1000 * MS);
	CHECK_IS(
		ipcm_queue_reserve(queue, IPCM_ITEM_MAX_BYTES + 1, HANG, &room),
		IPCM_TOOBIG);
	ipcm_queue_free(queue);
}

static int put_and_get_later(void *argument)
{
	char item[16];

	pause_ms(200);
	CHECK_IS(ipcm_queue_put(argument, "x", 1, 5000 * MS), IPCM_OK);
	CHECK_IS(ipcm_queue_get(argument, item, 16, 5000 * MS, NULL), IPCM_OK);
	return 0;
}

static void free_lets_go(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	const void *seen;
	size_t size;
	pid_t child;
	void *room;

	if (!offered(backend))
		return;
	queue = make(backend, 3);
	CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY), IPCM_OK);
	child = child_start(put_and_get_later, queue);
	CHECK_IS(ipcm_queue_reserve(queue, 4, HANG, &room), IPCM_OK);
	CHECK_IS(ipcm_queue_peek(queue, HANG, &seen, &size), IPCM_OK);
	ipcm_queue_free(queue);
	CHECK(child_ok(child));
}

static int die_with_a_reservation(void *argument)
{
	const void *item;
	size_t size;
	void *room;

	CHECK_IS(ipcm_queue_peek(argument, HANG, &item, &size), IPCM_OK);
	CHECK_IS(ipcm_queue_reserve(argument, 100, HANG, &room), IPCM_OK);
	memset(room, 1, 100);
	(void)raise(SIGKILL);
	return 0;
}

static void the_dead_have_done_nothing(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	char item[16];
	size_t size;

	if (!offered(backend))
		return;
	queue = make(backend, 3);
	for (int i = 0; i < 20; i++) {
		CHECK_IS(ipcm_queue_put(queue, "abc", 3, HANG), IPCM_OK);
		(void)child_ok(child_start(die_with_a_reservation, queue));
		CHECK(size_of(queue) == 1);
		CHECK_IS(ipcm_queue_put(queue, "defg", 4, HANG), IPCM_OK);
		CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_OK);
		CHECK(size == 3);
		CHECK_IS(ipcm_queue_get(queue, item, 16, HANG, &size), IPCM_OK);
		CHECK(size == 4);
	}
	ipcm_queue_free(queue);
}

static int take_after_a_while(void *argument)
{
	char item[16];

	pause_ms(100);
	CHECK_IS(ipcm_queue_get(argument, item, 16, HANG, NULL), IPCM_OK);
	return 0;
}

static int wait_for_item(void *argument)
{
	char item[16];

	CHECK_IS(ipcm_queue_get(argument, item, 16, HANG, NULL), IPCM_OK);
	return 0;
}

static void waits_like_put_and_get(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	const void *item;
	size_t size;
	pid_t child;
	void *room;

	if (!offered(backend))
		return;
	queue = make(backend, 1);
	CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_reserve(queue, 8, IPCM_TRY, &room), IPCM_FULL);
	CHECK_IS(ipcm_queue_reserve(queue, 8, 30 * MS, &room), IPCM_FULL);
	child = child_start(take_after_a_while, queue);
	CHECK_IS(ipcm_queue_reserve(queue, 8, HANG, &room), IPCM_OK);
	CHECK(child_ok(child));
	CHECK_IS(ipcm_queue_abandon(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_peek(queue, 30 * MS, &item, &size), IPCM_EMPTY);
	/* an item that was looked at and left is still somebody's */
	child = child_start(wait_for_item, queue);
	pause_ms(50);
	CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY), IPCM_OK);
	if (!ipcm_queue_peek(queue, IPCM_TRY, &item, &size)) {
		pause_ms(50);
		CHECK_IS(ipcm_queue_release(queue, false), IPCM_OK);
	}
	CHECK(child_ok(child));
	CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
	CHECK_IS(ipcm_queue_reserve(queue, 8, HANG, &room), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_peek(queue, HANG, &item, &size), IPCM_CLOSED);
	ipcm_queue_free(queue);
}

static void put_in_place(struct ipcm_queue *queue, size_t reserved,
			 size_t committed, uint32_t tag)
{
	const void *item = NULL;
	size_t size = 0;
	void *room;

	if (!CHECK(!ipcm_queue_reserve(queue, reserved, IPCM_TRY, &room)))
		return;
	fill(room, 100, tag);
	CHECK_IS(ipcm_queue_commit(queue, committed), IPCM_OK);
	if (!CHECK(!ipcm_queue_peek(queue, IPCM_TRY, &item, &size)))
		return;
	CHECK(size == committed && is_filled(item, 100, tag));
	CHECK_IS(ipcm_queue_release(queue, true), IPCM_OK);
}

/* Less than was reserved would have fitted before the end of the window. */
static void stays_where_it_was_written(const struct ipcm_backend *backend)
{
	const uint32_t most = IPCM_ITEM_MAX_BYTES >> 20;
	struct ipcm_queue *queue;

	if (!offered(backend))
		return;
	queue = make(backend, 3);
	/* in MiB: up to 24 before the window's end, at 4096 */
	for (uint32_t i = 0; i < 63; i++)
		put_in_place(queue, (size_t)most << 20, (size_t)most << 20, i);
	put_in_place(queue, (size_t)40 << 20, (size_t)40 << 20, 70);
	put_in_place(queue, (size_t)40 << 20, (size_t)20 << 20, 71);
	put_in_place(queue, (size_t)20 << 20, (size_t)20 << 20, 72);
	ipcm_queue_free(queue);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "bytes arrive", bytes_arrive);
	each_backend(NEEDS_QUEUE, "large items in one piece",
		     large_items_in_one_piece);
	each_backend(NEEDS_QUEUE, "stays where it was written",
		     stays_where_it_was_written);
	each_backend(NEEDS_QUEUE, "others wait", others_wait);
	each_backend(NEEDS_QUEUE, "own calls do not wait",
		     own_calls_do_not_wait);
	each_backend(NEEDS_QUEUE, "free lets go", free_lets_go);
	each_backend(NEEDS_QUEUE, "the dead have done nothing",
		     the_dead_have_done_nothing);
	each_backend(NEEDS_QUEUE, "waits like put and get",
		     waits_like_put_and_get);
	return check_failures() ? 1 : 0;
}
