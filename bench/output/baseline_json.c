/* SPDX-License-Identifier: MIT */
/* How many times its baselines a cell takes, in the result file. */
#include "baseline_json.h"

#include "bench/run/baseline_ratio.h"
#include "numbers.h"

static json_t *document(const struct result *result,
			const struct baseline_times *times)
{
	const struct baseline_ref *ref = &times->ref;
	const struct stats_summary *stats = &times->times;
	json_t *object =
		json_pack("{s:s, s:s?, s:s?, s:s?, s:I}", "kind",
			  baseline_kind_name(ref->kind), "id",
			  *ref->id ? ref->id : NULL, "name", ref->name,
			  "reason", *times->reason ? times->reason : NULL, "n",
			  (json_int_t)stats->n);

	json_object_set_new(
		object, "metric",
		*ref->id ? json_string(metric_info(baseline_metric(result, ref))
					       ->name)
			 : json_null());
	json_object_set_new(object, "share",
			    *ref->id ? number_json(ref->share) : json_null());
	json_object_set_new(object, "times", number_json(stats->median));
	json_object_set_new(object, "ci_lo", number_json(stats->ci_lo));
	json_object_set_new(object, "ci_hi", number_json(stats->ci_hi));
	json_object_set_new(object, "ci_level", number_json(stats->ci_level));
	return object;
}

json_t *baseline_times_json(const struct run_facts *facts,
			    const struct result *result)
{
	struct baseline_times times[BASELINE_KINDS];
	size_t count = baseline_times_of(facts, result, times);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, document(result, &times[i]));
	return array;
}
