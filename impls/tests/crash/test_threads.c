/* SPDX-License-Identifier: MIT */
/*
 * Threads as peers: the same objects, used by threads of one process, so that
 * the thread sanitizer can watch (it sees one process only). Checks order,
 * completeness and mutual exclusion on the way.
 */
#include <pthread.h>
#include <stdio.h>

#include "impls/testkit/check.h"

#define PRODUCERS 2
#define CONSUMERS 2
#define ITEMS	  3000
#define ROUNDS	  2000

struct shared_buffer_of_threads {
	struct ipcm_queue *queue;
	struct ipcm_lock *lock;
	uint64_t protected_counter; /* by the lock, on purpose not atomic */
	uint64_t seen[CONSUMERS];
	uint64_t sum[CONSUMERS];
};

struct role {
	struct shared_buffer_of_threads *shared;
	unsigned number;
};

static void *produce(void *argument)
{
	struct role *role = argument;

	for (uint64_t i = 1; i <= ITEMS; i++) {
		uint64_t item[4] = {role->number, i, i, i};

		CHECK_OK(ipcm_queue_put(role->shared->queue, item, sizeof(item),
					HANG));
	}
	return NULL;
}

static void *consume(void *argument)
{
	struct role *role = argument;
	uint64_t last[PRODUCERS] = {0};

	for (;;) {
		uint64_t item[4];
		size_t bytes;

		if (!CHECK_OK(ipcm_queue_get(role->shared->queue, item,
					     sizeof(item), HANG, &bytes)))
			return NULL;
		if (bytes == sizeof(item[0]))
			return NULL; /* the sentinel */
		CHECK(item[1] > last[item[0]]);
		CHECK(item[2] == item[1] && item[3] == item[1]);
		last[item[0]] = item[1];
		role->shared->seen[role->number]++;
		role->shared->sum[role->number] += item[1];
	}
}

static void queue_between_threads(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct shared_buffer_of_threads shared = {.queue = NULL};
	struct role producers[PRODUCERS], consumers[CONSUMERS];
	pthread_t threads[PRODUCERS + CONSUMERS];
	const uint64_t sentinel = 0;

	options.maxsize = 50;
	options.item_size_hint = 32;
	if (!CHECK_OK(ipcm_queue_create(backend, &options, &shared.queue)))
		return;
	for (unsigned i = 0; i < CONSUMERS; i++) {
		consumers[i] = (struct role){&shared, i};
		CHECK(!pthread_create(&threads[PRODUCERS + i], NULL, consume,
				      &consumers[i]));
	}
	for (unsigned i = 0; i < PRODUCERS; i++) {
		producers[i] = (struct role){&shared, i};
		CHECK(!pthread_create(&threads[i], NULL, produce,
				      &producers[i]));
	}
	for (unsigned i = 0; i < PRODUCERS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	for (unsigned i = 0; i < CONSUMERS; i++)
		CHECK_OK(ipcm_queue_put(shared.queue, &sentinel,
					sizeof(sentinel), HANG));
	for (unsigned i = 0; i < CONSUMERS; i++)
		CHECK(!pthread_join(threads[PRODUCERS + i], NULL));
	CHECK(shared.seen[0] + shared.seen[1] == PRODUCERS * ITEMS);
	CHECK(shared.sum[0] + shared.sum[1] ==
	      PRODUCERS * (uint64_t)ITEMS * (ITEMS + 1) / 2);
	ipcm_queue_free(shared.queue);
}

static void *count_up(void *argument)
{
	struct shared_buffer_of_threads *shared = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		CHECK_OK(ipcm_lock_acquire(shared->lock, HANG));
		shared->protected_counter++;
		CHECK_OK(ipcm_lock_release(shared->lock));
	}
	return NULL;
}

static void lock_between_threads(const struct ipcm_backend *backend)
{
	struct shared_buffer_of_threads shared = {.queue = NULL};
	pthread_t threads[3];

	if (!CHECK_OK(ipcm_lock_create(backend, &shared.lock)))
		return;
	for (unsigned i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, count_up, &shared));
	for (unsigned i = 0; i < 3; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(shared.protected_counter == 3 * ROUNDS);
	ipcm_lock_free(shared.lock);
}

/* Its first call of the library: it has no identity yet. */
static void *release_first(void *lock)
{
	CHECK_IS(ipcm_lock_release(lock), IPCM_INVALID);
	return NULL;
}

static void *release_for_another(void *lock)
{
	CHECK_OK(ipcm_lock_release(lock));
	return NULL;
}

static void run_thread(void *(*body)(void *argument), void *argument)
{
	pthread_t thread;

	if (CHECK(!pthread_create(&thread, NULL, body, argument)))
		pthread_join(thread, NULL);
}

/* Any thread may release, if there is something to release. */
static void lock_released_by_a_new_thread(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock;

	if (!CHECK_OK(ipcm_lock_create(backend, &lock)))
		return;
	run_thread(release_first, lock);
	CHECK_OK(ipcm_lock_acquire(lock, HANG));
	run_thread(release_for_another, lock);
	run_thread(release_first, lock);
	CHECK_OK(ipcm_lock_acquire(lock, IPCM_TRY));
	CHECK_OK(ipcm_lock_release(lock));
	CHECK_IS(ipcm_lock_release(lock), IPCM_INVALID);
	ipcm_lock_free(lock);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "queue between threads",
		     queue_between_threads);
	each_backend(NEEDS_LOCK, "lock between threads", lock_between_threads);
	each_backend(NEEDS_LOCK, "lock released by a new thread",
		     lock_released_by_a_new_thread);
	return check_failures() ? 1 : 0;
}
