/* SPDX-License-Identifier: MIT */
/* See failing_calls.h. */
#include "failing_calls.h"

#include <stddef.h>
#include <unistd.h>

/* A place's number, from the low bits on: address 40, call 8, step 8, child 1;
 * the highest bit is always set. */
#define CALL_SHIFT  40
#define STEP_SHIFT  48
#define CHILD_SHIFT 56
#define IN_USE	    (UINT64_C(1) << 63)

struct failing_calls *failing_calls;
_Atomic long blocks_held, bytes_mapped;

static _Atomic bool watching, ended;
static _Atomic unsigned step_now;

/* The linker's name for where the program was loaded. */
extern const char __executable_start[];

enum call place_call(place_id id)
{
	return (enum call)(id >> CALL_SHIFT & 0xff);
}

uintptr_t place_address(place_id id)
{
	return (uintptr_t)(id & ((UINT64_C(1) << CALL_SHIFT) - 1));
}

unsigned place_step(place_id id)
{
	return (unsigned)(id >> STEP_SHIFT & 0xff);
}

bool place_is_child(place_id id)
{
	return id >> CHILD_SHIFT & 1;
}

place_id place_site(place_id id)
{
	return id & ~(UINT64_C(0xff) << STEP_SHIFT);
}

void failing_calls_watch(bool watch)
{
	atomic_store(&watching, watch);
}

void failing_calls_end(void)
{
	atomic_store(&ended, true);
}

void failing_calls_step(unsigned step)
{
	atomic_store(&step_now, step < 255 ? step : 255);
}

static place_id place_of(enum call call, const void *returns_to)
{
	uint64_t child = getpid() != atomic_load(&failing_calls->main);
	uint64_t address = (uint64_t)((const char *)returns_to -
				      (const char *)__executable_start);

	return IN_USE | child << CHILD_SHIFT |
	       (uint64_t)atomic_load(&step_now) << STEP_SHIFT |
	       (uint64_t)call << CALL_SHIFT | address;
}

/* Its entry; a full table counts under none. */
static struct place *place_find(place_id id)
{
	size_t at = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	for (size_t i = 0; i < PLACES_MAX; i++) {
		struct place *place =
			&failing_calls->places[(at + i) % PLACES_MAX];
		place_id seen = 0;

		if (atomic_compare_exchange_strong(&place->id, &seen, id) ||
		    seen == id)
			return place;
	}
	return NULL;
}

int failing_call(enum call call, const void *returns_to)
{
	struct place *place;
	unsigned number;
	place_id id;

	if (call == CALLS || !failing_calls || !atomic_load(&watching) ||
	    atomic_load(&ended))
		return 0;
	id = place_of(call, returns_to);
	place = place_find(id);
	if (!place)
		return 0;
	number = atomic_fetch_add(&place->calls, 1) + 1;
	if (id != failing_calls->target ||
	    number != failing_calls->occurrence ||
	    atomic_exchange(&failing_calls->fired, true))
		return 0;
	return failing_calls->error;
}
