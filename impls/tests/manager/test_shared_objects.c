/* SPDX-License-Identifier: MIT */
/*
 * A manager's event, barrier, value and queue as the server has them; see
 * test_shared_locks.c. And requests that no client of this library would send,
 * to each kind.
 */
#include <string.h>

#include "fake_calls.h"
#include "ipcmark/barrier.h"
#include "ipcmark/queue.h"

/* ---- event ---- */

static void test_event(void)
{
	fake_make(&shared_event);
	CHECK(fake_ask(A, OP_EVENT_IS_SET) == 0);
	EXPECT(TRY(A, OP_EVENT_WAIT), IPCM_WOULDBLOCK);
	for (unsigned user = A; user <= C; user++)
		EXPECT(ASK(user, OP_EVENT_WAIT), PENDING);
	EXPECT(fake_cancel(object, A2, CANCEL_TIME), IPCM_WOULDBLOCK);
	fake_process_gone(object, PROCESS_B);
	EXPECT(ASK(D, OP_EVENT_SET), IPCM_OK);
	EXPECT(ASK(D, OP_EVENT_CLEAR), IPCM_OK);
	EXPECT(fake_status(A), IPCM_OK);
	EXPECT(fake_status(C), IPCM_OK);
	EXPECT(ASK(A, OP_EVENT_WAIT), PENDING);
	EXPECT(ASK(D, OP_EVENT_SET), IPCM_OK);
	EXPECT(ASK(D, OP_EVENT_SET), IPCM_OK);
	EXPECT(fake_status(A), IPCM_OK);
	EXPECT(TRY(A, OP_EVENT_WAIT), IPCM_OK);
	CHECK(fake_ask(A, OP_EVENT_IS_SET) == 1);
	fake_remove(object);
}

/* ---- barrier ---- */

static void barrier_expect(uint64_t waiting, uint64_t broken)
{
	CHECK(fake_ask(D, OP_BARRIER_PARTIES) == 3);
	CHECK(fake_ask(D, OP_BARRIER_WAITING) == waiting);
	CHECK(fake_ask(D, OP_BARRIER_BROKEN) == broken);
}

static void barrier_opens_in_order(void)
{
	EXPECT(fake_make_with(&shared_barrier, 0), IPCM_INVALID);
	EXPECT(fake_make_with(&shared_barrier, (uint64_t)-1), IPCM_INVALID);
	EXPECT(fake_make_with(&shared_barrier, IPCM_BARRIER_MAX_PARTIES + 1),
	       IPCM_LIMIT);
	EXPECT(fake_make_with(&shared_barrier, IPCM_BARRIER_MAX_PARTIES),
	       IPCM_OK);
	fake_remove(object);
	EXPECT(fake_make_with(&shared_barrier, 3), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER(3), 1), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER(2), 1), IPCM_INVALID);
	for (int round = 0; round < 2; round++) {
		EXPECT(ASK(B, OP_BARRIER_WAIT), PENDING);
		EXPECT(ASK(A, OP_BARRIER_WAIT), PENDING);
		barrier_expect(2, false);
		/* the last one need not wait */
		EXPECT(TRY(C, OP_BARRIER_WAIT), IPCM_OK);
		EXPECT(fake_status(A), IPCM_OK);
		EXPECT(fake_status(B), IPCM_OK);
		CHECK(fake_number(B) == 0 && fake_number(A) == 1 &&
		      fake_number(C) == 2);
		barrier_expect(0, false);
	}
	fake_remove(object);
}

/* The dead and the interrupted are as if they had not come. */
static void barrier_counts_who_is_there(void)
{
	EXPECT(fake_make_with(&shared_barrier, 3), IPCM_OK);
	EXPECT(ASK(A, OP_BARRIER_WAIT), PENDING);
	EXPECT(ASK(B, OP_BARRIER_WAIT), PENDING);
	EXPECT(fake_cancel(object, B, CANCEL_STOPPED), IPCM_WOULDBLOCK);
	barrier_expect(1, false);
	EXPECT(ASK(B, OP_BARRIER_WAIT), PENDING);
	fake_process_gone(object, PROCESS_A);
	barrier_expect(1, false);
	EXPECT(ASK(C, OP_BARRIER_WAIT), PENDING);
	EXPECT(ASK(C2, OP_BARRIER_WAIT), IPCM_OK);
	CHECK(fake_number(B) == 0 && fake_number(C) == 1 &&
	      fake_number(C2) == 2);
	fake_remove(object);
}

