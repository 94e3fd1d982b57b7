/* SPDX-License-Identifier: MIT */
/* ipcmark report --history: the result files of many commits. */
#ifndef IPCMARK_REPORTS_CLI_HISTORY_H
#define IPCMARK_REPORTS_CLI_HISTORY_H

#include "options.h"

/** options->history is set. @return an exit code */
int history_main(const struct options *options);

#endif
