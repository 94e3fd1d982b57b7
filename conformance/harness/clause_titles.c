/* SPDX-License-Identifier: MIT */
/* The words of levels and objects. */
#include "clause.h"

const char *clause_level_name(enum clause_level level)
{
	static const char *const names[LEVEL_COUNT] = {"CORE", "OPTIONAL",
						       "BEYOND"};

	return level < LEVEL_COUNT ? names[level] : "?";
}

const char *clause_object_name(enum clause_object object)
{
	static const char *const names[OBJECT_COUNT] = {
		[OBJECT_ALL] = "all",
		[OBJECT_QUEUE] = "queue",
		[OBJECT_PIPE] = "pipe",
		[OBJECT_LOCK] = "lock",
		[OBJECT_RLOCK] = "rlock",
		[OBJECT_SEMAPHORE] = "semaphore",
		[OBJECT_CONDITION] = "condition",
		[OBJECT_EVENT] = "event",
		[OBJECT_BARRIER] = "barrier",
		[OBJECT_VALUE] = "value",
		[OBJECT_ARRAY] = "array",
		[OBJECT_PROCESS] = "process",
		[OBJECT_SIMPLE_QUEUE] = "simple queue",
		[OBJECT_MANAGER] = "manager",
		[OBJECT_POOL] = "pool",
	};

	return object < OBJECT_COUNT ? names[object] : "?";
}
