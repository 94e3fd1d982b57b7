/* SPDX-License-Identifier: MIT */
/* Small models for unit tests: rows of one metric, from documents in memory. */
#ifndef IPCMARK_REPORTS_TESTS_TEST_MODEL_H
#define IPCMARK_REPORTS_TESTS_TEST_MODEL_H

#include "reports/model/model.h"

/** A row "IFACE/BACKEND" of 64 bytes on two CPUs, judged by one metric. */
json_t *test_cell(const char *iface, const char *backend, const char *metric,
		  const char *better, double median);
/** Its metric, to add summary figures or samples. */
json_t *test_metric(json_t *cell);

/** The rows as documents of that many runs, with the cases or NULL; the
 *  back-ends a, b (pollable), c and a fake one. Steals both. */
struct model *test_model(json_t *cells, json_t *cases, int runs);

#endif
