/* SPDX-License-Identifier: MIT */
/*
 * The catalogue: every clause file's list in the order of rules and sections.
 */
#include "conformance/harness/clause.h"

#include <string.h>

static const struct clause_list *const lists[] = {
	&clauses_general_status_codes,
	&clauses_general,
	&clauses_general_threads,
	&clauses_pipe_pollable,
	&clauses_general_time,
	&clauses_general_signal,
	&clauses_general_interrupt,
	&clauses_general_close,
	&clauses_queue_create,
	&clauses_queue_put,
	&clauses_queue_get,
	&clauses_queue_size,
	&clauses_queue_order,
	&clauses_queue_message,
	&clauses_queue_close,
	&clauses_queue_shutdown,
	&clauses_queue_join_thread,
	&clauses_queue_process,
	&clauses_queue_batch,
	&clauses_queue_zero_copy,
	&clauses_joinable,
	&clauses_simple_queue,
	&clauses_pipe_basic,
	&clauses_pipe_receive,
	&clauses_pipe_end,
	&clauses_pipe_shared,
	&clauses_pipe_wait,
	&clauses_pipe_descriptor,
	&clauses_listener,
	&clauses_lock,
	&clauses_rlock,
	&clauses_semaphore,
	&clauses_condition,
	&clauses_condition_notify,
	&clauses_event,
	&clauses_barrier,
	&clauses_barrier_break,
	&clauses_crash,
	&clauses_crash_stress,
	&clauses_leftover,
	&clauses_name,
	&clauses_name_race,
	&clauses_permission,
	&clauses_limit,
	&clauses_exhaust,
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
