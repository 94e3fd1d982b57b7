/* SPDX-License-Identifier: MIT */
/*
 * All clauses: the list of every clause file, in the order of the catalogue.
 */
#include "conformance/harness/clause.h"

#include <string.h>

#define LISTS(X)                                                               \
	X(clauses_general_status_codes)                                        \
	X(clauses_general)                                                     \
	X(clauses_general_threads)                                             \
	X(clauses_pipe_pollable)                                               \
	X(clauses_general_time)                                                \
	X(clauses_general_signal)                                              \
	X(clauses_general_interrupt)                                           \
	X(clauses_general_stop)                                                \
	X(clauses_general_close)                                               \
	X(clauses_general_cancel)                                              \
	X(clauses_queue_create)                                                \
	X(clauses_queue_put)                                                   \
	X(clauses_queue_get)                                                   \
	X(clauses_queue_size)                                                  \
	X(clauses_queue_many)                                                  \
	X(clauses_queue_order)                                                 \
	X(clauses_queue_message)                                               \
	X(clauses_queue_close)                                                 \
	X(clauses_queue_shutdown)                                              \
	X(clauses_queue_join_thread)                                           \
	X(clauses_queue_process)                                               \
	X(clauses_queue_batch)                                                 \
	X(clauses_queue_zero_copy)                                             \
	X(clauses_joinable)                                                    \
	X(clauses_simple_queue)                                                \
	X(clauses_simple_queue_end)                                            \
	X(clauses_simple_queue_put)                                            \
	X(clauses_pipe_basic)                                                  \
	X(clauses_pipe_withdrawn)                                              \
	X(clauses_pipe_receive)                                                \
	X(clauses_pipe_end)                                                    \
	X(clauses_pipe_shared)                                                 \
	X(clauses_pipe_turns)                                                  \
	X(clauses_pipe_wait)                                                   \
	X(clauses_pipe_descriptor)                                             \
	X(clauses_listener)                                                    \
	X(clauses_lock)                                                        \
	X(clauses_lock_owner)                                                  \
	X(clauses_rlock)                                                       \
	X(clauses_semaphore)                                                   \
	X(clauses_semaphore_many)                                              \
	X(clauses_condition)                                                   \
	X(clauses_condition_notify)                                            \
	X(clauses_event)                                                       \
	X(clauses_barrier)                                                     \
	X(clauses_barrier_break)                                               \
	X(clauses_barrier_interrupt)                                           \
	X(clauses_value)                                                       \
	X(clauses_process)                                                     \
	X(clauses_process_end)                                                 \
	X(clauses_process_handle)                                              \
	X(clauses_process_family)                                              \
	X(clauses_manager)                                                     \
	X(clauses_manager_dict)                                                \
	X(clauses_manager_list)                                                \
	X(clauses_manager_clients)                                             \
	X(clauses_manager_death)                                               \
	X(clauses_manager_bad_input)                                           \
	X(clauses_manager_queue)                                               \
	X(clauses_manager_sync)                                                \
	X(clauses_pool)                                                        \
	X(clauses_pool_results)                                                \
	X(clauses_pool_life)                                                   \
	X(clauses_pool_death)                                                  \
	X(clauses_pool_owner)                                                  \
	X(clauses_crash)                                                       \
	X(clauses_crash_stress)                                                \
	X(clauses_wakeup)                                                      \
	X(clauses_step_calls)                                                  \
	X(clauses_step_join)                                                   \
	X(clauses_step_queue)                                                  \
	X(clauses_step_shutdown)                                               \
	X(clauses_step_lock)                                                   \
	X(clauses_step_sync)                                                   \
	X(clauses_step_connection)                                             \
	X(clauses_step_failed_put)                                             \
	X(clauses_leftover)                                                    \
	X(clauses_name)                                                        \
	X(clauses_name_race)                                                   \
	X(clauses_permission)                                                  \
	X(clauses_limit)                                                       \
	X(clauses_exhaust)                                                     \
	X(clauses_cost)

#define DECLARE(name) extern const struct clause_list name;
LISTS(DECLARE)

#define ENTRY(name) &name,
static const struct clause_list *const lists[] = {LISTS(ENTRY)};

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
