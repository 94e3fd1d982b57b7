/* SPDX-License-Identifier: MIT */
/*
 * futex(2). FUTEX_WAIT_BITSET, because no other wait takes an absolute deadline
 * on CLOCK_MONOTONIC.
 */
#include "futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the futex half of a 64-bit word is its low half");

enum futex_end futex_sleep(_Atomic uint32_t *word, uint32_t expected,
			   int64_t deadline_ns)
{
	struct timespec until = clock_timespec(deadline_ns);
	const struct timespec *limit =
		deadline_ns == IPCM_FOREVER ? NULL : &until;

	if (!syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, limit, NULL,
		     FUTEX_BITSET_MATCH_ANY)) {
		interrupt_note(false);
		return FUTEX_WOKEN;
	}
	interrupt_note(errno == EINTR);
	return errno == EAGAIN ? FUTEX_MOVED : FUTEX_ENDED;
}

enum futex_end futex_wait(_Atomic uint32_t *word, uint32_t expected,
			  int64_t deadline_ns)
{
	if (interrupt_before_sleep())
		return FUTEX_ENDED;
	return futex_sleep(word, expected, interrupt_limit(deadline_ns));
}

/* Linux 5.16; not in older headers. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define WAITV_32 2u

struct waitv_entry {
	uint64_t expected;
	uint64_t address;
	uint32_t flags;
	uint32_t reserved;
};

static struct waitv_entry waitv_entry(struct futex_watch watch)
{
	return (struct waitv_entry){.expected = watch.expected,
				    .address = (uintptr_t)watch.word,
				    .flags = WAITV_32};
}

/* What wakes changes both words, but the one may have its value again. */
static enum futex_end sleep_on_one(struct futex_watch one,
				   struct futex_watch other,
				   int64_t deadline_ns)
{
	if (atomic_load(other.word) != other.expected)
		return FUTEX_MOVED;
	return futex_sleep(one.word, one.expected, deadline_ns);
}

enum futex_end futex_sleep_both(struct futex_watch one,
				struct futex_watch other, int64_t deadline_ns)
{
	struct waitv_entry entries[2] = {waitv_entry(one), waitv_entry(other)};
	struct timespec until = clock_timespec(deadline_ns);
	const struct timespec *limit =
		deadline_ns == IPCM_FOREVER ? NULL : &until;

	/* the kernel goes on with that call after a handler with SA_RESTART */
	if (interrupt_by_handler())
		return sleep_on_one(one, other, deadline_ns);
	if (syscall(SYS_futex_waitv, entries, 2, 0, limit, CLOCK_MONOTONIC) >=
	    0) {
		interrupt_note(false);
		return FUTEX_WOKEN;
	}
	interrupt_note(errno == EINTR);
	if (errno == EAGAIN)
		return FUTEX_MOVED;
	if (errno == ETIMEDOUT || errno == EINTR)
		return FUTEX_ENDED;
	return sleep_on_one(one, other, deadline_ns);
}

enum futex_end futex_wait_both(struct futex_watch one, struct futex_watch other,
			       int64_t deadline_ns)
{
	if (interrupt_before_sleep())
		return FUTEX_ENDED;
	return futex_sleep_both(one, other, interrupt_limit(deadline_ns));
}

void futex_wake(_Atomic uint32_t *word, int count)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
