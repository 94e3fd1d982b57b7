/* SPDX-License-Identifier: MIT */
#include "shared_kinds.h"

static const struct shared_kind *const kinds[SHARED_KINDS] = {
	[SHARED_DICT] = &shared_dict,
	[SHARED_LIST] = &shared_list,
};

const struct shared_kind *shared_kind_find(uint64_t id)
{
	return id < SHARED_KINDS ? kinds[id] : NULL;
}
