/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people read them. A scale is chosen for a magnitude and then used
 * for every number that belongs to it, so that the ends of an interval share
 * their unit.
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
static char *digits(struct arena *arena, double value)
{
	double size = fabs(value);

	/* Nothing at all is no small number. */
	if (size == 0)
		return arena_copy(arena, "0");
	if (size >= 99.95)
		return arena_print(arena, "%.0f", value);
	if (size >= 9.995)
		return arena_print(arena, "%.1f", value);
	return arena_print(arena, "%.2f", value);
}

static char *scaled(struct arena *arena, const struct scale *scales,
		    double value)
{
	const struct scale *scale = scale_for(scales, value);

	if (!isfinite(value))
		return arena_copy(arena, "none");
	return arena_print(arena, "%s %s", digits(arena, value / scale->factor),
			   scale->unit);
}

char *unit_rate(struct arena *arena, double per_second)
{
	return scaled(arena, rate_scales, per_second);
}

char *unit_time(struct arena *arena, double ns)
{
	return scaled(arena, time_scales, ns);
}

char *unit_bandwidth(struct arena *arena, double bytes_per_second)
{
	return scaled(arena, bandwidth_scales, bytes_per_second);
}

char *unit_size(struct arena *arena, int64_t bytes)
{
	const struct scale *scale = scale_for(size_scales, (double)bytes);
	double value = (double)bytes / scale->factor;

	if (value == floor(value))
		return arena_print(arena, "%.0f %s", value, scale->unit);
	return arena_print(arena, "%.1f %s", value, scale->unit);
}

char *unit_ratio(struct arena *arena, double ratio)
{
	if (!isfinite(ratio))
		return arena_copy(arena, "none");
	if (ratio >= 9.95)
		return arena_print(arena, "%.0f", ratio);
	if (ratio >= 1.095)
		return arena_print(arena, "%.1f", ratio);
	return arena_print(arena, "%.2f", ratio);
}

int unit_is_rate(const char *unit)
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

char *unit_value(struct arena *arena, double value, const char *unit)
{
	const struct scale *scales = scales_of(unit);

	if (!isfinite(value))
		return arena_copy(arena, "none");
	if (scales != plain_scale)
		return scaled(arena, scales, value);
	/* "1" is the unit of what has none. */
	return arena_print(arena, "%s%s%s", digits(arena, value),
			   strcmp(unit, "1") ? " " : "",
			   strcmp(unit, "1") ? unit : "");
}

char *unit_tick(struct arena *arena, double value, const char *unit)
{
	const struct scale *scale = scale_for(scales_of(unit), value);

	return arena_print(arena, "%.3g %s", value / scale->factor,
			   scale->unit);
}

char *unit_interval(struct arena *arena, double low, double high,
		    const char *unit)
{
	const struct scale *scales = scales_of(unit);
	const struct scale *scale = scale_for(scales, fmax(low, high));

	if (!isfinite(low) || !isfinite(high))
		return arena_copy(arena, "no interval");
	if (scales == plain_scale)
		return arena_print(arena, "%s to %s", digits(arena, low),
				   unit_value(arena, high, unit));
	return arena_print(arena, "%s to %s %s",
			   digits(arena, low / scale->factor),
			   digits(arena, high / scale->factor), scale->unit);
}
