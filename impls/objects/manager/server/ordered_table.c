/* SPDX-License-Identifier: MIT */
#include "ordered_table.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_MIN   16u
#define ENTRIES_MAX ((size_t)UINT32_MAX - 1)

_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "a hash is a word");

static uint8_t hash_key[crypto_shorthash_KEYBYTES];
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void hash_key_choose(void)
{
	randombytes_buf(hash_key, sizeof(hash_key));
}

static uint64_t hash(const void *key, size_t key_bytes)
{
	uint64_t value;

	(void)pthread_once(&hash_once, hash_key_choose);
	(void)crypto_shorthash((uint8_t *)&value, key, key_bytes, hash_key);
	return value;
}

static bool same_key(const struct table_entry *entry, uint64_t hash,
		     const void *key, size_t key_bytes)
{
	return entry->key && entry->hash == hash &&
	       entry->key_bytes == key_bytes &&
	       (!key_bytes || !memcmp(entry->key, key, key_bytes));
}

struct table_entry *table_find(const struct ordered_table *table,
			       const void *key, size_t key_bytes)
{
	uint64_t wanted;

	if (!table->count)
		return NULL;
	wanted = hash(key, key_bytes);
	for (size_t at = wanted & table->index_mask; table->index[at];
	     at = (at + 1) & table->index_mask) {
		struct table_entry *entry =
			&table->entries[table->index[at] - 1];

		if (same_key(entry, wanted, key, key_bytes))
			return entry;
	}
	return NULL;
}

/* Gaps stay in the index until it is made anew: searches pass over them. */
static void index_put(struct ordered_table *table, size_t place)
{
	size_t at = table->entries[place].hash & table->index_mask;

	while (table->index[at])
		at = (at + 1) & table->index_mask;
	table->index[at] = (uint32_t)place + 1;
}

static void entries_close_up(struct ordered_table *table)
{
	size_t to = 0;

	for (size_t from = 0; from < table->used; from++)
		if (table->entries[from].key)
			table->entries[to++] = table->entries[from];
	table->used = to;
}

static void index_fill(struct ordered_table *table)
{
	memset(table->index, 0,
	       (table->index_mask + 1) * sizeof(*table->index));
	for (size_t i = 0; i < table->used; i++)
		index_put(table, i);
}

bool table_reserve(struct ordered_table *table, size_t more)
{
	size_t slots = table->index ? table->index_mask + 1 : INDEX_MIN;
	struct table_entry *entries;
	uint32_t *index;

	if (more <= table->capacity - table->used)
		return true;
	if (more > ENTRIES_MAX / 4)
		return false;
	/* at most half of the index is used; gaps are worth removing only if
	 * that makes as much space as there is */
	while (slots / 2 < table->count + more ||
	       (slots == table->index_mask + 1 &&
		table->used < table->count * 2))
		slots *= 2;
	if (slots > ENTRIES_MAX)
		return false;
	if (table->index && slots == table->index_mask + 1) {
		entries_close_up(table);
		index_fill(table);
		return true;
	}
	index = calloc(slots, sizeof(*index));
	entries = realloc(table->entries, slots / 2 * sizeof(*entries));
	if (entries)
		table->entries = entries;
	if (!index || !entries) {
		free(index);
		return false;
	}
	free(table->index);
	table->index = index;
	table->index_mask = slots - 1;
	table->capacity = slots / 2;
	entries_close_up(table);
	index_fill(table);
	return true;
}

static struct table_entry *append(struct ordered_table *table,
				  const struct table_entry *entry)
{
	table->entries[table->used] = *entry;
	index_put(table, table->used);
	table->count++;
	return &table->entries[table->used++];
}

struct table_entry *table_add(struct ordered_table *table, const void *key,
			      size_t key_bytes, void *value)
{
	struct table_entry entry = {.key_bytes = key_bytes, .value = value};

	if (!table_reserve(table, 1))
		return NULL;
	entry.key = malloc(key_bytes ? key_bytes : 1);
	if (!entry.key)
		return NULL;
	if (key_bytes)
		memcpy(entry.key, key, key_bytes);
	entry.hash = hash(key, key_bytes);
	return append(table, &entry);
}

void table_adopt(struct ordered_table *table, struct table_entry *entry)
{
	(void)append(table, entry);
	entry->key = NULL;
}

void table_remove(struct ordered_table *table, struct table_entry *entry)
{
	free(entry->key);
	entry->key = NULL;
	table->count--;
	if (!table->count) {
		table->used = 0;
		index_fill(table);
	}
}

struct table_entry *table_next(const struct ordered_table *table,
			       const struct table_entry *entry)
{
	size_t at = entry ? (size_t)(entry - table->entries) + 1 : 0;

	for (; at < table->used; at++)
		if (table->entries[at].key)
			return &table->entries[at];
	return NULL;
}

void table_clear(struct ordered_table *table, void (*drop)(void *value))
{
	for (size_t i = 0; i < table->used; i++) {
		if (!table->entries[i].key)
			continue;
		free(table->entries[i].key);
		if (drop)
			drop(table->entries[i].value);
	}
	free(table->entries);
	free(table->index);
	*table = (struct ordered_table){0};
}
