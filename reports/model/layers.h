/* SPDX-License-Identifier: MIT */
/*
 * Rows of what is built on queues and connections: managers, pools, processes;
 * and the row of CPython's that did the same in this run.
 */
#ifndef IPCMARK_REPORTS_MODEL_LAYERS_H
#define IPCMARK_REPORTS_MODEL_LAYERS_H

#include "model.h"

/** Clients of a manager; 0: the row has none. */
long long layer_clients(const struct cell *cell);

/** "1 client", "8 clients"; "" where there are none. */
const char *layer_clients_text(struct mem_pool *mem_pool,
			       const struct cell *cell);

/** CPython's row with the same operation, size, clients and tasks as this one;
 *  NULL: it was not measured. */
const struct cell *layer_competitor(const struct model *model,
				    const struct cell *cell);

/** "Process of the library", "fork, exit, wait": what a row about starting a
 *  process is. */
const char *layer_process_text(const struct cell *cell);

/** Rows about starting a process: the library's, bare ones, CPython's.
 *  @param ret_list as many as the model has cells, at most
 *  @return how many */
size_t layer_processes(const struct model *model, const struct cell **ret_list);

#endif
