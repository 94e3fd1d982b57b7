/* SPDX-License-Identifier: MIT */
/*
 * A pool beside threads of its owner: several submit and wait while the
 * collector receives, calls back, and workers are replaced. For the thread
 * sanitizer, which sees the owner's process.
 */
#include <pthread.h>
#include <string.h>

#include "impls/testkit/check.h"

enum { THREADS = 3, ROUNDS = 15, ITEMS = 60, TEXT_BYTES = 100, CHAIN = 50 };

static struct ipcm_pool *pool;

/* Longer than what an item's state holds. */
static enum ipcm_status text(const struct ipcm_bytes *arguments, size_t count,
			     struct ipcm_output *output)
{
	char bytes[TEXT_BYTES];

	(void)count;
	memset(bytes, 'a' + *(const int *)arguments[0].data % 26,
	       sizeof(bytes));
	return ipcm_output_write(output, bytes, sizeof(bytes));
}

static void count_call(void *context, struct ipcm_async *async)
{
	int *calls = context;

	(void)async;
	(*calls)++;
}

static bool is_text(const char *bytes, size_t index)
{
	return bytes[0] == (char)('a' + index % 26) &&
	       bytes[TEXT_BYTES - 1] == bytes[0];
}

static void map_all(const int *items, int64_t chunk)
{
	int calls = 0;
	const struct ipcm_pool_callbacks callbacks = {.done = count_call,
						      .context = &calls};
	struct ipcm_async *async = NULL;
	char bytes[TEXT_BYTES];

	CHECK_OK(ipcm_pool_map_async(pool, text, items, sizeof(*items), ITEMS,
				     chunk, &callbacks, &async));
	CHECK_OK(ipcm_async_wait(async, HANG));
	/* plain memory: what the callback wrote is seen */
	CHECK(calls == 1);
	for (size_t i = 0; i < ITEMS; i++) {
		CHECK_OK(ipcm_async_get(async, IPCM_TRY, i, bytes,
					sizeof(bytes), NULL));
		CHECK(is_text(bytes, i));
	}
	ipcm_async_free(async);
}

static void iterate_all(const int *items, bool ordered)
{
	struct ipcm_pool_iterator *iterator = NULL;
	char bytes[TEXT_BYTES];
	size_t index = 0;

	CHECK_OK((ordered ? ipcm_pool_imap : ipcm_pool_imap_unordered)(
		pool, text, items, sizeof(*items), ITEMS, 1, &iterator));
	for (size_t i = 0; i < ITEMS; i++) {
		CHECK_OK(ipcm_pool_iterator_next(iterator, HANG, bytes,
						 sizeof(bytes), &index, NULL));
		CHECK(is_text(bytes, index) && (!ordered || index == i));
	}
	CHECK_IS(ipcm_pool_iterator_next(iterator, HANG, bytes, sizeof(bytes),
					 NULL, NULL),
		 IPCM_END);
	ipcm_pool_iterator_free(iterator);
}

static void *use(void *argument)
{
	struct ipcm_async *async = NULL;
	int items[ITEMS];

	(void)argument;
	for (int i = 0; i < ITEMS; i++)
		items[i] = i;
	for (int round = 0; round < ROUNDS; round++) {
		map_all(items, 1 + round % 7);
		iterate_all(items, round % 2);
		/* handles that are freed while it runs, and none at all */
		CHECK_OK(ipcm_pool_map_async(pool, text, items, sizeof(*items),
					     ITEMS, 1, NULL, &async));
		ipcm_async_free(async);
		CHECK_OK(ipcm_pool_map_async(pool, text, items, sizeof(*items),
					     ITEMS, 1, NULL, NULL));
	}
	return NULL;
}

static void threads_use_it(const struct ipcm_backend *backend)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	pthread_t threads[THREADS];

	options.workers = 3;
	options.tasks_per_worker = 200;
	if (!CHECK_OK(ipcm_pool_create(backend, &options, &pool)))
		return;
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, use, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK_OK(ipcm_pool_close(pool));
	CHECK_OK(ipcm_pool_join(pool, HANG));
	ipcm_pool_free(pool);
}

/* ---- a callback submits the next task, and the last one ends the pool ---- */

/* Only callbacks use it, in one thread. */
struct chain {
	unsigned done;
	enum ipcm_status status;
};

static void next_or_end(void *context, struct ipcm_async *async);

static enum ipcm_status submit_next(struct chain *chain)
{
	const struct ipcm_pool_callbacks callbacks = {.done = next_or_end,
						      .context = chain};
	const int item = 1;
	const struct ipcm_bytes argument = {&item, sizeof(item)};

	return ipcm_pool_apply_async(pool, text, &argument, 1, &callbacks,
				     NULL);
}

static void next_or_end(void *context, struct ipcm_async *async)
{
	struct chain *chain = context;

	(void)async;
	chain->status = ++chain->done < CHAIN ? submit_next(chain)
					      : ipcm_pool_terminate(pool);
}

static void *apply_until_the_end(void *argument)
{
	const int item = 2;
	const struct ipcm_bytes items = {&item, sizeof(item)};
	char bytes[TEXT_BYTES];
	enum ipcm_status status;

	(void)argument;
	do {
		status = ipcm_pool_apply(pool, text, &items, 1, HANG, bytes,
					 sizeof(bytes), NULL);
		CHECK(status || is_text(bytes, 2));
	} while (!status);
	CHECK(status == IPCM_CLOSED || status == IPCM_INVALID, "%s",
	      ipcm_status_name(status));
	return NULL;
}

static void callback_ends_it(const struct ipcm_backend *backend)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct chain chain = {0};
	pthread_t threads[THREADS];

	options.workers = 2;
	if (!CHECK_OK(ipcm_pool_create(backend, &options, &pool)))
		return;
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, apply_until_the_end,
				      NULL));
	CHECK_OK(submit_next(&chain));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK_OK(ipcm_pool_join(pool, HANG));
	CHECK(chain.done == CHAIN, "%u", chain.done);
	CHECK_OK(chain.status);
	ipcm_pool_free(pool);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "a callback that ends its pool",
		     callback_ends_it);
	each_backend(NEEDS_QUEUE, "threads that use a pool", threads_use_it);
	return check_failures() ? 1 : 0;
}
