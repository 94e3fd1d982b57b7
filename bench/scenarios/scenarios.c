/* SPDX-License-Identifier: MIT */
/* The list of scenario tables: one line a file. */
#include "scenario.h"

static const struct scenario_table *const tables[] = {
	&scenarios_oneway,     &scenarios_many,	     &scenarios_load,
	&scenarios_idle,       &scenarios_roundtrip, &scenarios_alternate,
	&scenarios_lock,       &scenarios_raw,	     &scenarios_raw_lock,
	&scenarios_sync,       &scenarios_contended, &scenarios_handover,
	&scenarios_rounds,     &scenarios_startup,   &scenarios_recovery,
	&scenarios_endurance,  &scenarios_floor,     &scenarios_floor_alone,
	&scenarios_floor_ring, &scenarios_rival,
};

const struct scenario_table *const *scenario_tables(size_t *ret_count)
{
	*ret_count = sizeof(tables) / sizeof(tables[0]);
	return tables;
}
