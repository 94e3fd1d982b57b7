/* SPDX-License-Identifier: MIT */
/*
 * The strict part: counts a message. Each is taken three times on each side;
 * one that is not the same three times is no evidence on this host.
 */
#include <math.h>
#include <string.h>

#include "baseline.h"
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

void gate_note_count(struct gate *gate, struct gate_row *row,
		     enum gate_which which, const char *name, double value)
{
	struct gate_count *count;

	if (!isfinite(value))
		return; /* not counted on this host */
	if (gate->has_baseline && !baseline_holds(name))
		return;
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
		json_object_foreach(calls, call, value) gate_note_count(
			gate, row, which,
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
	gate_note_count(
		gate, row, which, "context switches",
		figure(cell, "voluntary_switches_per_message") +
			figure(cell, "involuntary_switches_per_message"));
	gate_note_count(gate, row, which, "user instructions",
			figure(cell, "user_instructions_per_message"));
	gate_note_count(gate, row, which, "allocations",
			figure(cell, "allocations_per_message"));
	gate_note_count(gate, row, which, "leaked objects",
			figure(cell, "leaked_objects"));
}

static const char *toolchain_of(struct gate *gate, const struct model *model)
{
	const json_t *build = model->run_count ? model->runs[0].build : NULL;

	return pool_print(
		gate->mem_pool, "%s %s %s, C library %s",
		json_text(build, "compiler", "?"),
		json_text(build, "compiler_version", "?"),
		json_text(build, "flags", ""),
		json_text(json_object_get(build, "libraries"), "libc", "?"));
}

static bool is_wanted(const struct gate *gate, const struct cell *cell)
{
	if (!cell->ok || cell->standing == STANDING_REFERENCE)
		return false;
	if (!gate->has_baseline)
		return true;
	for (size_t i = 0; i < gate->row_count; i++)
		if (!strcmp(gate->rows[i].id, cell->id))
			return true;
	return false;
}

static int count_once(struct gate *gate, enum gate_which which)
{
	struct model *model = measure(gate, which, MEASURE_COUNTS,
				      gate->filter ? gate->filter : COUNTED);

	if (!model)
		return EXIT_INTERNAL;
	gate->head_toolchain = toolchain_of(gate, model);
	for (size_t i = 0; i < model->cell_count; i++)
		if (is_wanted(gate, &model->cells[i]))
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

bool gate_count_exact(const struct gate_count *count, enum gate_which which)
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
	if (!gate_count_exact(count, GATE_BASE) ||
	    !gate_count_exact(count, GATE_HEAD))
		count->change = COUNT_NOISY;
	else if (fabs(head - base) <= tolerance(count, base))
		count->change = COUNT_SAME;
	else
		count->change = head > base ? COUNT_ROSE : COUNT_FELL;
}

/* A row of the baseline that cannot be counted here says nothing. */
static void drop_uncounted(struct gate_row *row)
{
	for (size_t i = 0; i < row->count_count; i++)
		if (row->counts[i].runs[GATE_HEAD])
			return;
	row->count_count = 0;
	row->absent = "not counted on this host";
}

static void judge_all(struct gate *gate)
{
	for (size_t i = 0; i < gate->row_count; i++) {
		if (gate->has_baseline)
			drop_uncounted(&gate->rows[i]);
		for (size_t j = 0; j < gate->rows[i].count_count; j++)
			judge(&gate->rows[i].counts[j]);
	}
}

static int count_told(struct gate *gate, enum gate_which which, unsigned run)
{
	int code = count_once(gate, which);

	if (!code)
		gate_tell(gate, "counts: run %u of %d of %s", run + 1,
			  COUNT_RUNS, gate->side[which].name);
	return code;
}

int gate_count_side(struct gate *gate, enum gate_which which)
{
	int code = EXIT_PASS;

	for (unsigned run = 0; run < COUNT_RUNS && !code; run++)
		code = count_told(gate, which, run);
	return code;
}

/* In turns, so that both sides see the same host. */
int gate_count_all(struct gate *gate)
{
	int code = EXIT_PASS;

	for (unsigned run = 0; run < COUNT_RUNS && !code; run++) {
		if (!gate->has_baseline)
			code = count_told(gate, GATE_BASE, run);
		if (!code)
			code = count_told(gate, GATE_HEAD, run);
	}
	if (!code)
		judge_all(gate);
	return code;
}
