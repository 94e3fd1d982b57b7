/* SPDX-License-Identifier: MIT */
/*
 * Memory that lives as long as the report: a list of blocks, one each.
 */
#include "mem_pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	_Alignas(max_align_t) char bytes[];
};

struct mem_pool {
	struct block *blocks;
};

__attribute__((noreturn)) static void give_up(void)
{
	fprintf(stderr, "ipcmark report: out of memory\n");
	exit(3);
}

struct mem_pool *pool_create(void)
{
	struct mem_pool *mem_pool = calloc(1, sizeof(*mem_pool));

	if (!mem_pool)
		give_up();
	return mem_pool;
}

void pool_free(struct mem_pool *mem_pool)
{
	if (!mem_pool)
		return;
	while (mem_pool->blocks) {
		struct block *next = mem_pool->blocks->next;

		free(mem_pool->blocks);
		mem_pool->blocks = next;
	}
	free(mem_pool);
}

void *pool_alloc(struct mem_pool *mem_pool, size_t bytes)
{
	struct block *block = calloc(1, sizeof(*block) + bytes);

	if (!block)
		give_up();
	block->next = mem_pool->blocks;
	mem_pool->blocks = block;
	return block->bytes;
}

void *pool_grow(struct mem_pool *mem_pool, void *list, size_t count,
		size_t *room, size_t member_bytes)
{
	void *more;

	if (count < *room)
		return list;
	*room = *room ? 2 * *room : 8;
	more = pool_alloc(mem_pool, *room * member_bytes);
	if (count)
		memcpy(more, list, count * member_bytes);
	return more;
}

char *pool_copy(struct mem_pool *mem_pool, const char *text)
{
	size_t bytes = strlen(text) + 1;

	return memcpy(pool_alloc(mem_pool, bytes), text, bytes);
}

char *pool_print(struct mem_pool *mem_pool, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		give_up();
	text = pool_alloc(mem_pool, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}
