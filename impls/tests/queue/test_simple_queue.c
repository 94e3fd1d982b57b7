/* SPDX-License-Identifier: MIT */
/*
 * SimpleQueue: large items stream, the ends are known however they come
 * about, and a killed writer or reader harms nobody else.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/check.h"

#define LARGE ((size_t)20 << 20)
#define SOON  (1500 * MS)

static struct ipcm_simple_queue *make(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = NULL;

	CHECK_IS(ipcm_simple_queue_create(backend, &queue), IPCM_OK);
	return queue;
}

static enum ipcm_status put_tagged(struct ipcm_simple_queue *queue, uint8_t tag,
				   size_t bytes)
{
	uint8_t *item = malloc(bytes);
	enum ipcm_status status;

	memset(item, tag, bytes);
	status = ipcm_simple_queue_put(queue, item, bytes);
	free(item);
	return status;
}

/* Status of a get; *ret_tag is the tag of a sound item. */
static enum ipcm_status get_tagged(struct ipcm_simple_queue *queue,
				   uint8_t *ret_tag, size_t *ret_size)
{
	uint8_t *item = malloc(LARGE);
	enum ipcm_status status =
		ipcm_simple_queue_get(queue, item, LARGE, ret_size);

	if (!status) {
		*ret_tag = item[0];
		for (size_t i = 0; i < *ret_size; i++)
			if (!CHECK(item[i] == item[0]))
				break;
	}
	free(item);
	return status;
}

static int put_large_then_small(void *argument)
{
	CHECK_IS(put_tagged(argument, 1, LARGE), IPCM_OK);
	CHECK_IS(put_tagged(argument, 2, 10), IPCM_OK);
	return 0;
}

static void large_items_stream(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = make(backend);
	pid_t child = child_start(put_large_then_small, queue);
	bool empty = true;
	size_t size = 0;
	uint8_t tag = 0;

	CHECK_IS(ipcm_simple_queue_get(queue, NULL, 0, &size), IPCM_TOOSMALL);
	CHECK(size == LARGE);
	CHECK_IS(ipcm_simple_queue_empty(queue, &empty), IPCM_OK);
	CHECK(!empty);
	CHECK_IS(get_tagged(queue, &tag, &size), IPCM_OK);
	CHECK(tag == 1 && size == LARGE);
	CHECK_IS(get_tagged(queue, &tag, &size), IPCM_OK);
	CHECK(tag == 2 && size == 10);
	CHECK(child_ok(child));
	CHECK_IS(ipcm_simple_queue_empty(queue, &empty), IPCM_OK);
	CHECK(empty);
	ipcm_simple_queue_free(queue);
}

static int put_small_for_ever(void *argument)
{
	uint32_t i = 0;

	while (!ipcm_simple_queue_put(argument, &i, sizeof(i)))
		i++;
	return 0;
}

/* The channel's own back-pressure: a producer without a reader stops. */
static void put_waits_for_the_channel(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = make(backend);
	pid_t child = child_start(put_small_for_ever, queue);
	int64_t before;

	pause_ms(200);
	for (uint32_t expected = 0; expected < 20000; expected++) {
		uint32_t got = UINT32_MAX;

		CHECK_IS(ipcm_simple_queue_get(queue, &got, 4, NULL), IPCM_OK);
		if (!CHECK(got == expected))
			break;
	}
	/* the last reader leaves: the blocked writer must end */
	CHECK_IS(ipcm_simple_queue_close_reader(queue), IPCM_OK);
	before = now_ns();
	child_kill(child_start(put_small_for_ever, queue));
	child_kill(child);
	CHECK(now_ns() - before < SOON);
	ipcm_simple_queue_free(queue);
}

static int read_then_end(void *argument)
{
	uint8_t tag = 0;
	size_t size = 0;

	CHECK_IS(ipcm_simple_queue_close_writer(argument), IPCM_OK);
	for (uint8_t i = 0; i < 3; i++) {
		CHECK_IS(get_tagged(argument, &tag, &size), IPCM_OK);
		CHECK(tag == i && size == 5);
	}
	CHECK_IS(get_tagged(argument, &tag, &size), IPCM_EOF);
	CHECK_IS(get_tagged(argument, &tag, &size), IPCM_EOF);
	return 0;
}

static int write_and_idle(void *argument)
{
	for (uint8_t i = 0; i < 3; i++)
		CHECK_IS(put_tagged(argument, i, 5), IPCM_OK);
	for (;;)
		pause_ms(1000);
	return 0;
}

static void end_comes_with_the_last_writer(const struct ipcm_backend *backend)
{
	for (int killed = 0; killed < 2; killed++) {
		struct ipcm_simple_queue *queue = make(backend);
		pid_t reader = child_start(read_then_end, queue);
		pid_t writer = killed ? child_start(write_and_idle, queue) : 0;
		int64_t before;

		if (!killed)
			for (uint8_t i = 0; i < 3; i++)
				CHECK_IS(put_tagged(queue, i, 5), IPCM_OK);
		pause_ms(150); /* so that the reader waits for the end */
		CHECK_IS(ipcm_simple_queue_close_writer(queue), IPCM_OK);
		before = now_ns();
		if (killed)
			child_kill(writer);
		CHECK(child_ok(reader));
		CHECK(now_ns() - before < SOON);
		ipcm_simple_queue_free(queue);
	}
}

