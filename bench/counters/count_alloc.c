/* SPDX-License-Identifier: MIT */
/*
 * malloc and its kin, counted while a worker's mark is on. It stands in front
 * of glibc's own by having the same names; so it is linked into programs that
 * count, never into a library. A sanitizer has its own malloc: there it stays
 * away, and allocations are not counted.
 */
#include <errno.h>
#include <stdlib.h>

#include "count.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) &&                    \
	!defined(__SANITIZE_THREAD__) && !__has_feature(address_sanitizer) &&  \
	!__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static void note(void)
{
	if (atomic_load_explicit(&count_allocations_on, memory_order_relaxed))
		atomic_fetch_add_explicit(&count_allocations, 1,
					  memory_order_relaxed);
}

void *malloc(size_t bytes)
{
	note();
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	note();
	return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
	note();
	return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	note();
	return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t bytes)
{
	void *memory;

	if (alignment % sizeof(void *) || (alignment & (alignment - 1)) ||
	    !alignment)
		return EINVAL;
	note();
	memory = __libc_memalign(alignment, bytes);
	if (!memory)
		return ENOMEM;
	*ret_memory = memory;
	return 0;
}

__attribute__((constructor)) static void tell(void)
{
	count_allocations_hooked = true;
}

#endif
