/* SPDX-License-Identifier: MIT */
/*
 * The token operations over a System V semaphore; for a back-end whose family
 * has one.
 */
#ifndef IPCMARK_IMPLS_CORE_TOKEN_SYSV_SEMAPHORE_H
#define IPCMARK_IMPLS_CORE_TOKEN_SYSV_SEMAPHORE_H

#include "ipcmark/backend.h"

extern const struct ipcm_token_ops token_semaphore_ops;

#endif
