/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the simple queue's functions; see queue.c.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

enum ipcm_status __real_ipcm_simple_queue_put(struct ipcm_simple_queue *queue,
					      const void *item,
					      size_t size_bytes);

/* simple-deferred-put: what was accepted and not put yet. */
static struct {
	struct ipcm_simple_queue *queue;
	void *item;
	size_t bytes;
} late;

static void late_flush(void)
{
	if (!late.queue)
		return;
	any_status(__real_ipcm_simple_queue_put(late.queue, late.item,
						late.bytes));
	free(late.item);
	late.queue = NULL;
}

static bool late_keep(struct ipcm_simple_queue *queue, const void *item,
		      size_t bytes)
{
	late.item = malloc(bytes ? bytes : 1);
	if (!late.item)
		return false;
	memcpy(late.item, item, bytes);
	late.bytes = bytes;
	late.queue = queue;
	return true;
}

WRAP(enum ipcm_status, ipcm_simple_queue_put, struct ipcm_simple_queue *queue,
     const void *item, size_t size_bytes)
{
	enum ipcm_status status;

	late_flush();
	if (queue && item && size_bytes <= IPCM_ITEM_MAX_BYTES &&
	    inject_strikes(INJECT_SIMPLE_DEFERRED_PUT) &&
	    late_keep(queue, item, size_bytes))
		return IPCM_OK;
	do
		status = __real_ipcm_simple_queue_put(
			queue, inject_flipped(item, size_bytes), size_bytes);
	while (status == IPCM_INTR &&
	       inject_strikes(INJECT_SIMPLE_PUT_GOES_ON));
	if (inject_is(INJECT_SIMPLE_GET_SLEEPS_LATE))
		inject_tell();
	if (status == IPCM_BROKEN &&
	    inject_strikes(INJECT_SIMPLE_PUT_WITHOUT_READER_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_simple_queue_empty,
     const struct ipcm_simple_queue *queue, bool *ret_empty)
{
	return __real_ipcm_simple_queue_empty(queue, ret_empty);
}

WRAP(enum ipcm_status, ipcm_simple_queue_get, struct ipcm_simple_queue *queue,
     void *buffer, size_t buffer_bytes, size_t *ret_size)
{
	enum ipcm_status status;
	bool empty = false;

	late_flush();
	/* an item that comes behind the look is missed */
	while (inject_is(INJECT_SIMPLE_GET_SLEEPS_LATE) &&
	       __real_ipcm_simple_queue_empty(queue, &empty) == IPCM_OK &&
	       empty)
		inject_sleep(inject_arm());
	if (inject_is(INJECT_SIMPLE_GET_EMPTY) &&
	    __real_ipcm_simple_queue_empty(queue, &empty) == IPCM_OK && empty)
		return IPCM_EMPTY;
	if (!inject_lock(INJECT_SIMPLE_GET_PLAIN_LOCK))
		return IPCM_TIMEDOUT;
	status = __real_ipcm_simple_queue_get(queue, buffer, buffer_bytes,
					      ret_size);
	inject_unlock(INJECT_SIMPLE_GET_PLAIN_LOCK);
	if (status == IPCM_EOF && inject_strikes(INJECT_SIMPLE_NO_EOF))
		return IPCM_EMPTY;
	return status;
}

WRAP(enum ipcm_status, ipcm_simple_queue_close, struct ipcm_simple_queue *queue)
{
	bool empty;

	if (queue && inject_is(INJECT_SIMPLE_CLOSE_ONCE) &&
	    __real_ipcm_simple_queue_empty(queue, &empty) == IPCM_CLOSED)
		return IPCM_CLOSED;
	return __real_ipcm_simple_queue_close(queue);
}