static void barrier_breaks(void)
{
	EXPECT(fake_make_with(&shared_barrier, 3), IPCM_OK);
	EXPECT(ASK(A, OP_BARRIER_WAIT), PENDING);
	EXPECT(ASK(B, OP_BARRIER_WAIT), PENDING);
	EXPECT(fake_cancel(object, B, CANCEL_TIME), IPCM_BROKEN);
	EXPECT(fake_status(A), IPCM_BROKEN);
	EXPECT(ASK(A, OP_BARRIER_WAIT), IPCM_BROKEN);
	barrier_expect(0, true);
	EXPECT(ASK(A, OP_BARRIER_RESET), IPCM_OK);
	barrier_expect(0, false);
	EXPECT(ASK(A, OP_BARRIER_WAIT), PENDING);
	EXPECT(ASK(B, OP_BARRIER_RESET), IPCM_OK);
	EXPECT(fake_status(A), IPCM_BROKEN);
	barrier_expect(0, false);
	EXPECT(ASK(A, OP_BARRIER_WAIT), PENDING);
	EXPECT(ASK(B, OP_BARRIER_ABORT), IPCM_OK);
	EXPECT(fake_status(A), IPCM_BROKEN);
	barrier_expect(0, true);
	EXPECT(ASK(B, OP_BARRIER_RESET), IPCM_OK);
	/* one that only tries, and is not the last, is late */
	EXPECT(ASK(A, OP_BARRIER_WAIT), PENDING);
	EXPECT(TRY(B, OP_BARRIER_WAIT), IPCM_BROKEN);
	EXPECT(fake_status(A), IPCM_BROKEN);
	fake_remove(object);
}

static void test_barrier(void)
{
	barrier_opens_in_order();
	barrier_counts_who_is_there();
	barrier_breaks();
	EXPECT(fake_make_with(&shared_barrier, 1), IPCM_OK);
	EXPECT(TRY(A, OP_BARRIER_WAIT), IPCM_OK);
	fake_remove(object);
}

/* ---- value ---- */

static int value_get(unsigned user, uint64_t capacity)
{
	const struct fake_argument argument = NUMBER(capacity);

	return fake_call(object, user, OP_VALUE_GET, true, &argument, 1);
}

static bool bytes_are(unsigned user, const char *text)
{
	size_t size;
	const void *bytes = fake_bytes(user, &size);

	return size == strlen(text) && (!size || !memcmp(bytes, text, size));
}

static void test_value(void)
{
	const struct fake_argument first = BYTES("one", 3);
	const struct fake_argument second = BYTES("three", 5);
	enum ipcm_status status;

	object = fake_create(&shared_value, &first, 1, &status);
	EXPECT(fake_agrees(object, &second, 1), IPCM_OK);
	EXPECT(fake_agrees(object, NULL, 0), IPCM_CORRUPT);
	EXPECT(value_get(A, 3), IPCM_OK);
	CHECK(bytes_are(A, "one"));
	EXPECT(fake_call(object, B, OP_VALUE_SET, true, &second, 1), IPCM_OK);
	/* a copy that was read stays as it is */
	CHECK(bytes_are(A, "one"));
	EXPECT(value_get(C, 4), IPCM_TOOSMALL);
	CHECK(fake_number(C) == 5);
	EXPECT(value_get(C, 5), IPCM_OK);
	CHECK(bytes_are(C, "three"));
	EXPECT(fake_call(object, B, OP_VALUE_SET, true, &NUMBER(0), 1),
	       IPCM_OK);
	EXPECT(value_get(C, 0), IPCM_OK);
	CHECK(bytes_are(C, ""));
	fake_remove(object);
}

/* ---- queue ---- */

static int put(unsigned user, const char *text, bool may_wait)
{
	const struct fake_argument argument = BYTES(text, strlen(text));

	return fake_call(object, user, OP_QUEUE_PUT, may_wait, &argument, 1);
}

static int get(unsigned user, uint64_t capacity, bool may_wait)
{
	const struct fake_argument argument = NUMBER(capacity);

	return fake_call(object, user, OP_QUEUE_GET, may_wait, &argument, 1);
}

