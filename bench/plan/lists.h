/* SPDX-License-Identifier: MIT */
/*
 * Reading the lists of the command line: "64,1K,64K", "1K..64K*4", names with
 * commas. Pure, no output; errors come back as a sentence.
 */
#ifndef IPCMARK_BENCH_PLAN_LISTS_H
#define IPCMARK_BENCH_PLAN_LISTS_H

#include <stdbool.h>
#include <stddef.h>

#define LIST_MAX       32
#define LIST_WHY_BYTES 192

struct size_list {
	size_t count;
	size_t value[LIST_MAX];
};

struct name_list {
	size_t count;
	char *name[LIST_MAX];
};

/**
 * Read sizes: numbers with an optional suffix K or M (1024, 1048576),
 * separated by commas; A..B*F is A, A*F ... up to B (F 2 if left out). Appends;
 * duplicates are dropped.
 * @return false, with a sentence in why, when the text is no such list or a
 *         value is outside [low, high]
 */
bool size_list_parse(struct size_list *list, const char *text, size_t low,
		     size_t high, char why[LIST_WHY_BYTES]);

/** Append copies of the names of a comma-separated text.
 *  @return false if there are too many or one is empty */
bool name_list_parse(struct name_list *list, const char *text,
		     char why[LIST_WHY_BYTES]);

/** Is it in the list? An empty list holds everything. */
bool name_list_holds(const struct name_list *list, const char *name);

/** The same for sizes. */
bool size_list_holds(const struct size_list *list, size_t value);

#endif
