/* SPDX-License-Identifier: MIT */
/*
 * S-06: values far above what some mechanisms hold (a POSIX message queue 10,
 * a System V semaphore 32767), and users that go up and down across that mark.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

enum {
	PERMITS = 100,
	TAKERS = 4,
	EACH = PERMITS / TAKERS,
	WAITERS = 3,
	THOUSANDS = 40000,
	SOME = 2000,
	MILLION = 1000000,
};

static void value_is(struct ipcm_semaphore *semaphore, int64_t wanted)
{
	int64_t value = -1;

	CHECK_OK(ipcm_semaphore_value(semaphore, &value));
	CHECK_EQUAL(wanted, value, "value");
}

static void take_some(void *argument)
{
	for (int i = 0; i < EACH; i++)
		CHECK_OK(ipcm_semaphore_acquire(argument, IPCM_TRY));
}

static void release_some(void *argument)
{
	for (int i = 0; i < EACH; i++)
		CHECK_OK(ipcm_semaphore_release(argument));
}

/* At 0 it blocks; each release lets one waiter go on. */
static void one_by_one(struct ipcm_semaphore *semaphore)
{
	struct call *waiters[WAITERS];

	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	for (int i = 0; i < WAITERS; i++)
		waiters[i] =
			call_start(CALL_SEMAPHORE, semaphore, 0, IPCM_FOREVER);
	for (int i = 0; i < WAITERS; i++)
		call_await_asleep(waiters[i]);
	for (int i = 1; i <= WAITERS; i++) {
		CHECK_OK(ipcm_semaphore_release(semaphore));
		calls_check_returned(waiters, WAITERS, i);
	}
	for (int i = 0; i < WAITERS; i++)
		call_check_returns(waiters[i], IPCM_OK);
	value_is(semaphore, 0);
}

/* Four processes take all, and four others release as many. */
static void all_are_taken(struct ipcm_semaphore *semaphore, int64_t maximum)
{
	value_is(semaphore, PERMITS);
	CHECK_EQUAL(maximum, semaphore_maximum(semaphore), "maximum");
	users_run(TAKERS, 0, take_some, semaphore);
	one_by_one(semaphore);
	users_run(TAKERS, 0, release_some, semaphore);
	value_is(semaphore, PERMITS);
	semaphore_expect(semaphore, PERMITS);
}

static void a_hundred(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, PERMITS);

	all_are_taken(semaphore, IPCM_SEMAPHORE_MAX);
	users_run(TAKERS, 0, release_some, semaphore);
	value_is(semaphore, 2 * PERMITS);
	semaphore_expect(semaphore, 2 * PERMITS);
	ipcm_semaphore_free(semaphore);

	semaphore = semaphore_make_bounded(backend, PERMITS);
	all_are_taken(semaphore, PERMITS);
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	value_is(semaphore, PERMITS);
	ipcm_semaphore_free(semaphore);
}

/* Above what the mechanism holds, but not far: a pair of sockets looks at all
 * of some thousand tokens in each release. */
static int above_the_room(const struct ipcm_backend *backend)
{
	const struct ipcm_token_ops *token = backend->lock->token;
	size_t bytes = token ? (token->state_size + 63) / 64 * 64 : 0;
	uint32_t room = THOUSANDS;
	void *state;

	if (!token)
		return THOUSANDS;
	state = aligned_alloc(64, bytes);
	if (!state)
		check_harness_error("no memory for a token");
	memset(state, 0, bytes);
	if (!token->open(state, 0, THOUSANDS, &room))
		token->close(state);
	free(state);
	if (room >= THOUSANDS)
		return SOME;
	return room + SOME < THOUSANDS ? (int)room + SOME : THOUSANDS;
}

static void thousands(const struct ipcm_backend *backend)
{
	int count = above_the_room(backend);
	struct ipcm_semaphore *semaphore = semaphore_make(backend, count);

	value_is(semaphore, count);
	for (int i = 0; i < count; i++)
		CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	value_is(semaphore, 0);
	one_by_one(semaphore);
	for (int i = 0; i < count; i++)
		CHECK_OK(ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, count);
	ipcm_semaphore_free(semaphore);
}

static void a_million(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore =
		semaphore_make_bounded(backend, MILLION);

	value_is(semaphore, MILLION);
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	users_run(TAKERS, 0, take_some, semaphore);
	value_is(semaphore, MILLION - PERMITS);
	users_run(TAKERS, 0, release_some, semaphore);
	value_is(semaphore, MILLION);
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
}

/* Just above a queue of 10; each user holds at most three at a time. */
enum { MARK = 12, VISITS = 400 };

struct crossing {
	struct ipcm_semaphore *semaphore;
	unsigned most;
	_Atomic int taken;
};

static void go_up_and_down(void *argument)
{
	struct crossing *crossing = argument;

	for (int i = 0; i < VISITS; i++) {
		unsigned count = 1 + (unsigned)random_below(crossing->most);
		int taken;

		for (unsigned k = 0; k < count; k++) {
			CHECK_OK(ipcm_semaphore_acquire(crossing->semaphore,
							4 * hang_ns()));
			taken = atomic_fetch_add(&crossing->taken, 1) + 1;
			CHECK(taken <= MARK, "%d permits are taken", taken);
		}
		for (unsigned k = 0; k < count; k++) {
			(void)atomic_fetch_sub(&crossing->taken, 1);
			/* bounded: one too many would be INVALID */
			CHECK_OK(ipcm_semaphore_release(crossing->semaphore));
		}
	}
}

/* Mostly above the mark, and, with three each, mostly below. */
static void across_the_mark(const struct ipcm_backend *backend)
{
	struct crossing *crossing = share(sizeof(*crossing));

	for (crossing->most = 1; crossing->most <= 3; crossing->most++) {
		crossing->semaphore = semaphore_make_bounded(backend, MARK);
		users_run(TAKERS, 0, go_up_and_down, crossing);
		value_is(crossing->semaphore, MARK);
		semaphore_expect(crossing->semaphore, MARK);
		ipcm_semaphore_free(crossing->semaphore);
	}
}

static void any_value_works(const struct ipcm_backend *backend)
{
	a_hundred(backend);
	thousands(backend);
	a_million(backend);
	across_the_mark(backend);
}

static const struct clause table[] = {
	{"S-06", LEVEL_CORE, OBJECT_SEMAPHORE,
	 "Semaphore(100), bounded or not, 2000 more than the mechanism holds "
	 "(40000 at most) and 1000000; taken and released by 4 processes, 3 "
	 "waiters at 0; 3 times 400 visits of 4 users around 12.",
	 "All permits are there, each once; at 0 it blocks, and a release lets "
	 "one go on; INVALID above the bound only.",
	 "multiprocessing, Semaphore; sem_init(3), SEM_VALUE_MAX", 60, false,
	 any_value_works},
};

CLAUSE_LIST(clauses_semaphore_many, table);
