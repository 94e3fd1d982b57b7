/* SPDX-License-Identifier: MIT */
/*
 * The strict part: counts a message. Each is taken three times on each side;
 * one that is not the same three times is no evidence on this host.
 */
#include <math.h>
#include <string.h>

#include "baseline.h"
#include "gate.h"
#include "notes.h"
#include "reports/cliutil/exit_code.h"
#include "reports/model/counts.h"

/* One process, or two that take turns on one CPU: nothing depends on who is
 * quicker. */
#define COUNTED                                                                \
	"^(queue|pipe)/[^/]+/(self_loop|roundtrip)/size=64/placement=1cpu$|"   \
	"^(lock|semaphore|event)/[^/]+/(lock_)?(uncontended|is_set)"

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

/* Where the counts of a row go. */
struct note {
	struct gate *gate;
	struct gate_row *row;
	enum gate_which which;
};

static void note_value(void *context, const char *name, double value)
{
	const struct note *note = context;

	gate_note_count(note->gate, note->row, note->which, name, value);
}

static void note_cell(struct gate *gate, enum gate_which which,
		      const struct model *model, const struct cell *cell)
{
	struct note note = {gate, gate_row(gate, cell->id), which};

	note.row->counted[which]++;
	note.row->traced[which] += json_is_object(cell->counts);
	counts_visit(model, cell, note_value, &note);
	gate_see_uncounted(gate, cell);
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
	struct model *model = measure(gate, which, MEASURE_COUNTS, COUNTED);

	if (!model)
		return EXIT_INTERNAL;
	gate->head_toolchain = toolchain_of(gate, model);
	for (size_t i = 0; i < model->cell_count; i++)
		if (is_wanted(gate, &model->cells[i]))
			note_cell(gate, which, model, &model->cells[i]);
	model_free(model);
	return EXIT_PASS;
}

/* ---- judging ---- */

/* A system call that one side does not make at all has no entry there; one that
 * could not be counted there has none either, and is not 0. */
static void complete(const struct gate_row *row, struct gate_count *count)
{
	unsigned other = count->runs[GATE_BASE] > count->runs[GATE_HEAD]
				 ? GATE_HEAD
				 : GATE_BASE;

	if (count_is_call(count->name) && row->traced[other])
		while (count->runs[other] < COUNT_RUNS)
			count->value[other][count->runs[other]++] = 0;
}

bool gate_count_exact(const struct gate_count *count, enum gate_which which)
{
	const double *value = count->value[which];

	if (count->runs[which] < COUNT_RUNS)
		return false;
	for (unsigned i = 1; i < COUNT_RUNS; i++)
		if (fabs(value[i] - value[0]) >
		    count_tolerance(count->name, value[0]))
			return false;
	return true;
}

/* By how much the lowest value of one side is above all of the other. */
static double above(const struct gate_count *count, enum gate_which one,
		    enum gate_which other)
{
	double lowest = count->value[one][0], highest = count->value[other][0];

	for (unsigned i = 1; i < COUNT_RUNS; i++) {
		lowest = fmin(lowest, count->value[one][i]);
		highest = fmax(highest, count->value[other][i]);
	}
	return lowest - highest;
}

static void judge(const struct gate_row *row, struct gate_count *count)
{
	double margin;

	complete(row, count);
	margin = count_margin(count->name, count->value[GATE_BASE][0]);
	if (!gate_count_exact(count, GATE_BASE) ||
	    !gate_count_exact(count, GATE_HEAD))
		count->change = COUNT_NOISY;
	else if (above(count, GATE_HEAD, GATE_BASE) > margin)
		count->change = COUNT_ROSE;
	else if (above(count, GATE_BASE, GATE_HEAD) > margin)
		count->change = COUNT_FELL;
	else
		count->change = COUNT_SAME;
}

static bool has_counts(const struct gate_row *row, enum gate_which which)
{
	for (size_t i = 0; i < row->count_count; i++)
		if (row->counts[i].runs[which])
			return true;
	return false;
}

/* A row that one side did not count says nothing: what the other one did is no
 * more than nothing. */
static void drop_uncounted(const struct gate *gate, struct gate_row *row)
{
	const char *why = NULL;

	if (gate->has_baseline && !has_counts(row, GATE_HEAD))
		why = "not counted on this host";
	else if (!gate->has_baseline && !row->counted[GATE_BASE])
		why = "base has no figure for this row";
	else if (!gate->has_baseline && !row->counted[GATE_HEAD])
		why = "head has no figure for this row";
	if (!why)
		return;
	row->count_count = 0;
	row->absent = why;
}

static void judge_all(struct gate *gate)
{
	for (size_t i = 0; i < gate->row_count; i++) {
		drop_uncounted(gate, &gate->rows[i]);
		for (size_t j = 0; j < gate->rows[i].count_count; j++)
			judge(&gate->rows[i], &gate->rows[i].counts[j]);
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
