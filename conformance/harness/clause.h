/* SPDX-License-Identifier: MIT */
/*
 * A clause: one rule of the catalogue as a runnable check, under the rule's
 * ID. This header is the only thing a clause file and the runner share; what
 * a clause uses to check is in check.h and peer.h. README.md is the recipe.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CLAUSE_H
#define IPCMARK_CONFORMANCE_HARNESS_CLAUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/ipcmark.h"

/** How binding a rule is. */
enum clause_level {
	LEVEL_CORE,	/**< must hold on every back-end */
	LEVEL_OPTIONAL, /**< may be unsupported; if supported it must hold */
	LEVEL_BEYOND,	/**< more than CPython gives; its own score */
	LEVEL_COUNT
};

/** Which table of the back-end a clause needs. */
enum clause_object {
	OBJECT_ALL, /**< every table that is offered, one after the other */
	OBJECT_QUEUE,
	OBJECT_PIPE,
	OBJECT_LOCK,
	OBJECT_RLOCK, /**< this and the next: the lock table */
	OBJECT_SEMAPHORE,
	OBJECT_CONDITION,
	OBJECT_EVENT,
	OBJECT_BARRIER,
	OBJECT_SIMPLE_QUEUE, /**< queue and pipe tables */
	OBJECT_COUNT
};

/** One rule. */
struct clause {
	/** As in the catalogue, for example "Q-PUT-01"; never renumbered. */
	const char *id;
	enum clause_level level;
	enum clause_object object;
	/** A sentence: what is done. */
	const char *title;
	/** A sentence: what must come out. */
	const char *requirement;
	/** Where the rule comes from. */
	const char *source;
	/** Seconds until the verdict is timeout; 0 is the default. */
	unsigned timeout_s;
	/** It kills users, so what is left is judged after ipcm_collect. */
	bool kills;
	/** Runs in a process of its own; returns only if the rule holds. */
	void (*run)(const struct ipcm_backend *backend);
};

/** The clauses of one file. */
struct clause_list {
	const struct clause *clauses;
	size_t count;
};

/** Defines the list of a file: CLAUSE_LIST(clauses_lock, table). */
#define CLAUSE_LIST(name, table)                                               \
	const struct clause_list name = {table,                                \
					 sizeof(table) / sizeof(table[0])}

extern const struct clause_list clauses_general_status_codes;
extern const struct clause_list clauses_general;
extern const struct clause_list clauses_general_threads;
extern const struct clause_list clauses_general_time;
extern const struct clause_list clauses_general_signal;
extern const struct clause_list clauses_general_interrupt;
extern const struct clause_list clauses_general_close;
extern const struct clause_list clauses_queue_create;
extern const struct clause_list clauses_queue_put;
extern const struct clause_list clauses_queue_get;
extern const struct clause_list clauses_queue_size;
extern const struct clause_list clauses_queue_order;
extern const struct clause_list clauses_queue_message;
extern const struct clause_list clauses_queue_close;
extern const struct clause_list clauses_queue_shutdown;
extern const struct clause_list clauses_queue_join_thread;
extern const struct clause_list clauses_queue_process;
extern const struct clause_list clauses_queue_batch;
extern const struct clause_list clauses_queue_zero_copy;
extern const struct clause_list clauses_joinable;
extern const struct clause_list clauses_simple_queue;
extern const struct clause_list clauses_pipe_basic;
extern const struct clause_list clauses_pipe_receive;
extern const struct clause_list clauses_pipe_end;
extern const struct clause_list clauses_pipe_shared;
extern const struct clause_list clauses_pipe_pollable;
extern const struct clause_list clauses_pipe_wait;
extern const struct clause_list clauses_pipe_descriptor;
extern const struct clause_list clauses_listener;
extern const struct clause_list clauses_lock;
extern const struct clause_list clauses_rlock;
extern const struct clause_list clauses_semaphore;
extern const struct clause_list clauses_condition;
extern const struct clause_list clauses_condition_notify;
extern const struct clause_list clauses_event;
extern const struct clause_list clauses_barrier;
extern const struct clause_list clauses_barrier_break;
extern const struct clause_list clauses_crash;
extern const struct clause_list clauses_crash_stress;
extern const struct clause_list clauses_leftover;
extern const struct clause_list clauses_name;
extern const struct clause_list clauses_name_race;
extern const struct clause_list clauses_permission;
extern const struct clause_list clauses_limit;
extern const struct clause_list clauses_exhaust;

/** All clauses, in the order of the catalogue; see clause_list.c. */
size_t clause_count(void);
const struct clause *clause_at(size_t index);
const struct clause *clause_find(const char *id);

/** "CORE", "OPTIONAL", "BEYOND". */
const char *clause_level_name(enum clause_level level);
/** "all", "queue", "pipe", "lock" ... */
const char *clause_object_name(enum clause_object object);

#endif
