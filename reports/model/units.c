/* SPDX-License-Identifier: MIT */
/*
 * Numbers with three digits and a unit. A scale is chosen for a magnitude and
 * then used for every number that belongs to it, so that the ends of an
 * interval share their unit.
 */
#include "units.h"

#include <math.h>
#include <string.h>

struct scale {
	double factor;
	const char *unit;
};

static const struct scale rate_scales[] = {
	{1e9, "G/s"}, {1e6, "M/s"}, {1e3, "k/s"}, {1, "/s"}, {0, NULL},
};

static const struct scale time_scales[] = {
	{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}, {0, NULL},
};

static const struct scale bandwidth_scales[] = {
	{1024.0 * 1024 * 1024, "GiB/s"},
	{1024.0 * 1024, "MiB/s"},
	{1024, "KiB/s"},
	{1, "B/s"},
	{0, NULL},
};

static const struct scale size_scales[] = {
	{1024.0 * 1024 * 1024, "GiB"},
	{1024.0 * 1024, "MiB"},
	{1024, "KiB"},
	{1, "B"},
	{0, NULL},
};

static const struct scale plain_scale[] = {{1, ""}, {0, NULL}};

/* The first scale that leaves at least 1; the smallest one for the rest. */
static const struct scale *scale_for(const struct scale *scales, double value)
{
	while (scales[1].unit && fabs(value) < scales->factor * 0.9995)
		scales++;
	return scales;
}

/* Three significant digits, without an exponent. */
static char *digits(struct mem_pool *mem_pool, double value)
{
	double size = fabs(value);

	/* Nothing at all is no small number. */
	if (size == 0)
		return pool_copy(mem_pool, "0");
	if (size >= 99.95)
		return pool_print(mem_pool, "%.0f", value);
	if (size >= 9.995)
		return pool_print(mem_pool, "%.1f", value);
	return pool_print(mem_pool, "%.2f", value);
}

static char *scaled(struct mem_pool *mem_pool, const struct scale *scales,
		    double value)
{
	const struct scale *scale = scale_for(scales, value);

	if (!isfinite(value))
		return pool_copy(mem_pool, "none");
	return pool_print(mem_pool, "%s %s",
			  digits(mem_pool, value / scale->factor), scale->unit);
}

char *unit_rate_words(struct mem_pool *mem_pool, double per_second,
		      const char *thing)
{
	static const struct scale words[] = {
		{1e9, "billion "}, {1e6, "million "}, {1e3, "thousand "},
		{1, ""},	   {0, NULL},
	};
	const struct scale *scale = scale_for(words, per_second);

	if (!isfinite(per_second))
		return pool_copy(mem_pool, "none");
	return pool_print(mem_pool, "%s\u00a0%s%s",
			  digits(mem_pool, per_second / scale->factor),
			  scale->unit, thing);
}

char *unit_rate(struct mem_pool *mem_pool, double per_second)
{
	return scaled(mem_pool, rate_scales, per_second);
}

char *unit_time(struct mem_pool *mem_pool, double ns)
{
	return scaled(mem_pool, time_scales, ns);
}

char *unit_bandwidth(struct mem_pool *mem_pool, double bytes_per_second)
{
	return scaled(mem_pool, bandwidth_scales, bytes_per_second);
}

char *unit_size(struct mem_pool *mem_pool, int64_t bytes)
{
	const struct scale *scale = scale_for(size_scales, (double)bytes);
	double value = (double)bytes / scale->factor;

	if (value == floor(value))
		return pool_print(mem_pool, "%.0f %s", value, scale->unit);
	return pool_print(mem_pool, "%.1f %s", value, scale->unit);
}

char *unit_count(struct mem_pool *mem_pool, int64_t count)
{
	long long thousands = count / 1000;

	if (!thousands)
		return pool_print(mem_pool, "%lld", (long long)count);
	return pool_print(mem_pool, "%s,%03lld",
			  unit_count(mem_pool, thousands),
			  (long long)count % 1000);
}

char *unit_ratio(struct mem_pool *mem_pool, double ratio)
{
	if (!isfinite(ratio))
		return pool_copy(mem_pool, "none");
	if (ratio >= 9.95)
		return pool_print(mem_pool, "%.0f", ratio);
	if (ratio >= 1.095)
		return pool_print(mem_pool, "%.1f", ratio);
	return pool_print(mem_pool, "%.2f", ratio);
}

/* Is this a rate of messages or acquires: "msg/s", "1/s", "op/s" ...? */
static int unit_is_rate(const char *unit)
{
	size_t length = strlen(unit);

	return length >= 2 && !strcmp(unit + length - 2, "/s") &&
	       !strstr(unit, "byte") && strcmp(unit, "B/s") &&
	       strcmp(unit, "MiB/s");
}

static const struct scale *scales_of(const char *unit)
{
	if (!strcmp(unit, "ns"))
		return time_scales;
	if (!strcmp(unit, "bytes/s") || !strcmp(unit, "B/s") ||
	    !strcmp(unit, "byte/s"))
		return bandwidth_scales;
	if (!strcmp(unit, "bytes") || !strcmp(unit, "B"))
		return size_scales;
	if (unit_is_rate(unit))
		return rate_scales;
	return plain_scale;
}

char *unit_value(struct mem_pool *mem_pool, double value, const char *unit)
{
	const struct scale *scales = scales_of(unit);

	if (!isfinite(value))
		return pool_copy(mem_pool, "none");
	if (scales != plain_scale)
		return scaled(mem_pool, scales, value);
	/* "1" is the unit of what has none. */
	return pool_print(mem_pool, "%s%s%s", digits(mem_pool, value),
			  strcmp(unit, "1") ? " " : "",
			  strcmp(unit, "1") ? unit : "");
}

char *unit_tick(struct mem_pool *mem_pool, double value, const char *unit)
{
	const struct scale *scale = scale_for(scales_of(unit), value);

	return pool_print(mem_pool, "%.3g %s", value / scale->factor,
			  scale->unit);
}

char *unit_interval(struct mem_pool *mem_pool, double low, double high,
		    const char *unit)
{
	const struct scale *scales = scales_of(unit);
	const struct scale *scale = scale_for(scales, fmax(low, high));

	if (!isfinite(low) || !isfinite(high))
		return pool_copy(mem_pool, "no interval");
	if (scales == plain_scale)
		return pool_print(mem_pool, "%s to %s", digits(mem_pool, low),
				  unit_value(mem_pool, high, unit));
	return pool_print(mem_pool, "%s to %s %s",
			  digits(mem_pool, low / scale->factor),
			  digits(mem_pool, high / scale->factor), scale->unit);
}
