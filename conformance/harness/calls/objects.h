/* SPDX-License-Identifier: MIT */
/*
 * Every kind of object, with what the rules that say "every object" do to it
 * (G-HND-01, G-TO-04, X-LEK, X-FRK, X-KIL-05). A new object is one row of
 * object_kinds; its blocking calls are rows of blocking_calls.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CALLS_OBJECTS_H
#define IPCMARK_CONFORMANCE_HARNESS_CALLS_OBJECTS_H

#include "conformance/harness/check.h"

/** A row. */
struct object_kind {
	/** "queue", "lock" ... */
	const char *name;
	/** The object is a struct pair; each end has one user at a time. */
	bool is_pair;
	/** Does the back-end have it? */
	bool (*offered)(const struct ipcm_backend *backend);
	void *(*make)(const struct ipcm_backend *backend);
	/**
	 * Calls that succeed at once, with this timeout. Several users may do
	 * it at a time.
	 */
	void (*ready)(void *object, int64_t timeout_ns);
	/** Its usual use, by one user at a time; leaves it as it was. */
	void (*use)(void *object);
	/** Use it whatever happens, for users that are killed; or NULL. */
	void (*stress)(void *object);
	/** Two users were killed in stress: it must be usable; or NULL. */
	void (*recover)(void *object);
	/** Every call must give this status: INVALID, or CLOSED. */
	void (*refuse)(void *object, enum ipcm_status wanted);
	/** NULL: the handle cannot be closed, only freed. */
	enum ipcm_status (*close)(void *object);
	void (*free)(void *object);
	/** In the server of a manager: each use takes some 100 us. */
	bool managed;
};

/** The rows, in this order. */
enum object_index {
	KIND_QUEUE,
	KIND_PIPE,
	KIND_LOCK,
	KIND_RLOCK,
	KIND_SEMAPHORE,
	KIND_CONDITION,
	KIND_EVENT,
	KIND_BARRIER,
	KIND_VALUE,
	KIND_ARRAY,
	KIND_MANAGED_QUEUE,
	KIND_MANAGED_LOCK,
	KIND_MANAGED_RLOCK,
	KIND_MANAGED_SEMAPHORE,
	KIND_MANAGED_CONDITION,
	KIND_MANAGED_EVENT,
	KIND_MANAGED_BARRIER,
	KIND_MANAGED_VALUE,
	OBJECT_KINDS
};

extern const struct object_kind *const object_kinds[OBJECT_KINDS];

/** Rows in objects_managed.c. */
extern const struct object_kind managed_queue_object;
extern const struct object_kind managed_lock_object;
extern const struct object_kind managed_rlock_object;
extern const struct object_kind managed_semaphore_object;
extern const struct object_kind managed_condition_object;
extern const struct object_kind managed_event_object;
extern const struct object_kind managed_barrier_object;
extern const struct object_kind managed_value_object;

/** One of each kind that the back-end offers, in the order of the table. */
struct objects {
	void *object[OBJECT_KINDS];
};

void objects_make(struct objects *all, const struct ipcm_backend *backend);
void objects_use(struct objects *all);
void objects_stress(struct objects *all);
/** Every close must be OK. */
void objects_close(struct objects *all);
void objects_free(struct objects *all);

#endif
