/* SPDX-License-Identifier: MIT */
/*
 * One clause as a CUnit test; see cunit_engine.h. CUnit's test functions take
 * no argument, so a trampoline serves every clause and looks up what to run.
 * CUnit 2.1-3 knows no "skipped" and no crash: our own record is the
 * authority, CUnit carries pass and fail.
 */
#include "cunit_engine.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <unistd.h>

#include "conformance/harness/check.h"

static const struct ipcm_backend *current_backend;
static const struct clause *current_clause;
static int current_report_fd;
/* survives the jump */
static volatile bool held;

static void trampoline(void)
{
	held = false;
	if (setjmp(check_home) == 0) {
		current_clause->run(current_backend);
		held = true;
	}
	CU_ASSERT_TRUE(held);
}

static void report_complete(const CU_pTest test, const CU_pSuite suite,
			    const CU_pFailureRecord failure)
{
	unsigned failures = 0;

	for (CU_pFailureRecord each = failure; each; each = each->pNext)
		failures++;
	(void)dprintf(current_report_fd, "complete %s %s %u\n", suite->pName,
		      test->pName, failures);
}

int engine_run(const struct ipcm_backend *backend, const struct clause *clause,
	       int report_fd)
{
	CU_pSuite suite;
	int result = -1;

	current_backend = backend;
	current_clause = clause;
	current_report_fd = report_fd;
	if (CU_initialize_registry() != CUE_SUCCESS)
		return -1;
	suite = CU_add_suite(backend->name, NULL, NULL);
	if (suite && CU_add_test(suite, clause->id, trampoline)) {
		CU_set_error_action(CUEA_IGNORE);
		CU_set_test_complete_handler(report_complete);
		if (CU_run_all_tests() == CUE_SUCCESS)
			result = held ? 0 : 1;
	}
	CU_cleanup_registry();
	return result;
}