static void queue_is_bounded_and_in_order(void)
{
	EXPECT(fake_make_with(&shared_queue, IPCM_QUEUE_MAX_ITEMS + 1),
	       IPCM_LIMIT);
	EXPECT(fake_make_with(&shared_queue, IPCM_QUEUE_MAX_ITEMS), IPCM_OK);
	fake_remove(object);
	EXPECT(fake_make_with(&shared_queue, 2), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER(2), 1), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER(0), 1), IPCM_INVALID);
	EXPECT(put(A, "a", true), IPCM_OK);
	CHECK(fake_ask(A, OP_QUEUE_FULL) == 0);
	EXPECT(put(A, "b", true), IPCM_OK);
	EXPECT(put(A, "c", false), IPCM_WOULDBLOCK);
	CHECK(fake_ask(A, OP_QUEUE_FULL) == 1);
	EXPECT(put(A, "d", true), PENDING);
	EXPECT(put(B, "e", true), PENDING);
	EXPECT(get(C, 0, true), IPCM_TOOSMALL);
	CHECK(fake_number(C) == 1);
	CHECK(fake_ask(C, OP_QUEUE_SIZE) == 2);
	EXPECT(get(C, 1, true), IPCM_OK);
	CHECK(bytes_are(C, "a"));
	EXPECT(fake_status(A), IPCM_OK);
	EXPECT(fake_status(B), PENDING);
	for (const char *want = "bde"; *want; want++) {
		EXPECT(get(C, 9, false), IPCM_OK);
		CHECK(*(const char *)fake_bytes(C, &(size_t){0}) == *want);
	}
	EXPECT(fake_status(B), IPCM_OK);
	EXPECT(get(C, 9, false), IPCM_WOULDBLOCK);
	fake_remove(object);
}

static void waiting_gets_are_served_in_order(void)
{
	EXPECT(fake_make_with(&shared_queue, 0), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER((uint64_t)-5), 1), IPCM_OK);
	EXPECT(get(A, 1, true), PENDING);
	EXPECT(get(B, 9, true), PENDING);
	EXPECT(get(C, 9, true), PENDING);
	/* too large for A, which is told; the item is B's */
	EXPECT(put(D, "four", true), IPCM_OK);
	EXPECT(fake_status(A), IPCM_TOOSMALL);
	CHECK(fake_number(A) == 4);
	CHECK(bytes_are(B, "four"));
	EXPECT(fake_status(C), PENDING);
	EXPECT(fake_cancel(object, C, CANCEL_TIME), IPCM_WOULDBLOCK);
	/* a get that is gone takes nothing */
	EXPECT(get(C, 9, true), PENDING);
	fake_process_gone(object, PROCESS_C);
	EXPECT(put(D, "", true), IPCM_OK);
	CHECK(fake_ask(D, OP_QUEUE_SIZE) == 1);
	EXPECT(get(A, 0, true), IPCM_OK);
	CHECK(bytes_are(A, ""));
	/* too large for all: it stays */
	EXPECT(get(A, 1, true), PENDING);
	EXPECT(put(D, "xx", true), IPCM_OK);
	EXPECT(fake_status(A), IPCM_TOOSMALL);
	CHECK(fake_ask(D, OP_QUEUE_SIZE) == 1);
	fake_remove(object);
}

/* A put that gave up or died has put nothing, and counts for no join. */
static void puts_that_end_leave_nothing(void)
{
	EXPECT(fake_make_with(&shared_queue, 1), IPCM_OK);
	EXPECT(put(D, "a", true), IPCM_OK);
	EXPECT(put(A, "b", true), PENDING);
	EXPECT(put(B, "c", true), PENDING);
	EXPECT(put(C, "d", true), PENDING);
	EXPECT(fake_cancel(object, A, CANCEL_TIME), IPCM_WOULDBLOCK);
	fake_process_gone(object, PROCESS_B);
	EXPECT(get(D, 1, true), IPCM_OK);
	EXPECT(fake_status(C), IPCM_OK);
	EXPECT(get(D, 1, true), IPCM_OK);
	CHECK(bytes_are(D, "d"));
	EXPECT(ASK(D, OP_QUEUE_TASK_DONE), IPCM_OK);
	EXPECT(ASK(D, OP_QUEUE_TASK_DONE), IPCM_OK);
	EXPECT(ASK(D, OP_QUEUE_TASK_DONE), IPCM_INVALID);
	EXPECT(put(D, "a", true), IPCM_OK);
	/* removed with items inside, and a put that waits */
	EXPECT(put(A, "b", true), PENDING);
	fake_remove(object);
}

