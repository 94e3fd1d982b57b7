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

struct arena {
	struct block *blocks;
};

__attribute__((noreturn)) static void give_up(void)
{
	fprintf(stderr, "ipcmark report: out of memory\n");
	exit(3);
}

struct arena *arena_create(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		give_up();
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->blocks) {
		struct block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	free(arena);
}

void *arena_take(struct arena *arena, size_t bytes)
{
	struct block *block = calloc(1, sizeof(*block) + bytes);

	if (!block)
		give_up();
	block->next = arena->blocks;
	arena->blocks = block;
	return block->bytes;
}

char *arena_copy(struct arena *arena, const char *text)
{
	size_t bytes = strlen(text) + 1;

	return memcpy(arena_take(arena, bytes), text, bytes);
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		give_up();
	text = arena_take(arena, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}
