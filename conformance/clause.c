/* SPDX-License-Identifier: MIT */
/*
 * The catalogue: every clause file's list in the order of rules and sections,
 * and the words of levels, objects and sections.
 */
#include "clause.h"

#include <string.h>

static const struct clause_list *const lists[] = {
	&clauses_general,      &clauses_general_time,  &clauses_general_signal,
	&clauses_queue_create, &clauses_queue_put,     &clauses_queue_get,
	&clauses_queue_size,   &clauses_queue_order,   &clauses_queue_message,
	&clauses_queue_close,  &clauses_queue_process, &clauses_joinable,
	&clauses_pipe_basic,   &clauses_pipe_receive,  &clauses_pipe_end,
	&clauses_lock,	       &clauses_crash,	       &clauses_leftover,
};

size_t clause_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		count += lists[i]->count;
	return count;
}

const struct clause *clause_at(size_t index)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (index < lists[i]->count)
			return &lists[i]->clauses[index];
		index -= lists[i]->count;
	}
	return NULL;
}

const struct clause *clause_find(const char *id)
{
	size_t count = clause_count();

	for (size_t i = 0; i < count; i++) {
		if (strcmp(clause_at(i)->id, id) == 0)
			return clause_at(i);
	}
	return NULL;
}

const char *clause_level_name(enum clause_level level)
{
	static const char *const names[LEVEL_COUNT] = {"CORE", "OPTIONAL",
						       "BEYOND"};

	return level < LEVEL_COUNT ? names[level] : "?";
}

const char *clause_object_name(enum clause_object object)
{
	static const char *const names[OBJECT_COUNT] = {"all", "queue", "pipe",
							"lock"};

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

const char *clause_section_title(const char *section)
{
	static const char *const titles[][2] = {
		{"G", "General"}, {"Q", "Queue"},
		{"P", "Pipe"},	  {"JQ", "JoinableQueue"},
		{"L", "Lock"},	  {"X", "Crash, leaks, fork"},
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (strcmp(titles[i][0], section) == 0)
			return titles[i][1];
	}
	return section;
}
