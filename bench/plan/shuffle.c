/* SPDX-License-Identifier: MIT */
/*
 * The order of a repetition. Sorted by random keys that follow from the seed,
 * the repetition and the cell's names, so that the same seed gives the same
 * order on every machine.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

struct key {
	uint64_t group;
	uint64_t self;
	size_t cell;
};

/* FNV-1a, then a finalizer so that near texts give far keys. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	return hash ^ (hash >> 33);
}

/* What is compared with each other: same scenario, size and placement. */
static uint64_t group_key(uint64_t hash, const struct axes *axes)
{
	/* a request is compared with a round trip of its connection */
	hash = hash_text(hash, axes->iface == IFACE_MANAGER ? "roundtrip"
							    : axes->scenario);
	hash = hash_text(hash ^ axes->size_bytes, "size");
	return hash_text(hash, placement_name(axes->placement));
}

static int compare_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->self != b->self)
		return a->self < b->self ? -1 : 1;
	return a->cell < b->cell ? -1 : a->cell > b->cell;
}

void plan_shuffle(const struct plan *plan, uint64_t seed, unsigned repetition,
		  size_t *order)
{
	struct key *keys = calloc(plan->count + 1, sizeof(*keys));
	uint64_t start = hash_text(seed + repetition, "repetition");

	for (size_t i = 0; i < plan->count; i++) {
		order[i] = i;
		if (!keys)
			continue;
		keys[i].group = group_key(start, &plan->cell[i].axes);
		keys[i].self = hash_text(start, plan->cell[i].id);
		keys[i].cell = i;
	}
	if (!keys)
		return;
	qsort(keys, plan->count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < plan->count; i++)
		order[i] = keys[i].cell;
	free(keys);
}