static int write_until_broken(void *argument)
{
	enum ipcm_status status;

	CHECK_IS(ipcm_simple_queue_close_reader(argument), IPCM_OK);
	/* large ones block in the middle of an item, where there is a middle */
	do {
		status = put_tagged(argument, 1, (size_t)1 << 20);
	} while (!status);
	CHECK_IS(status, IPCM_BROKEN);
	CHECK_IS(put_tagged(argument, 1, 5), IPCM_BROKEN);
	return 0;
}

static int read_and_idle(void *argument)
{
	uint8_t tag;
	size_t size;

	CHECK_IS(get_tagged(argument, &tag, &size), IPCM_OK);
	for (;;)
		pause_ms(1000);
	return 0;
}

static void broken_without_a_reader(const struct ipcm_backend *backend)
{
	for (int killed = 0; killed < 2; killed++) {
		struct ipcm_simple_queue *queue = make(backend);
		pid_t writer = child_start(write_until_broken, queue);
		pid_t reader = killed ? child_start(read_and_idle, queue) : 0;
		int64_t before;

		pause_ms(150);
		CHECK_IS(ipcm_simple_queue_close_reader(queue), IPCM_OK);
		before = now_ns();
		if (killed)
			child_kill(reader);
		CHECK(child_ok(writer));
		CHECK(now_ns() - before < SOON + 5000 * MS);
		CHECK_IS(put_tagged(queue, 1, 5), IPCM_BROKEN);
		CHECK_IS(ipcm_simple_queue_empty(queue, &(bool){false}),
			 IPCM_CLOSED);
		ipcm_simple_queue_free(queue);
	}
}

static int write_large_for_ever(void *argument)
{
	uint32_t seed = 3 + (uint32_t)getpid();

	for (;;)
		CHECK_IS(put_tagged(argument, (uint8_t)(1 + getpid() % 200),
				    1 + random_next(&seed) % 300000),
			 IPCM_OK);
	return 0;
}

/* Killed in the middle of an item, again and again: the rest stays sound. */
static void killed_writers_tear_nothing(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = make(backend);
	pid_t children[3];
	uint32_t seed = 9;

	for (int i = 0; i < 3; i++)
		children[i] = child_start(write_large_for_ever, queue);
	for (int i = 0; i < 300; i++) {
		uint8_t tag = 0;
		size_t size = 0;

		if (!CHECK_IS(get_tagged(queue, &tag, &size), IPCM_OK))
			break;
		if (i % 10)
			continue;
		i % 20 ? pause_ms(random_next(&seed) % 3) : (void)0;
		child_kill(children[i % 3]);
		children[i % 3] = child_start(write_large_for_ever, queue);
	}
	for (int i = 0; i < 3; i++)
		child_kill(children[i]);
	/* what is left is whole, then the end */
	CHECK_IS(ipcm_simple_queue_close_writer(queue), IPCM_OK);
	for (;;) {
		uint8_t tag = 0;
		size_t size = 0;
		enum ipcm_status status = get_tagged(queue, &tag, &size);

		if (status) {
			CHECK_IS(status, IPCM_EOF);
			break;
		}
	}
	ipcm_simple_queue_free(queue);
}

static int read_for_ever(void *argument)
{
	uint8_t tag;
	size_t size;

	while (!get_tagged(argument, &tag, &size))
		;
	return 1;
}

static int write_two_hundred(void *argument)
{
	uint32_t seed = 17;

	for (int i = 0; i < 200; i++)
		CHECK_IS(put_tagged(argument, 7,
				    1 + random_next(&seed) % 100000),
			 IPCM_OK);
	return 0;
}

static void killed_readers_stop_nobody(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = make(backend);
	pid_t writer = child_start(write_two_hundred, queue);
	uint32_t seed = 23;
	int code = 0;

	for (int i = 0; i < 40; i++) {
		pid_t reader = child_start(read_for_ever, queue);

		pause_ms(random_next(&seed) % 4);
		child_kill(reader);
	}
	while (waitpid(writer, &code, WNOHANG) == 0) {
		bool empty = true;
		uint8_t tag;
		size_t size;

		CHECK_IS(ipcm_simple_queue_empty(queue, &empty), IPCM_OK);
		if (!empty)
			CHECK_IS(get_tagged(queue, &tag, &size), IPCM_OK);
	}
	CHECK(WIFEXITED(code) && WEXITSTATUS(code) == 0);
	ipcm_simple_queue_free(queue);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "large items stream", large_items_stream);
	each_backend(NEEDS_QUEUE, "put waits for the channel",
		     put_waits_for_the_channel);
	each_backend(NEEDS_QUEUE, "the end comes with the last writer",
		     end_comes_with_the_last_writer);
	each_backend(NEEDS_QUEUE, "broken without a reader",
		     broken_without_a_reader);
	each_backend(NEEDS_QUEUE, "killed writers tear nothing",
		     killed_writers_tear_nothing);
	each_backend(NEEDS_QUEUE, "killed readers stop nobody",
		     killed_readers_stop_nobody);
	return check_failures() ? 1 : 0;
}
