/* SPDX-License-Identifier: MIT */
/* The list of scenario tables: one line a file. */
#include "scenario.h"

static const struct scenario_table *const tables[] = {
	&scenarios_oneway, &scenarios_roundtrip, &scenarios_alternate,
	&scenarios_lock,   &scenarios_raw,	 &scenarios_raw_lock,
	&scenarios_floor,  &scenarios_rival,
};

const struct scenario_table *const *scenario_tables(size_t *ret_count)
{
	*ret_count = sizeof(tables) / sizeof(tables[0]);
	return tables;
}
