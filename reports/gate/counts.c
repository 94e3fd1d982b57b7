/* SPDX-License-Identifier: MIT */
/*
 * The strict part: counts a message. Each is taken three times on each side;
 * one that is not the same three times is no evidence on this host.
 */
#include <math.h>
#include <string.h>

#include "gate.h"
#include "reports/cliutil/exit_code.h"

/* One process, or two that take turns on one CPU: nothing depends on who is
 * quicker. */
#define COUNTED                                                                \
	"^(queue|pipe)/[^/]+/(self_loop|roundtrip)/size=64/placement=1cpu$|"   \
	"^(lock|semaphore|event)/[^/]+/(lock_)?(uncontended|is_set)"

/* Switches are not exact, but their sum is good to this. */
#define SWITCHES_TOLERANCE 0.02
/* Instructions move by single ones with the alignment of the stack. */
#define INSTRUCTIONS_SHARE 0.01
#define INSTRUCTIONS_LEAST 8

static struct gate_count *take_count(struct gate *gate, struct gate_row *row,
				     const char *name)
{
	for (size_t i = 0; i < row->count_count; i++)
		if (!strcmp(row->counts[i].name, name))
			return &row->counts[i];
	row->counts = pool_grow(gate->mem_pool, row->counts, row->count_count,
				&row->count_room, sizeof(*row->counts));
	row->counts[row->count_count] =
		(struct gate_count){.name = pool_copy(gate->mem_pool, name)};
	return &row->counts[row->count_count++];
}

static void note(struct gate *gate, struct gate_row *row, enum gate_which which,
		 const char *name, double value)
{
	struct gate_count *count;

	if (!isfinite(value))
		return; /* not counted on this host */
	count = take_count(gate, row, name);
	if (count->runs[which] < COUNT_RUNS)
		count->value[which][count->runs[which]++] = value;
}

/* {"recv": {"read": 1.0}, ...} */
static void note_calls(struct gate *gate, struct gate_row *row,
		       enum gate_which which, const json_t *sides)
{
	const char *side, *call;
	json_t *calls, *value;

	json_object_foreach((json_t *)(uintptr_t)sides, side, calls)
		json_object_foreach(calls, call, value)
			note(gate, row, which,
			     pool_print(gate->mem_pool, "%s (%s)", call, side),
			     json_number_value(value));
}

static double figure(const struct cell *cell, const char *name)
{
	const struct metric *metric = cell_metric(cell, name);

	return metric ? metric->median : (double)NAN;
}

static void note_cell(struct gate *gate, enum gate_which which,
		      const struct cell *cell)
{
	struct gate_row *row = gate_row(gate, cell->id);

	note_calls(gate, row, which, cell->counts);
	note(gate, row, which, "context switches",
	     figure(cell, "voluntary_switches_per_message") +
		     figure(cell, "involuntary_switches_per_message"));
	note(gate, row, which, "user instructions",
	     figure(cell, "user_instructions_per_message"));
	note(gate, row, which, "allocations",
	     figure(cell, "allocations_per_message"));
}

static int count_once(struct gate *gate, enum gate_which which)
{
	struct model *model = measure(gate, which, MEASURE_COUNTS,
				      gate->filter ? gate->filter : COUNTED);

	if (!model)
		return EXIT_INTERNAL;
	for (size_t i = 0; i < model->cell_count; i++)
		if (model->cells[i].ok &&
		    model->cells[i].standing != STANDING_REFERENCE)
			note_cell(gate, which, &model->cells[i]);
	model_free(model);
	return EXIT_PASS;
}

/* ---- judging ---- */

/* How far two values of one count may differ and be called the same. */
static double tolerance(const struct gate_count *count, double value)
{
	if (!strcmp(count->name, "context switches"))
		return SWITCHES_TOLERANCE;
	if (!strcmp(count->name, "user instructions"))
		return fmax(INSTRUCTIONS_LEAST, INSTRUCTIONS_SHARE * value);
	return 1e-9;
}

/* A system call that one side does not make at all has no entry there. */
static void complete(struct gate_count *count)
{
	unsigned other = count->runs[GATE_BASE] > count->runs[GATE_HEAD]
				 ? GATE_HEAD
				 : GATE_BASE;

	if (strchr(count->name, '('))
		while (count->runs[other] < COUNT_RUNS)
			count->value[other][count->runs[other]++] = 0;
}

static bool is_exact(const struct gate_count *count, enum gate_which which)
{
	const double *value = count->value[which];

	if (count->runs[which] < COUNT_RUNS)
		return false;
	for (unsigned i = 1; i < COUNT_RUNS; i++)
		if (fabs(value[i] - value[0]) > tolerance(count, value[0]))
			return false;
	return true;
}

static void judge(struct gate_count *count)
{
	double base, head;

	complete(count);
	base = count->value[GATE_BASE][0];
	head = count->value[GATE_HEAD][0];
	if (!is_exact(count, GATE_BASE) || !is_exact(count, GATE_HEAD))
		count->change = COUNT_NOISY;
	else if (fabs(head - base) <= tolerance(count, base))
		count->change = COUNT_SAME;
	else
		count->change = head > base ? COUNT_ROSE : COUNT_FELL;
}

int gate_count_all(struct gate *gate)
{
	for (unsigned run = 0; run < COUNT_RUNS; run++)
		for (unsigned which = 0; which < GATE_SIDES; which++) {
			int code = count_once(gate, (enum gate_which)which);

			if (code)
				return code;
			gate_tell(gate, "counts: run %u of %d of %s", run + 1,
				  COUNT_RUNS, gate->side[which].name);
		}
	for (size_t i = 0; i < gate->row_count; i++)
		for (size_t j = 0; j < gate->rows[i].count_count; j++)
			judge(&gate->rows[i].counts[j]);
	return EXIT_PASS;
}
