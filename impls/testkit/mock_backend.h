/* SPDX-License-Identifier: MIT */
/*
 * Doubles of back-ends for the unit tests of the objects: every combination
 * of what a port can lack (waiting, end of file, descriptor, count), over
 * mechanisms too simple to be wrong, with small frames so that ordinary
 * messages need several. Not for users: no part of the library.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_MOCK_BACKEND_H
#define IPCMARK_IMPLS_TESTKIT_MOCK_BACKEND_H

#include "ipcmark/backend.h"

/** Ended by NULL. */
extern const struct ipcm_backend *const mock_backends[];

/**
 * Not in the list: its port finds nothing at every other receive, as if the
 * frame had arrived just behind the look.
 */
extern const struct ipcm_backend mock_late;

#endif
