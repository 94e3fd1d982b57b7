/* SPDX-License-Identifier: MIT */
/*
 * Random kills: processes take turns at something for ever, one after the
 * other is killed wherever it is, and a survivor must still get its turn. The
 * holes that are found by waiting; for the others see stepped_kills.h.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_RANDOM_KILLS_H
#define IPCMARK_IMPLS_TESTKIT_RANDOM_KILLS_H

#include "check.h"

/**
 * @param turn one turn, which mends what a dead process left; false, or a
 *        failed check: it cannot go on. The parent takes one behind each kill.
 * @param shared in shared memory
 */
void random_kills(const struct ipcm_backend *backend, unsigned rounds,
		  bool (*turn)(void *shared), void *shared);

#endif
