/* SPDX-License-Identifier: MIT */
/* Numbers for a reader: three digits, and units that cannot be mistaken. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "impls/testkit/check.h"
#include "reports/model/units.h"

static void expect(const char *wanted, const char *got)
{
	if (!CHECK(!strcmp(wanted, got)))
		fprintf(stderr, "\"%s\" instead of \"%s\"\n", got, wanted);
}

/* A space that does not break lines stands between number and unit. */
#define NB "\u00a0"

int main(void)
{
	struct mem_pool *mem_pool = pool_create();

	expect("31.2" NB "M/s", unit_rate(mem_pool, 31.2e6));
	expect("842" NB "k/s", unit_rate(mem_pool, 842e3));
	expect("1.00" NB "M/s", unit_rate(mem_pool, 999.9e3));
	expect("7.00" NB "/s", unit_rate(mem_pool, 7));
	expect("41.3" NB "ns", unit_time(mem_pool, 41.3));
	expect("3.92" NB "µs", unit_time(mem_pool, 3920));
	expect("1.20" NB "ms", unit_time(mem_pool, 1.2e6));
	expect("0.50" NB "ns", unit_time(mem_pool, 0.5));
	expect("none", unit_time(mem_pool, (double)NAN));
	expect("0" NB "ns", unit_time(mem_pool, 0));
	expect("0", unit_value(mem_pool, 0, "1"));
	expect("0 to 1.50" NB "µs", unit_interval(mem_pool, 0, 1500, "ns"));
	expect("64" NB "B", unit_size(mem_pool, 64));
	expect("1" NB "KiB", unit_size(mem_pool, 1024));
	expect("1.5" NB "KiB", unit_size(mem_pool, 1536));
	expect("16" NB "MiB", unit_size(mem_pool, 16 << 20));
	expect("1.00" NB "MiB/s", unit_bandwidth(mem_pool, 1048576));
	expect("2.00" NB "GiB/s", unit_bandwidth(mem_pool, 2147483648.0));
	expect("7.0", unit_ratio(mem_pool, 7));
	expect("1.00", unit_ratio(mem_pool, 1));
	expect("120", unit_ratio(mem_pool, 120.4));
	expect("0.83", unit_ratio(mem_pool, 0.83));
	expect("500" NB "MiB/s",
	       unit_value(mem_pool, 500 * 1048576.0, "bytes/s"));
	expect("0.90", unit_value(mem_pool, 0.9, "1"));
	expect("2.00" NB "M/s", unit_value(mem_pool, 2e6, "1/s"));
	expect("30.1 to 32.4" NB "M/s",
	       unit_interval(mem_pool, 30.1e6, 32.4e6, "1/s"));
	expect("0.90 to 1.10" NB "M/s",
	       unit_interval(mem_pool, 9e5, 1.1e6, "1/s"));
	expect("12.0 to 9.00" NB "µs",
	       unit_interval(mem_pool, 12e3, 9e3, "ns"));
	expect("no interval", unit_interval(mem_pool, (double)NAN, 1, "ns"));
	expect("5" NB "µs", unit_tick(mem_pool, 5000, "ns"));
	expect("100" NB "k/s", unit_tick(mem_pool, 1e5, "1/s"));
	pool_free(mem_pool);
	return check_failures() ? 1 : 0;
}
