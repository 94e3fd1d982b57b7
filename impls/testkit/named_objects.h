/* SPDX-License-Identifier: MIT */
/*
 * For the tests of named objects: objects of any kind, and what is left of
 * them.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_NAMED_OBJECTS_H
#define IPCMARK_IMPLS_TESTKIT_NAMED_OBJECTS_H

#include "check.h"

/** An item of this size goes through the overflow buffer. */
#define LARGE_BYTES ((size_t)1 << 20)
#define NAME_BYTES  64

extern const struct ipcm_access make_or_open, open_only, make_only;

enum kind { QUEUE, LOCK, SEMAPHORE, KINDS };

/** A name of this run: others may run at the same time. */
const char *name_of(const char *what, char name[NAME_BYTES]);

enum ipcm_status open_any(const struct ipcm_backend *backend, enum kind kind,
			  const char *name, const struct ipcm_access *access,
			  void **ret_object);
void free_any(enum kind kind, void *object);
/** It does what it should, and is as it was before. */
void use_any(enum kind kind, void *object);
/** Open and free. */
enum ipcm_status try_any(const struct ipcm_backend *backend, enum kind kind,
			 const char *name, const struct ipcm_access *access);

/** Collect; then there is no such name, and no entry without users. */
void expect_nothing_left(const char *name);

/** Bytes that follow from the number. */
void fill(uint8_t *item, size_t bytes, uint32_t number);

#endif
