/* SPDX-License-Identifier: MIT */
/*
 * The module `team`: what loops.py needs of ours, in a member. Messages, their
 * proofs, the meetings, the clock. Whatever may wait lets other threads of the
 * interpreter run meanwhile.
 */
#ifndef IPCMARK_BENCH_CPYTHON_TEAM_H
#define IPCMARK_BENCH_CPYTHON_TEAM_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bench/workers/worker_context.h"
#include "bench/scenarios/scenario.h"

/** For PyImport_AppendInittab. */
PyObject *cpython_team_init(void);

/** In a member, before its loop runs: whose post, which task. */
void cpython_team_enter(struct post *post, const struct task *task);

#endif
