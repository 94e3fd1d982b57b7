/* SPDX-License-Identifier: MIT */
/*
 * What test_semaphore.c and test_semaphore_wake.c have in common.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_SEMAPHORE_SUPPORT_H
#define IPCMARK_IMPLS_TESTKIT_SEMAPHORE_SUPPORT_H

#include <stdlib.h>

#include "check.h"

static inline struct ipcm_semaphore *make(const struct ipcm_backend *backend,
					  int64_t initial, unsigned flags)
{
	const struct ipcm_semaphore_options options = {initial, flags};
	struct ipcm_semaphore *semaphore = NULL;

	if (!CHECK_IS(ipcm_semaphore_create(backend, &options, &semaphore),
		      IPCM_OK))
		exit(1);
	return semaphore;
}

static inline int64_t value_of(struct ipcm_semaphore *semaphore)
{
	int64_t value = -1;

	CHECK_IS(ipcm_semaphore_value(semaphore, &value), IPCM_OK);
	return value;
}

#endif
