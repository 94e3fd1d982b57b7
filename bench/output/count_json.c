/* SPDX-License-Identifier: MIT */
/* Counts in the result file: metrics like the timed ones, and the system calls
 * by name. */
#include "count_json.h"

#include <math.h>

#include "numbers.h"

static json_t *calls_json(const struct counts *counts, unsigned side)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < COUNT_CALLS_MAX; i++) {
		char text[24];

		if (counts->call[side][i] != 0)
			json_object_set_new(
				object, count_call_name(i, text, sizeof(text)),
				number_json(counts->call[side][i]));
	}
	return object;
}

json_t *counts_json(const struct counts *counts)
{
	static const char *const names[COUNT_SIDES] = {"send", "recv"};
	bool known = isfinite(counts->syscalls.value);
	json_t *object = json_object(), *sides = json_object();

	for (unsigned i = 0; i < counts->sides; i++)
		json_object_set_new(sides, names[i], calls_json(counts, i));
	json_object_set_new(object, "messages",
			    json_integer((json_int_t)counts->messages));
	json_object_set_new(object, "syscalls_per_message",
			    known ? json_incref(sides) : json_null());
	json_object_set_new(object, "why",
			    known ? json_null()
				  : json_string(counts->syscalls.why));
	json_decref(sides);
	return object;
}

json_t *counts_json_refused(const char *why)
{
	return json_pack("{s:n, s:n, s:s}", "messages", "syscalls_per_message",
			 "why", why);
}

/* Bytes are whole numbers and must not be rounded. */
static json_t *figure_json(const struct metric_info *info, double value)
{
	if (isfinite(value) && info->unit[0] == 'B')
		return json_integer((json_int_t)value);
	return number_json(value);
}

static void put_figure(json_t *metrics, enum metric metric,
		       const struct count_figure *figure)
{
	const struct metric_info *info = metric_info(metric);
	bool known = isfinite(figure->value);
	json_t *object = json_pack("{s:s, s:s, s:s}", "unit", info->unit,
				   "better", info->better, "kind", info->kind);
	json_t *summary = json_pack("{s:i, s:n, s:n, s:i}", "n", known, "ci_lo",
				    "ci_hi", "ci_level", 0);
	static const char *const ends[] = {"median", "min", "max"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		json_object_set_new(summary, ends[i],
				    figure_json(info, figure->value));
	if (!known)
		json_object_set_new(summary, "why",
				    json_pack("{s:s}", "median", figure->why));
	json_object_set_new(
		object, "determinism",
		known ? json_string(figure->exact ? "exact" : "noisy")
		      : json_null());
	json_object_set_new(object, "summary", summary);
	json_object_set_new(object, "other_state", json_null());
	json_object_set_new(metrics, info->name, object);
}

void counts_put_metrics(json_t *metrics, const struct counts *counts)
{
	put_figure(metrics, METRIC_SYSCALLS, &counts->syscalls);
	put_figure(metrics, METRIC_ALLOCATIONS, &counts->allocations);
	put_figure(metrics, METRIC_INSTRUCTIONS, &counts->instructions);
	put_figure(metrics, METRIC_SHARED, &counts->shared_bytes);
	put_figure(metrics, METRIC_LEFT, &counts->left);
	put_figure(metrics, METRIC_RSS_SEND, &counts->peak_rss_bytes[0]);
	if (counts->sides > 1)
		put_figure(metrics, METRIC_RSS_RECV,
			   &counts->peak_rss_bytes[1]);
}
