/* SPDX-License-Identifier: MIT */
/* The reference column in the result file. Running it is in reference.c. */
#include "reference.h"

const char *reference_letter(const struct reference_case *one)
{
	if (verdict_is_red(one->verdict) && one->deviation)
		return "d";
	return verdict_letter(one->verdict);
}

static json_t *case_entry(const struct reference_case *one)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s?,s:I}", "id",
			 one->clause->id, "verdict", reference_letter(one),
			 "expected", one->expected, "observed", one->observed,
			 "reason", one->reason, "deviation", one->deviation,
			 "duration_ns", (json_int_t)one->duration_ns);
}

json_t *reference_json(const struct reference *reference)
{
	json_t *cases = json_array();

	for (size_t i = 0; i < reference->count; i++)
		(void)json_array_append_new(cases,
					    case_entry(&reference->cases[i]));
	return json_pack("{s:s,s:s,s:o,s:O*}", "name", reference->name,
			 "reason", reference->why_not, "cases", cases,
			 "own_tests", reference->own_tests);
}
