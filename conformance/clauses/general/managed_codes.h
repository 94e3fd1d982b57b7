/* SPDX-License-Identifier: MIT */
/* The part of G-RC-01 that is about a manager's objects. */
#ifndef IPCMARK_CONFORMANCE_CLAUSES_GENERAL_MANAGED_CODES_H
#define IPCMARK_CONFORMANCE_CLAUSES_GENERAL_MANAGED_CODES_H

#include "conformance/harness/check.h"

/** Each call gives its one documented code; nothing if there is no manager. */
void managed_codes(const struct ipcm_backend *backend);

#endif
