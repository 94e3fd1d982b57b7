/* SPDX-License-Identifier: MIT */
/*
 * Memory that lives as long as the report: texts and arrays are made, never
 * freed one by one, and all go together. Running out of it ends the program
 * with exit code 3, because a report with holes would be worse than none.
 */
#ifndef REPORTS_ARENA_H
#define REPORTS_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_free(struct arena *arena);

/** Zeroed bytes. */
void *arena_take(struct arena *arena, size_t bytes);

/** A copy of a text. */
char *arena_copy(struct arena *arena, const char *text);

/** A printed text. */
__attribute__((format(printf, 2, 3))) char *arena_print(struct arena *arena,
							const char *format,
							...);

#endif
