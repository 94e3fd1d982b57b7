/* SPDX-License-Identifier: MIT */
/*
 * The timing part: blocks of base, head, head, base (or the reverse, equally
 * often, in an order drawn by the seed), each of the four a run of bench with
 * fresh processes over all rows that are not decided. Rows that look changed
 * are measured again, on blocks of their own.
 *
 * Controls, from the same blocks: base measured twice is judged as if the
 * second were head, which must not look changed; and with 20 % put into it,
 * which must be found, or the host is too noisy to find anything.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "reports/cliutil/exit_code.h"

#define TIMED                                                                  \
	"^(queue|pipe)/[^/]+/(oneway|roundtrip)/size=64/placement=1cpu$|"      \
	"^lock/[^/]+/lock_uncontended"
/* Percent that the second control adds. */
#define ADDED 0.20

/* Readings of one block: logarithms of time, NAN: none. */
struct reading {
	double base[2], head[2];
	const char *state[4];
};

/* ---- one run ---- */

static double log_time(const struct cell *cell)
{
	const struct metric *metric = cell->headline;

	if (!cell->ok || !metric || !(metric->median > 0))
		return (double)NAN;
	return metric->higher_is_better ? -log(metric->median)
					: log(metric->median);
}

static struct gate_row *find(struct gate *gate, const char *id)
{
	for (size_t i = 0; i < gate->row_count; i++)
		if (!strcmp(gate->rows[i].id, id))
			return &gate->rows[i];
	return NULL;
}

static bool is_timed(const struct cell *cell)
{
	return cell->standing != STANDING_REFERENCE &&
	       strcmp(cell->status, "unsupported") != 0 &&
	       strcmp(cell->status, "host_limit") != 0;
}

/* Readings of all rows of one run; place 0 .. 3 in the block. */
static int read_side(struct gate *gate, enum gate_which which, unsigned time,
		     const char *filter, struct reading *readings)
{
	struct model *model = measure(gate, which, MEASURE_TIMES, filter);

	if (!model)
		return EXIT_INTERNAL;
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		struct gate_row *row = find(gate, cell->id);
		struct reading *reading;

		if (!row || !is_timed(cell))
			continue;
		reading = &readings[row - gate->rows];
		(which == GATE_BASE ? reading->base : reading->head)[time] =
			log_time(cell);
		reading->state[2 * which + time] =
			pool_copy(gate->mem_pool, cell->state);
	}
	model_free(model);
	return EXIT_PASS;
}

/* ---- one block ---- */

/* Head first in half of the blocks: two neighbours have both orders, and the
 * seed says which comes first. */
