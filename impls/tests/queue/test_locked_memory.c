/* SPDX-License-Identifier: MIT */
/*
 * A program that has locked all its memory, future mappings too (mlockall(2)),
 * under the usual limit of a service: 8 MiB, and no right to go beyond. The
 * kernel counts the whole of a mapping, pages or not, so a ring that is made
 * for many items fits only if it is made smaller. Exit code 77 where the
 * program itself does not fit.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipcmark/lock.h"
#include "ipcmark/pipe.h"
#include "ipcmark/simple_queue.h"
#include "impls/testkit/check.h"

#define LIMIT_BYTES ((rlim_t)8 << 20)
#define ITEMS	    1000

/* Root may lock any amount, unless it gives that right up. */
static bool drop_right(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return false;
	data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &=
		~CAP_TO_MASK(CAP_IPC_LOCK);
	return !syscall(SYS_capset, &header, data);
}

static bool lock_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return false;
	if (limit.rlim_cur > LIMIT_BYTES)
		limit.rlim_cur = LIMIT_BYTES;
	return !setrlimit(RLIMIT_MEMLOCK, &limit) && drop_right() &&
	       !mlockall(MCL_CURRENT | MCL_FUTURE);
}

static void queue_works(const struct ipcm_backend *backend, int64_t maxsize,
			uint32_t items)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	uint32_t got = 0;
	size_t bytes;

	options.maxsize = maxsize;
	if (!CHECK_OK(ipcm_queue_create(backend, &options, &queue)))
		return;
	for (uint32_t i = 0; i < items; i++)
		CHECK_OK(ipcm_queue_put(queue, &i, sizeof(i), IPCM_TRY));
	for (uint32_t i = 0; i < items; i++)
		if (CHECK_OK(ipcm_queue_get(queue, &got, sizeof(got),
					    IPCM_FOREVER, &bytes)))
			CHECK(got == i && bytes == sizeof(got));
	ipcm_queue_free(queue);
}

static void queues(const struct ipcm_backend *backend)
{
	queue_works(backend, 10, 10);
	queue_works(backend, 0, ITEMS);
}

static void simple_queues(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue;
	char got[8];
	size_t bytes;

	if (!CHECK_OK(ipcm_simple_queue_create(backend, &queue)))
		return;
	CHECK_OK(ipcm_simple_queue_put(queue, "item", 4));
	CHECK_OK(ipcm_simple_queue_get(queue, got, sizeof(got), &bytes));
	CHECK(bytes == 4 && !memcmp(got, "item", 4));
	ipcm_simple_queue_free(queue);
}

static void pipes(const struct ipcm_backend *backend)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_connection *a, *b;
	char got[8];
	size_t bytes;

	if (!CHECK_OK(ipcm_pipe_create(backend, &options, &a, &b)))
		return;
	CHECK_OK(ipcm_connection_send(a, "there", 5, IPCM_TRY));
	CHECK_OK(ipcm_connection_recv(b, got, sizeof(got), IPCM_FOREVER,
				      &bytes));
	CHECK(bytes == 5 && !memcmp(got, "there", 5));
	ipcm_connection_free(a);
	ipcm_connection_free(b);
}

static void locks(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock;

	if (!CHECK_OK(ipcm_lock_create(backend, &lock)))
		return;
	CHECK_OK(ipcm_lock_acquire(lock, IPCM_FOREVER));
	CHECK_OK(ipcm_lock_release(lock));
	ipcm_lock_free(lock);
}

int main(void)
{
	if (!lock_memory()) {
		printf("skip: this program does not fit in 8 MiB of locked "
		       "memory\n");
		return 77;
	}
	each_backend(NEEDS_QUEUE, "queues", queues);
	each_backend(NEEDS_QUEUE, "simple queues", simple_queues);
	each_backend(NEEDS_PIPE, "pipes", pipes);
	each_backend(NEEDS_LOCK, "locks", locks);
	return check_failures() ? 1 : 0;
}
