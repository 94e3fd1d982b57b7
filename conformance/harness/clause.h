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
	OBJECT_VALUE, /**< this and the next: their own lock */
	OBJECT_ARRAY,
	OBJECT_PROCESS,	     /**< nothing of the back-end */
	OBJECT_SIMPLE_QUEUE, /**< queue and pipe tables */
	OBJECT_MANAGER,	     /**< pipe table and IPCM_CAP_LISTENER */
	OBJECT_POOL,	     /**< queue table */
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

/**
 * Defines the list of a file: CLAUSE_LIST(clauses_lock, table). A new list is
 * named in clauses/clause_list.c, too.
 */
#define CLAUSE_LIST(name, table)                                               \
	extern const struct clause_list name;                                  \
	const struct clause_list name = {table,                                \
					 sizeof(table) / sizeof((table)[0])}

/** All clauses, in the order of the catalogue; see clause_list.c. */
size_t clause_count(void);
const struct clause *clause_at(size_t index);
const struct clause *clause_find(const char *id);

/** "CORE", "OPTIONAL", "BEYOND". */
const char *clause_level_name(enum clause_level level);
/** "all", "queue", "pipe", "lock" ... */
const char *clause_object_name(enum clause_object object);

#endif
