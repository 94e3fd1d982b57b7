/* SPDX-License-Identifier: MIT */
/*
 * A feeder whose mechanism refuses: a refusal that passes costs no item, one
 * that lasts ends the feeder, so that the process can end. The test answers
 * msgsnd(2) itself (--wrap).
 */
#include <errno.h>
#include <string.h>

#include "impls/core/no_cancel.h"
#include "impls/testkit/check.h"

#define FOR_EVER (-1)
#define ITEMS	 3

int __real_no_cancel_msgsnd(int id, const void *data, size_t bytes, int flags);
int __wrap_no_cancel_msgsnd(int id, const void *data, size_t bytes, int flags);

/* Of the feeder's thread, set before it starts. */
static _Atomic int refusals;

int __wrap_no_cancel_msgsnd(int id, const void *data, size_t bytes, int flags)
{
	int left = refusals;

	if (left == 0)
		return __real_no_cancel_msgsnd(id, data, bytes, flags);
	if (left > 0)
		refusals = left - 1;
	errno = EACCES;
	return -1;
}

static struct ipcm_queue *make(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.flags = IPCM_QUEUE_FEEDER;
	CHECK_OK(ipcm_queue_create(backend, &options, &queue));
	return queue;
}

static void one_that_passes(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend);
	uint32_t got = 0;

	refusals = 5;
	for (uint32_t i = 0; i < ITEMS; i++)
		CHECK_OK(ipcm_queue_put(queue, &i, sizeof(i), HANG));
	for (uint32_t i = 0; i < ITEMS; i++)
		if (CHECK_OK(ipcm_queue_get(queue, &got, sizeof(got), HANG,
					    NULL)))
			CHECK(got == i);
	CHECK(refusals == 0);
	ipcm_queue_free(queue);
}

static void one_that_lasts(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend);

	refusals = FOR_EVER;
	CHECK_OK(ipcm_queue_put(queue, "item", 4, HANG));
	CHECK_OK(ipcm_queue_close(queue));
	CHECK_OK(ipcm_queue_join_thread(queue));
	ipcm_queue_free(queue);
	refusals = 0;
}

int main(void)
{
	const struct ipcm_backend *backend = ipcm_backend_find("sysv_msg");

	one_that_passes(backend);
	one_that_lasts(backend);
	return check_failures() ? 1 : 0;
}
