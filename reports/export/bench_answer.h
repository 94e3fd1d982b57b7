/* SPDX-License-Identifier: MIT */
/* What a benchmark found, in one sentence. */
#ifndef IPCMARK_REPORTS_EXPORT_BENCH_ANSWER_H
#define IPCMARK_REPORTS_EXPORT_BENCH_ANSWER_H

#include "reports/model/model.h"

/** Lives as long as the model. */
const char *bench_answer(const struct model *model);

#endif
