/* SPDX-License-Identifier: MIT */
/*
 * Memory that lives as long as the report: texts and arrays are made, never
 * freed one by one, and all go together. Running out of it ends the program
 * with exit code 3, because a report with holes would be worse than none.
 */
#ifndef IPCMARK_REPORTS_MODEL_MEM_POOL_H
#define IPCMARK_REPORTS_MODEL_MEM_POOL_H

#include <stddef.h>

struct mem_pool;

struct mem_pool *pool_create(void);
void pool_free(struct mem_pool *mem_pool);

/** Zeroed bytes. */
void *pool_alloc(struct mem_pool *mem_pool, size_t bytes);

/** An array of count members, with room for one more: the same one, or a copy
 *  twice as large. */
void *pool_grow(struct mem_pool *mem_pool, void *list, size_t count,
		size_t *room, size_t member_bytes);

/** A copy of a text. */
char *pool_copy(struct mem_pool *mem_pool, const char *text);

/** A printed text. */
__attribute__((format(printf, 2, 3))) char *pool_print(
	struct mem_pool *mem_pool, const char *format, ...);

#endif