static void joins_wait_for_zero(void)
{
	EXPECT(fake_make_with(&shared_queue, 2), IPCM_OK);
	EXPECT(ASK(A, OP_QUEUE_JOIN), IPCM_OK);
	EXPECT(ASK(A, OP_QUEUE_TASK_DONE), IPCM_INVALID);
	EXPECT(get(C, 9, true), PENDING);
	/* handed over, and counted */
	EXPECT(put(D, "a", true), IPCM_OK);
	EXPECT(TRY(A, OP_QUEUE_JOIN), IPCM_WOULDBLOCK);
	EXPECT(ASK(A, OP_QUEUE_JOIN), PENDING);
	EXPECT(ASK(A2, OP_QUEUE_JOIN), PENDING);
	EXPECT(ASK(B, OP_QUEUE_JOIN), PENDING);
	EXPECT(fake_cancel(object, A2, CANCEL_TIME), IPCM_WOULDBLOCK);
	EXPECT(put(D, "b", true), IPCM_OK);
	/* before its get (JQ-TD-02) */
	EXPECT(ASK(D, OP_QUEUE_TASK_DONE), IPCM_OK);
	EXPECT(fake_status(A), PENDING);
	EXPECT(ASK(D, OP_QUEUE_TASK_DONE), IPCM_OK);
	EXPECT(fake_status(A), IPCM_OK);
	EXPECT(fake_status(B), IPCM_OK);
	CHECK(fake_ask(D, OP_QUEUE_SIZE) == 1);
	fake_remove(object);
}

/* The ring grows while its first item is not in its first place. */
static void unlimited_queue_grows(void)
{
	enum { MANY = 200000 };
	unsigned next = 0;

	EXPECT(fake_make_with(&shared_queue, 0), IPCM_OK);
	for (int i = 0; i < 5; i++) {
		EXPECT(put(A, "x", true), IPCM_OK);
		EXPECT(get(A, 1, true), IPCM_OK);
	}
	for (unsigned i = 0; i < MANY; i++) {
		const struct fake_argument item = BYTES(&i, sizeof(i));

		EXPECT(fake_call(object, A, OP_QUEUE_PUT, true, &item, 1),
		       IPCM_OK);
	}
	CHECK(fake_ask(A, OP_QUEUE_FULL) == 0);
	for (unsigned i = 0; i < MANY; i++) {
		EXPECT(get(A, sizeof(next), true), IPCM_OK);
		memcpy(&next, fake_bytes(A, &(size_t){0}), sizeof(next));
		if (!CHECK(next == i, "%u", next))
			break;
	}
	fake_remove(object);
}

static void test_queue(void)
{
	queue_is_bounded_and_in_order();
	waiting_gets_are_served_in_order();
	puts_that_end_leave_nothing();
	joins_wait_for_zero();
	unlimited_queue_grows();
}

/* ---- what no client of this library would send ---- */

/* By a number, or by nothing, or by no bytes. */
static void make_any(const struct shared_kind *kind)
{
	enum ipcm_status status;

	object = fake_create(kind, &NUMBER(1), 1, &status);
	if (!object)
		object = fake_create(kind, NULL, 0, &status);
	if (!object)
		object = fake_create(kind, &NUMBER(0), 1, &status);
	CHECK_OK(status);
}

static bool refused(int status)
{
	return status == IPCM_CORRUPT || status == IPCM_INVALID;
}

static void malformed_requests_are_refused(const struct shared_kind *kind)
{
	const struct fake_argument many[] = {NUMBER(0), NUMBER(2), NUMBER(3)};
	static const uint32_t others[] = {0, OP_DICT_SET, UINT32_MAX};

	make_any(kind);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(ASK(A, others[i]), IPCM_INVALID);
	for (uint32_t op = kind->id << 8; op < (kind->id << 8) + 16; op++) {
		CHECK(refused(fake_call(object, A, op, false, many, 3)));
		CHECK(refused(fake_call_short(object, A, op)));
	}
	fake_remove(object);
}

int main(void)
{
	static const struct shared_kind *const kinds[] = {
		&shared_queue,	   &shared_lock,    &shared_rlock,
		&shared_semaphore, &shared_event,   &shared_bounded_semaphore,
		&shared_condition, &shared_barrier, &shared_value,
	};

	check_subject("server", "objects");
	test_event();
	test_barrier();
	test_value();
	test_queue();
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		malformed_requests_are_refused(kinds[i]);
	return check_failures() ? 1 : 0;
}
