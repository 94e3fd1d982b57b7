/* SPDX-License-Identifier: MIT */
/* What other programs of the user hold of what a back-end needs. */
#ifndef IPCMARK_CONFORMANCE_RUNNER_COMPANY_H
#define IPCMARK_CONFORMANCE_RUNNER_COMPANY_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/ipcmark.h"

/**
 * Some back-ends have a limit that all processes of a user share. Can the back-
 * end, while no clause runs, not have the queues that it promises? Then other
 * programs hold them, and what a clause met is a limit of this host.
 * @param ret_reason says so, if it is true
 */
bool company_holds_queues(const struct ipcm_backend *backend, char *ret_reason,
			  size_t bytes);

#endif
