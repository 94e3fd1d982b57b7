/* SPDX-License-Identifier: MIT */
/*
 * Named objects for clauses: names of this run, and opening them with
 * everything that must work checked.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_FIXTURES_NAMED_H
#define IPCMARK_CONFORMANCE_HARNESS_FIXTURES_NAMED_H

#include "check.h"

/** Room for a name with its end. */
enum { NAMED_BYTES = IPCM_NAME_MAX + 1 };

/**
 * Without IPCM_CAP_NAMED: make sure that every call refuses and end the
 * clause, unsupported or undeclared support. With it: return.
 */
void named_or_leave(const struct ipcm_backend *backend);

/** A name that no other process of this user takes, made of a word. */
void named_name(const char *word, char ret_name[NAMED_BYTES]);

/** Make one that is not there, or open one that is; must succeed. */
struct ipcm_queue *named_queue_make(const struct ipcm_backend *backend,
				    const char *name, int64_t maxsize,
				    unsigned flags);
struct ipcm_queue *named_queue_open(const struct ipcm_backend *backend,
				    const char *name);
struct ipcm_lock *named_lock_make(const struct ipcm_backend *backend,
				  const char *name);
struct ipcm_lock *named_lock_open(const struct ipcm_backend *backend,
				  const char *name);
struct ipcm_semaphore *named_semaphore_make(const struct ipcm_backend *backend,
					    const char *name, int64_t initial);
struct ipcm_semaphore *named_semaphore_open(const struct ipcm_backend *backend,
					    const char *name);
int64_t semaphore_value(const struct ipcm_semaphore *semaphore);

/** The kinds of objects that can have a name, one after the other. */
enum named_kind { NAMED_QUEUE, NAMED_LOCK, NAMED_SEMAPHORE, NAMED_KINDS };

/** Does the back-end have this kind? */
bool named_has(const struct ipcm_backend *backend, enum named_kind kind);
const char *named_word(enum named_kind kind);
/** Open any kind with these flags; the handle is void. */
enum ipcm_status named_try(const struct ipcm_backend *backend,
			   enum named_kind kind, const char *name,
			   const struct ipcm_access *access, void **ret_object);
/** Must give this status; a handle that came all the same is freed. */
void named_expect(enum ipcm_status wanted, const struct ipcm_backend *backend,
		  enum named_kind kind, const char *name, unsigned flags);
/** Is it whole? Try one round of its own calls; it must be quiet. */
void named_use(enum named_kind kind, void *object);
void named_free(enum named_kind kind, void *object);

#endif
