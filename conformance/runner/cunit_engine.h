/* SPDX-License-Identifier: MIT */
/*
 * CUnit as the engine of one clause. cunit_engine.c is the only file that
 * includes CUnit.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_CUNIT_ENGINE_H
#define IPCMARK_CONFORMANCE_RUNNER_CUNIT_ENGINE_H

#include "conformance/harness/clause.h"

/**
 * Run one clause in this process as a CUnit test: the suite is the back-end,
 * the test the clause's ID. When the test is complete its outcome is written
 * to report_fd: "complete SUITE TEST FAILURES\n".
 * @return 0 the clause held; 1 it did not; -1 CUnit itself failed
 */
int engine_run(const struct ipcm_backend *backend, const struct clause *clause,
	       int report_fd);

#endif
