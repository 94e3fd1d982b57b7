/* SPDX-License-Identifier: MIT */
/* The counts of a row. */
#include "counts.h"

#include <math.h>
#include <string.h>

#define SWITCHES     "context switches"
#define INSTRUCTIONS "user instructions"
#define LEAKED	     "leaked objects"

/* Switches are not exact, but their sum is good to this. */
#define SWITCHES_TOLERANCE 0.05
/* Two calls in the 512 messages of a pass: what one preemption adds. */
#define CALLS_TOLERANCE 0.004
/* Instructions move by single ones with the alignment of the stack. */
#define INSTRUCTIONS_SHARE 0.01
#define INSTRUCTIONS_LEAST 8

/* {"recv": {"read": 1.0}, ...} */
static void visit_calls(const struct model *model, const json_t *sides,
			count_visit *visit, void *context)
{
	const char *side, *call;
	json_t *calls, *value;

	json_object_foreach((json_t *)(uintptr_t)sides, side,
			    calls) json_object_foreach(calls, call, value)
		visit(context,
		      pool_print(model->mem_pool, "%s (%s)", call, side),
		      json_number_value(value));
}

static double figure(const struct cell *cell, const char *name)
{
	const struct metric *metric = cell_metric(cell, name);

	return metric ? metric->median : (double)NAN;
}

void counts_visit(const struct model *model, const struct cell *cell,
		  count_visit *visit, void *context)
{
	const struct {
		const char *name;
		double value;
	} others[] = {
		{SWITCHES,
		 figure(cell, "voluntary_switches_per_message") +
			 figure(cell, "involuntary_switches_per_message")},
		{INSTRUCTIONS, figure(cell, "user_instructions_per_message")},
		{"allocations", figure(cell, "allocations_per_message")},
		{LEAKED, figure(cell, "leaked_objects")},
	};

	visit_calls(model, cell->counts, visit, context);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (isfinite(others[i].value))
			visit(context, others[i].name, others[i].value);
}

bool count_is_call(const char *name)
{
	return strchr(name, '(') != NULL;
}

double count_tolerance(const char *name, double value)
{
	if (!strcmp(name, SWITCHES))
		return SWITCHES_TOLERANCE;
	if (!strcmp(name, INSTRUCTIONS))
		return fmax(INSTRUCTIONS_LEAST, INSTRUCTIONS_SHARE * value);
	return !strcmp(name, LEAKED) ? 0 : CALLS_TOLERANCE;
}

double count_margin(const char *name, double value)
{
	double tolerance = count_tolerance(name, value);

	return strcmp(name, INSTRUCTIONS) ? 2 * tolerance : tolerance;
}
