/* SPDX-License-Identifier: MIT */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_POWER_OF_TWO_H
#define IPCMARK_IMPLS_CORE_MEMORY_POWER_OF_TWO_H

#include <stdint.h>

/** `from` doubled until it is at least `least`, or at least `to`. */
static inline uint64_t power_of_two(uint64_t least, uint64_t from, uint64_t to)
{
	uint64_t size = from;

	while (size < least && size < to)
		size *= 2;
	return size;
}

#endif