static bool head_first(const struct gate *gate, size_t block)
{
	uint64_t x =
		(gate->seed + block / 2 + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return ((x >> 33) ^ block) & 1;
}

static int read_block(struct gate *gate, size_t block, const char *filter,
		      struct reading *readings)
{
	bool turned = head_first(gate, block);
	enum gate_which outer = turned ? GATE_HEAD : GATE_BASE;
	enum gate_which inner = turned ? GATE_BASE : GATE_HEAD;
	const enum gate_which order[4] = {outer, inner, inner, outer};
	unsigned times[GATE_SIDES] = {0, 0};
	int code = EXIT_PASS;

	for (size_t i = 0; i < gate->row_count; i++)
		readings[i] = (struct reading){.base = {NAN, NAN},
					       .head = {NAN, NAN}};
	for (unsigned i = 0; i < 4 && !code; i++)
		code = read_side(gate, order[i], times[order[i]]++, filter,
				 readings);
	return code;
}

/* Did all four run with the CPUs at the same distance? */
static bool same_state(const struct reading *reading)
{
	for (unsigned i = 1; i < 4; i++)
		if (!reading->state[0] || !reading->state[i] ||
		    strcmp(reading->state[0], reading->state[i]) != 0)
			return false;
	return true;
}

static double block_value(const struct reading *reading)
{
	return (reading->head[0] + reading->head[1] - reading->base[0] -
		reading->base[1]) /
	       2;
}

/* ---- screening ---- */

static bool is_open(const struct gate_row *row)
{
	return row->timed && !row->decided;
}

/* The open rows, or the suspects, as one expression. */
static const char *filter_of(struct gate *gate, bool suspects)
{
	char *filter = NULL;
	size_t bytes;
	FILE *out = open_memstream(&filter, &bytes);
	const char *copy;

	if (!out)
		return "^$";
	fputs("^(", out);
	for (size_t i = 0, first = 1; i < gate->row_count; i++) {
		const struct gate_row *row = &gate->rows[i];
		bool wanted = suspects ? row->verdict == GATE_REGRESSED ||
						 row->verdict == GATE_IMPROVED
				       : is_open(row);

		if (!row->timed || (!wanted && row != gate->control))
			continue;
		fprintf(out, "%s%s", first ? "" : "|", row->id);
		first = 0;
	}
	fputs(")$", out);
	fclose(out);
	copy = pool_copy(gate->mem_pool, filter);
	free(filter);
	return copy;
}

static void add_control(struct gate_row *row, const struct reading *reading,
			size_t block)
{
	/* in which order the two were measured cannot favour one of them */
	double difference = reading->base[1] - reading->base[0];

	if (row->controls < SIGNED_RANK_MAX && isfinite(difference))
		row->control[row->controls++] =
			block & 1 ? -difference : difference;
}

static int screen_block(struct gate *gate, struct reading *readings)
{
	int code = read_block(gate, gate->screen_blocks, filter_of(gate, false),
			      readings);

	for (size_t i = 0; i < gate->row_count && !code; i++) {
		struct gate_row *row = &gate->rows[i];
		double value = block_value(&readings[i]);

		if (row == gate->control)
			add_control(row, &readings[i], gate->screen_blocks);
		if (is_open(row) && isfinite(value) &&
		    same_state(&readings[i]) && row->screened < SIGNED_RANK_MAX)
			row->screen[row->screened++] = value;
	}
	gate->screen_blocks++;
	return code;
}

static void look(struct gate *gate)
{
	for (size_t i = 0; i < gate->row_count; i++) {
		struct gate_row *row = &gate->rows[i];

		if (!is_open(row))
			continue;
		row->verdict = gate_screen(&gate->rules, row->screen,
					   row->screened, &row->interval);
		row->decided = gate_screen_ends(&gate->rules, row->verdict,
						&row->interval);
	}
}

static bool any_open(const struct gate *gate)
{
	for (size_t i = 0; i < gate->row_count; i++)
		if (is_open(&gate->rows[i]))
			return true;
	return false;
}

/* Is there time for more blocks, at the pace so far? */
static bool has_time(const struct gate *gate, double begun, size_t more)
{
	double pace = (gate_seconds(gate) - begun) /
		      (double)(gate->screen_blocks ? gate->screen_blocks : 1);

	return gate_seconds(gate) + pace * (double)more < gate->budget_s;
}

static int screen(struct gate *gate, struct reading *readings)
{
	double begun = gate_seconds(gate);

	for (size_t at = 0; gate->rules.looks[at] && any_open(gate); at++) {
		size_t wanted = gate->rules.looks[at];

		if (at &&
		    !has_time(gate, begun, wanted - gate->screen_blocks)) {
			gate->out_of_time = true;
			break;
		}
		while (gate->screen_blocks < wanted) {
			int code = screen_block(gate, readings);

			if (code)
				return code;
			gate_tell(gate, "times: block %zu of %zu",
				  gate->screen_blocks, wanted);
		}
		look(gate);
	}
	return EXIT_PASS;
}

/* ---- confirming ---- */

static bool is_suspect(const struct gate_row *row)
{
	return row->timed && (row->verdict == GATE_REGRESSED ||
			      row->verdict == GATE_IMPROVED);
}

static int confirm_block(struct gate *gate, struct reading *readings)
{
	int code = read_block(gate, gate->screen_blocks + gate->confirm_blocks,
			      filter_of(gate, true), readings);

	for (size_t i = 0; i < gate->row_count && !code; i++) {
		struct gate_row *row = &gate->rows[i];
		double value = block_value(&readings[i]);

		if (is_suspect(row) && isfinite(value) &&
		    same_state(&readings[i]) &&
		    row->confirmed < SIGNED_RANK_MAX)
			row->confirm[row->confirmed++] = value;
	}
	gate->confirm_blocks++;
	gate_tell(gate, "confirming: block %zu of %zu", gate->confirm_blocks,
		  gate->rules.confirm_blocks);
	return code;
}

static void judge_suspects(struct gate *gate)
{
	struct gate_suspect *list = pool_alloc(
		gate->mem_pool, (gate->row_count + 1) * sizeof(*list));
	struct gate_row **owner = pool_alloc(
		gate->mem_pool, (gate->row_count + 1) * sizeof(*owner));
	size_t count = 0;

	for (size_t i = 0; i < gate->row_count; i++) {
		struct gate_row *row = &gate->rows[i];

		if (!is_suspect(row))
			continue;
		owner[count] = row;
		list[count++] = (struct gate_suspect){.screened = row->verdict,
						      .value = row->confirm,
						      .count = row->confirmed};
	}
	gate_confirm(&gate->rules, list, count);
	for (size_t i = 0; i < count; i++) {
		owner[i]->verdict = list[i].confirmed;
		owner[i]->interval = list[i].interval;
	}
}

static int confirm(struct gate *gate, struct reading *readings)
{
	size_t suspects = 0;

	for (size_t i = 0; i < gate->row_count; i++)
		suspects += is_suspect(&gate->rows[i]);
	if (!suspects)
		return EXIT_PASS;
	while (gate->confirm_blocks < gate->rules.confirm_blocks) {
		int code = confirm_block(gate, readings);

		if (code)
			return code;
	}
	judge_suspects(gate);
	return EXIT_PASS;
}

/* ---- controls ---- */

static void check_controls(struct gate *gate)
{
	const struct gate_row *row = gate->control;
	double slowed[SIGNED_RANK_MAX];
	struct signed_rank interval;
	enum gate_verdict verdict;

	if (!row || row->controls < gate->rules.looks[0])
		return;
	verdict = gate_screen(&gate->rules, row->control, row->controls,
			      &interval);
	if (verdict == GATE_REGRESSED || verdict == GATE_IMPROVED)
		gate_doubt(gate, "base differs from itself: the host changed "
				 "during the run");
	for (size_t i = 0; i < row->controls; i++)
		slowed[i] = row->control[i] + log1p(ADDED);
	if (gate_screen(&gate->rules, slowed, row->controls, &interval) !=
	    GATE_REGRESSED)
		gate_doubt(gate, "20 % put into the control were not found: "
				 "the host is too noisy");
}

/* ---- all of it ---- */

/* The rows of base, and whether head has each of them too. */
static void choose_of(struct gate *gate, const struct model *model,
		      enum gate_which which)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		struct gate_row *row;

		if (!is_timed(cell))
			continue;
		row = which == GATE_BASE ? gate_row(gate, cell->id)
					 : find(gate, cell->id);
		if (!row)
			continue;
		if (!cell->ok)
			row->absent = pool_print(gate->mem_pool, "%s: %s",
						 gate->side[which].name,
						 cell->reason);
		row->timed = which == GATE_HEAD && !row->absent;
		if (which == GATE_HEAD && !gate->control && row->timed)
			gate->control = row;
	}
}

/* A first run of each side, not judged, that also warms the machine up. */
static int choose_rows(struct gate *gate)
{
	for (unsigned which = 0; which < GATE_SIDES; which++) {
		struct model *model =
			measure(gate, (enum gate_which)which, MEASURE_TIMES,
				gate->filter ? gate->filter : TIMED);

		if (!model)
			return EXIT_INTERNAL;
		choose_of(gate, model, (enum gate_which)which);
		model_free(model);
	}
	for (size_t i = 0; i < gate->row_count; i++)
		gate->rows[i].verdict = GATE_INCONCLUSIVE;
	return EXIT_PASS;
}

int gate_time_all(struct gate *gate)
{
	int code = choose_rows(gate);
	struct reading *readings;

	if (code)
		return code;
	readings = pool_alloc(gate->mem_pool,
			      (gate->row_count + 1) * sizeof(*readings));
	code = screen(gate, readings);
	if (!code)
		code = confirm(gate, readings);
	if (!code)
		check_controls(gate);
	return code;
}
