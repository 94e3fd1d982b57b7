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

void futex_wake(_Atomic uint32_t *word, int count)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
