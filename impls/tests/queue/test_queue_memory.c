/* SPDX-License-Identifier: MIT */
/*
 * Queues whose memory lies in a /dev/shm that is full: what was put can be
 * taken, whole; a put that finds no room says NOMEM and puts nothing; and what
 * large items needed is given back, by the dead, too. Exit code 77 where
 * namespaces of one's own are not allowed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include "impls/testkit/named_objects.h"
#include "impls/testkit/ipc_namespace.h"

#define MAXSIZE	       16
#define SHM_KILOBYTES  (48u << 10)
#define MIDDLE	       ((size_t)100 << 10)
#define LARGE	       ((size_t)4 << 20)
#define SEVERAL_FRAMES ((size_t)12 << 10) /* on most back-ends */

static uint8_t item[LARGE], want[LARGE];

static uint64_t bytes_used(void)
{
	struct statvfs info;

	if (!CHECK(!statvfs("/dev/shm", &info)))
		return 0;
	return (uint64_t)(info.f_blocks - info.f_bfree) * info.f_frsize;
}

static struct ipcm_queue *queue_make(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = MAXSIZE; /* a ring that holds no large item */
	CHECK_OK(ipcm_queue_open(backend, "memory", &make_only, &options,
				 &queue));
	return queue;
}

static enum ipcm_status put(struct ipcm_queue *queue, size_t bytes,
			    uint32_t number)
{
	fill(item, bytes, number);
	return ipcm_queue_put(queue, item, bytes, IPCM_TRY);
}

static void expect(struct ipcm_queue *queue, size_t bytes, uint32_t number)
{
	size_t got = 0;

	fill(want, bytes, number);
	if (CHECK_OK(ipcm_queue_get(queue, item, sizeof(item), IPCM_TRY, &got)))
		CHECK(got == bytes && !memcmp(item, want, bytes));
}

/* Small and large ones, in the channel and behind it. */
static void drains_when_full(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend);

	if (!queue)
		return;
	for (uint32_t i = 0; i < 9; i++)
		CHECK_OK(put(queue, i % 3 ? MIDDLE : 64, i));
	ipc_namespace_fill();
	/* what has no room is not put, and blocks no other item */
	CHECK_IS(put(queue, LARGE, 99), IPCM_NOMEM);
	for (uint32_t i = 0; i < 9; i++)
		expect(queue, i % 3 ? MIDDLE : 64, i);
	ipc_namespace_empty();
	CHECK_OK(put(queue, LARGE, 10));
	expect(queue, LARGE, 10);
	ipcm_queue_free(queue);
}

/*
 * A put whose first frames are sent, and whose rest has no memory: it is taken
 * back, and the channel is empty again, though no consumer has come.
 */
static void takes_back(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend);

	if (!queue)
		return;
	/* several frames: there is memory to put them together */
	CHECK_OK(put(queue, SEVERAL_FRAMES, 1));
	expect(queue, SEVERAL_FRAMES, 1);
	ipc_namespace_fill();
	for (uint32_t i = 0; i < 3; i++) {
		CHECK_IS(put(queue, 2 * MIDDLE, 2), IPCM_NOMEM);
		CHECK_OK(put(queue, 64, i));
		expect(queue, 64, i);
	}
	ipc_namespace_empty();
	CHECK_OK(put(queue, 2 * MIDDLE, 6));
	expect(queue, 2 * MIDDLE, 6);
	ipcm_queue_free(queue);
}

/* What a large item needs is there when it is in, and goes when it is out. */
static void gives_back(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend);
	uint64_t before;

	if (!queue)
		return;
	/* as much as it keeps */
	CHECK_OK(put(queue, LARGE_BYTES, 1));
	expect(queue, LARGE_BYTES, 1);
	before = bytes_used();
	CHECK_OK(put(queue, LARGE, 2));
	CHECK_OK(put(queue, 64, 3));
	CHECK_OK(put(queue, LARGE, 4));
	CHECK_OK(put(queue, 64, 5));
	expect(queue, LARGE, 2);
	ipc_namespace_fill();
	expect(queue, 64, 3);
	expect(queue, LARGE, 4);
	expect(queue, 64, 5);
	ipc_namespace_empty();
	CHECK(bytes_used() < before + LARGE / 2);
	ipcm_queue_free(queue);
}

static void die(int number)
{
	(void)number;
	(void)raise(SIGKILL);
}

/* It dies copying the last of them. */
static int die_in_put_many(void *queue)
{
	uint8_t *gone = shared_memory(LARGE);
	struct ipcm_item items[4];
	size_t done;

	for (int i = 0; i < 4; i++)
		items[i] = (struct ipcm_item){i < 3 ? item : gone, LARGE};
	CHECK(!mprotect(gone, LARGE, PROT_NONE));
	CHECK(signal(SIGSEGV, die) != SIG_ERR);
	CHECK_OK(ipcm_queue_put_many(queue, items, 4, IPCM_TRY, &done));
	return 0;
}

/*
 * Over memory a batch is put by its last step. Who dies before it has put
 * nothing, and what it had placed is given back when small items go on.
 */
static void the_dead_give_back(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	uint64_t before;

	if (!backend->queue->store)
		return;
	queue = queue_make(backend);
	if (!queue)
		return;
	for (uint32_t inside = 0; inside < 3; inside++) {
		before = bytes_used();
		for (uint32_t i = 0; i < inside; i++)
			CHECK_OK(put(queue, i % 2 ? MIDDLE : 64, i));
		CHECK(!child_ok(child_start(die_in_put_many, queue)));
		CHECK(bytes_used() > before + 2 * LARGE);
		CHECK_OK(put(queue, 64, inside));
		for (uint32_t i = 0; i < inside; i++)
			expect(queue, i % 2 ? MIDDLE : 64, i);
		expect(queue, 64, inside);
		/* producers look at H now and then */
		for (uint32_t i = 0; i < 2 * MAXSIZE; i++) {
			CHECK_OK(put(queue, 64, i));
			expect(queue, 64, i);
		}
		CHECK(bytes_used() < before + LARGE / 2);
		CHECK_OK(put(queue, MIDDLE, 10));
		CHECK_OK(put(queue, LARGE, 11));
		expect(queue, MIDDLE, 10);
		expect(queue, LARGE, 11);
	}
	ipcm_queue_free(queue);
}

int main(void)
{
	if (!ipc_namespace_enter(SHM_KILOBYTES)) {
		printf("skip: no namespaces of one's own here\n");
		return 77;
	}
	each_backend(NEEDS_NAMED_QUEUE, "drains when full", drains_when_full);
	each_backend(NEEDS_NAMED_QUEUE, "takes back", takes_back);
	each_backend(NEEDS_NAMED_QUEUE, "gives back", gives_back);
	each_backend(NEEDS_NAMED_QUEUE, "the dead give back",
		     the_dead_give_back);
	return check_failures() ? 1 : 0;
}
