/* SPDX-License-Identifier: MIT */
/*
 * The words of levels, objects and sections, and the order of the sections.
 * Knows no clause, so that reporters need none.
 */
#include "clause.h"

#include <string.h>

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
		[OBJECT_SIMPLE_QUEUE] = "simple queue",
	};

	return object < OBJECT_COUNT ? names[object] : "?";
}

void clause_section(const struct clause *clause, char ret_section[8])
{
	size_t length = strcspn(clause->id, "-");

	if (length > 7)
		length = 7;
	memcpy(ret_section, clause->id, length);
	ret_section[length] = '\0';
}

/* In the order of the catalogue. */
static const char *const sections[][2] = {
	{"G", "General"},
	{"Q", "Queue"},
	{"JQ", "JoinableQueue"},
	{"SQ", "SimpleQueue"},
	{"P", "Pipe, Connection, Listener"},
	{"L", "Lock"},
	{"RL", "RLock"},
	{"S", "Semaphore"},
	{"BS", "BoundedSemaphore"},
	{"C", "Condition"},
	{"E", "Event"},
	{"B", "Barrier"},
	{"X", "Crash, leaks, fork, names, limits"},
};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

size_t clause_section_rank(const char *section)
{
	size_t rank = 0;

	while (rank < SECTION_COUNT && strcmp(sections[rank][0], section) != 0)
		rank++;
	return rank;
}

const char *clause_section_title(const char *section)
{
	size_t rank = clause_section_rank(section);

	return rank < SECTION_COUNT ? sections[rank][1] : section;
}
