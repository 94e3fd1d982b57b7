/* SPDX-License-Identifier: MIT */
/*
 * A hash table that keeps the order of insertion, as Python's dict: an array of
 * entries in their order, and an index of it with open addressing. What is
 * removed leaves a gap, until the gaps are half of the entries. The hash is
 * keyed (SipHash), so no client can choose keys that collide.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_ORDERED_TABLE_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_ORDERED_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_entry {
	uint64_t hash;
	/** Of malloc; NULL: a gap. */
	uint8_t *key;
	size_t key_bytes;
	void *value;
};

/** All zero: empty. */
struct ordered_table {
	struct table_entry *entries;
	/** Place + 1 in `entries`; 0: free. Bits: a power of two. */
	uint32_t *index;
	size_t index_mask;
	size_t used;	 /* of the entries, gaps among them */
	size_t capacity; /* of the entries */
	size_t count;
};

/** The entry, or NULL. */
struct table_entry *table_find(const struct ordered_table *table,
			       const void *key, size_t key_bytes);
/** Add a key that is not there; it is copied. NULL: no memory. */
struct table_entry *table_add(struct ordered_table *table, const void *key,
			      size_t key_bytes, void *value);
/** Space for so many more entries: table_adopt cannot fail then. */
bool table_reserve(struct ordered_table *table, size_t more);
/** table_add of another table's entry, whose key it takes. */
void table_adopt(struct ordered_table *table, struct table_entry *entry);
/** The caller has taken the value. Pointers to other entries become stale. */
void table_remove(struct ordered_table *table, struct table_entry *entry);
/** The entry after this one, in order; NULL: the first. NULL at the end. */
struct table_entry *table_next(const struct ordered_table *table,
			       const struct table_entry *entry);
/** Drop all; values through `drop`, if it is not NULL. */
void table_clear(struct ordered_table *table, void (*drop)(void *value));

#endif
