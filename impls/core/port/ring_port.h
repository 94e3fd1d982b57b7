/* SPDX-License-Identifier: MIT */
/*
 * A pipe's port over shared memory: one frame ring a direction. It cannot wait
 * and knows no end of file; both are emulated.
 */
#ifndef IPCMARK_IMPLS_CORE_PORT_RING_PORT_H
#define IPCMARK_IMPLS_CORE_PORT_RING_PORT_H

#include "ipcmark/backend.h"

extern const struct ipcm_port_ops ring_port_ops;

#endif
