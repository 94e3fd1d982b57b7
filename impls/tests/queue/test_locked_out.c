/* SPDX-License-Identifier: MIT */
/*
 * A get that found the consumers' lock busy has not looked for an item. It must
 * not sleep until it has: the item that it would wait for may have come before
 * it said that it sleeps. The lock is busy for a slice only if its holder is
 * slow, so the attempts are the test's own, and the sleeps are counted
 * (futex_wait, which the linker replaces, --wrap).
 */
#include <string.h>

#include "impls/core/sync/futex.h"
#include "impls/objects/queue/queue_wait.h"
#include "impls/testkit/check.h"

enum futex_end __wrap_futex_wait(_Atomic uint32_t *word, uint32_t expected,
				 int64_t deadline_ns);
enum futex_end __real_futex_wait(_Atomic uint32_t *word, uint32_t expected,
				 int64_t deadline_ns);

static int sleeps;
static int attempts;

enum futex_end __wrap_futex_wait(_Atomic uint32_t *word, uint32_t expected,
				 int64_t deadline_ns)
{
	sleeps++;
	return __real_futex_wait(word, expected, deadline_ns);
}

/* Empty, and then an item comes; the lock is busy; the item. */
static enum ipcm_status slow_peer(struct ipcm_queue *queue, uint8_t *buffer,
				  size_t buffer_bytes, struct ipcm_item *items,
				  size_t max_items, size_t *ret_count)
{
	switch (attempts++) {
	case 0:
		CHECK_OK(ipcm_queue_put(queue, "item", 4, IPCM_TRY));
		return IPCM_EMPTY;
	case 1:
		return IPCM_WOULDBLOCK;
	default:
		return queue->engine->try_get(queue, buffer, buffer_bytes,
					      items, max_items, ret_count);
	}
}

static void locked_out_does_not_sleep(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	struct ipcm_item item;
	uint8_t buffer[64];
	size_t count = 0;

	if (!CHECK_OK(ipcm_queue_create(backend, &options, &queue)))
		return;
	attempts = sleeps = 0;
	CHECK_OK(queue_get_waiting(queue, slow_peer, buffer, sizeof(buffer),
				   &item, 1, IPCM_FOREVER, NULL, &count));
	CHECK(count == 1 && item.size_bytes == 4 && !memcmp(buffer, "item", 4));
	CHECK(attempts >= 3);
	CHECK(sleeps == 0, "slept %d times although an item was there", sleeps);
	ipcm_queue_free(queue);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "who is locked out does not sleep",
		     locked_out_does_not_sleep);
	return check_failures() ? 1 : 0;
}
