/* SPDX-License-Identifier: MIT */
#include "shared_kinds.h"

static const struct shared_kind *const kinds[SHARED_KINDS] = {
	[SHARED_DICT] = &shared_dict,
	[SHARED_LIST] = &shared_list,
	[SHARED_QUEUE] = &shared_queue,
	[SHARED_LOCK] = &shared_lock,
	[SHARED_RLOCK] = &shared_rlock,
	[SHARED_SEMAPHORE] = &shared_semaphore,
	[SHARED_BOUNDED_SEMAPHORE] = &shared_bounded_semaphore,
	[SHARED_EVENT] = &shared_event,
	[SHARED_CONDITION] = &shared_condition,
	[SHARED_BARRIER] = &shared_barrier,
	[SHARED_VALUE] = &shared_value,
};

const struct shared_kind *shared_kind_find(uint64_t id)
{
	return id < SHARED_KINDS ? kinds[id] : NULL;
}
