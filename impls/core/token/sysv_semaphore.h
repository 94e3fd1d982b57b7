/* SPDX-License-Identifier: MIT */
/*
 * The token operations over a System V semaphore; for a back-end whose family
 * has one.
 */
#ifndef IPCMARK_COMMON_TOKEN_SEMAPHORE_H
#define IPCMARK_COMMON_TOKEN_SEMAPHORE_H

#include "ipcmark/backend.h"

extern const struct ipcm_token_ops token_semaphore_ops;

#endif
