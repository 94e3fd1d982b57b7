/* SPDX-License-Identifier: MIT */
/* The list of scenario tables: one line a file. */
#include "scenario.h"

static const struct scenario_table *const tables[] = {
	&scenarios_oneway,	   &scenarios_mpmc,
	&scenarios_open_loop,	   &scenarios_wake_latency,
	&scenarios_roundtrip,	   &scenarios_self_loop,
	&scenarios_lock,	   &scenarios_raw,
	&scenarios_raw_lock,	   &scenarios_sync,
	&scenarios_contended,	   &scenarios_handoff,
	&scenarios_barrier_rounds, &scenarios_startup,
	&scenarios_recovery,	   &scenarios_endurance,
	&scenarios_baseline,	   &scenarios_baseline_alone,
	&scenarios_baseline_ring,  &scenarios_competitor,
};

const struct scenario_table *const *scenario_tables(size_t *ret_count)
{
	*ret_count = sizeof(tables) / sizeof(tables[0]);
	return tables;
}
