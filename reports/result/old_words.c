/* SPDX-License-Identifier: MIT */
/* Names that changed with version 2 of the result format. */
#include "old_words.h"

#include <stddef.h>
#include <string.h>

const struct renamed renamed_scenarios[] = {
	{"many", "mpmc"},
	{"load", "open_loop"},
	{"idle", "wake_latency"},
	{"rounds", "barrier_rounds"},
	{"handover", "handoff"},
	{"alternate", "self_loop"},
	{"switch", "context_switch"},
	{"empty", "empty_call"},
	{NULL, NULL},
};

const struct renamed renamed_ifaces[] = {
	{"rival", "competitor"},
	{NULL, NULL},
};

const char *renamed_find(const struct renamed *list, const char *name)
{
	while (list->old && strcmp(list->old, name))
		list++;
	return list->old ? list->now : name;
}
