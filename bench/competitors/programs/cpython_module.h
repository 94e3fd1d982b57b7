/* SPDX-License-Identifier: MIT */
/*
 * The module `group`: what loops.py needs of ours, in a worker. Messages, their
 * proofs, the meetings, the clock. Whatever may wait lets other threads of the
 * interpreter run meanwhile.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_PROGRAMS_CPYTHON_MODULE_H
#define IPCMARK_BENCH_COMPETITORS_PROGRAMS_CPYTHON_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bench/workers/worker_context.h"
#include "bench/workers/task.h"

/** For PyImport_AppendInittab. */
PyObject *cpython_module_init(void);

/** In a worker, before its loop runs: which worker, which task. */
void cpython_module_enter(struct worker_context *worker,
			  const struct task *task);

#endif
