/* SPDX-License-Identifier: MIT */
#include "step_points.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/harness/check.h"

void step_points_clear(struct step_points *points)
{
	points->count = 0;
	memset(points->table, 0, sizeof(points->table));
}

static struct step_point *table_entry(struct step_points *points,
				      uintptr_t address)
{
	size_t at = address * 31;

	for (size_t i = 0; i < STEP_POINTS_TABLE; i++) {
		struct step_point *entry =
			&points->table[(at + i) % STEP_POINTS_TABLE];

		if (entry->address == address || !entry->address) {
			entry->address = address;
			return entry;
		}
	}
	check_harness_error("more than %u instructions in a call",
			    STEP_POINTS_TABLE);
}

void step_points_pass(struct step_points *points, uintptr_t address,
		      bool is_point)
{
	struct step_point *entry = table_entry(points, address);

	if (is_point && points->count == points->room) {
		points->room = points->room ? 2 * points->room : 1024;
		points->list = realloc(points->list,
				       points->room * sizeof(*points->list));
		if (!points->list)
			check_harness_error("no memory for points");
	}
	if (is_point)
		points->list[points->count++] = *entry;
	entry->passed++;
}
