/* SPDX-License-Identifier: MIT */
/*
 * The values that only `ipcmark bench` has: lists of names and sizes. As in
 * reports/cliutil/cli.h a wrong one ends the program with one sentence.
 */
#ifndef IPCMARK_BENCH_CLI_OPTION_VALUES_H
#define IPCMARK_BENCH_CLI_OPTION_VALUES_H

#include "bench/plan/plan.h"

/** Names from a fixed set, with commas; NULL ends it. */
void value_names(const char *option, const char *text, struct name_list *list,
		 const char *const *known);

/** Interfaces and scenarios: those that some scenario has. Names of an older
 *  version are taken, too. */
void value_ifaces(const char *text, struct name_list *list);
void value_scenarios(const char *text, struct name_list *list);

void value_sizes(const char *option, const char *text, struct size_list *list,
		 size_t low, size_t high);

/** All interfaces, or all scenarios, with commas, to be freed; NULL without
 *  memory. For --help. */
char *value_all_ifaces(void);
char *value_all_scenarios(void);

#endif
