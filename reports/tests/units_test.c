/* SPDX-License-Identifier: MIT */
/* Numbers as people read them: three digits, and no unit that misleads. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/model/units.h"

static unsigned failures;

static void expect(const char *wanted, const char *got)
{
	if (!strcmp(wanted, got))
		return;
	failures++;
	printf("\"%s\" instead of \"%s\"\n", got, wanted);
}

/* A space that does not break lines stands between number and unit. */
#define NB "\u00a0"

int main(void)
{
	struct arena *arena = arena_create();

	expect("31.2" NB "M/s", unit_rate(arena, 31.2e6));
	expect("842" NB "k/s", unit_rate(arena, 842e3));
	expect("1.00" NB "M/s", unit_rate(arena, 999.9e3));
	expect("7.00" NB "/s", unit_rate(arena, 7));
	expect("41.3" NB "ns", unit_time(arena, 41.3));
	expect("3.92" NB "µs", unit_time(arena, 3920));
	expect("1.20" NB "ms", unit_time(arena, 1.2e6));
	expect("0.50" NB "ns", unit_time(arena, 0.5));
	expect("none", unit_time(arena, (double)NAN));
	expect("0" NB "ns", unit_time(arena, 0));
	expect("0", unit_value(arena, 0, "1"));
	expect("0 to 1.50" NB "µs", unit_interval(arena, 0, 1500, "ns"));
	expect("64" NB "B", unit_size(arena, 64));
	expect("1" NB "KiB", unit_size(arena, 1024));
	expect("1.5" NB "KiB", unit_size(arena, 1536));
	expect("16" NB "MiB", unit_size(arena, 16 << 20));
	expect("1.00" NB "MiB/s", unit_bandwidth(arena, 1048576));
	expect("2.00" NB "GiB/s", unit_bandwidth(arena, 2147483648.0));
	expect("7.0", unit_ratio(arena, 7));
	expect("1.00", unit_ratio(arena, 1));
	expect("120", unit_ratio(arena, 120.4));
	expect("0.83", unit_ratio(arena, 0.83));
	expect("500" NB "MiB/s", unit_value(arena, 500 * 1048576.0, "bytes/s"));
	expect("0.90", unit_value(arena, 0.9, "1"));
	expect("2.00" NB "M/s", unit_value(arena, 2e6, "1/s"));
	expect("30.1 to 32.4" NB "M/s",
	       unit_interval(arena, 30.1e6, 32.4e6, "1/s"));
	expect("0.90 to 1.10" NB "M/s",
	       unit_interval(arena, 9e5, 1.1e6, "1/s"));
	expect("12.0 to 9.00" NB "µs", unit_interval(arena, 12e3, 9e3, "ns"));
	expect("no interval", unit_interval(arena, (double)NAN, 1, "ns"));
	expect("5" NB "µs", unit_tick(arena, 5000, "ns"));
	expect("100" NB "k/s", unit_tick(arena, 1e5, "1/s"));
	arena_free(arena);
	printf("units: %u failures\n", failures);
	return failures ? 1 : 0;
}
