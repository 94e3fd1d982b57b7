/* SPDX-License-Identifier: MIT */
/*
 * The timing part: for each row blocks of base, head, head, base (block.h). A
 * round has one block of every row that is not decided, so the blocks of a row
 * are spread over the run, and the four readings of a block lie close together.
 * Rows that look changed are measured again, on blocks of their own.
 *
 * A reading is one run of bench with processes of its own and a fixed number of
 * messages, the same on both sides: the shortest of five samples of about
 * 10 ms. Other work on the host only ever makes a sample longer.
 *
 * Controls: one row has blocks of base alone, judged as if half of them were
 * head, which must not look changed; and with 20 % put into them, which must be
 * found, or the host is too noisy to find anything.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "reports/cliutil/exit_code.h"

#define TIMED                                                                  \
	"^queue/[^/]+/(oneway|roundtrip)/size=64/placement=1cpu$|"             \
	"^lock/(pipe|shm_ring)/lock_uncontended"
/* Percent that the second control adds. */
#define ADDED 0.20
/* Length of the samples of a reading, of those that search for it. */
#define SAMPLE_S 0.010
#define SEARCH_S 0.050

static bool is_timed(const struct cell *cell)
{
	return cell->standing != STANDING_REFERENCE &&
	       strcmp(cell->status, "unsupported") != 0 &&
	       strcmp(cell->status, "host_limit") != 0;
}

/* ---- one reading ---- */

/* Logarithm of the shortest time of the samples; NAN: none. */
static double log_time(const struct cell *cell)
{
	const struct metric *metric = cell->headline;
	double best;

	if (!cell->ok || !metric)
		return (double)NAN;
	best = metric->higher_is_better ? metric->max : metric->min;
	if (!(best > 0))
		return (double)NAN;
	return metric->higher_is_better ? -log(best) : log(best);
}

static void note_reading(struct gate *gate, const struct gate_row *row,
			 enum gate_which which, double value)
{
	fprintf(gate->readings, "%zu,%s,%s,%.6g\n",
		gate->screen_blocks + gate->confirm_blocks,
		which == GATE_BASE ? "base" : "head", row->id, exp(value));
}

static int read_row(struct gate *gate, enum gate_which which,
		    const struct gate_row *row, double *ret_log_time,
		    const char **ret_state)
{
	struct model *model = measure_row(gate, which, row);

	*ret_log_time = (double)NAN;
	if (!model)
		return EXIT_INTERNAL;
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		if (strcmp(cell->id, row->id) != 0 || !is_timed(cell))
			continue;
		*ret_log_time = log_time(cell);
		*ret_state = pool_copy(gate->mem_pool, cell->state);
	}
	note_reading(gate, row, which, *ret_log_time);
	model_free(model);
	return EXIT_PASS;
}

/* ---- one block ---- */

/* Did all four run with the CPUs at the same distance? */
static bool same_state(const char *const state[BLOCK_READINGS])
{
	for (unsigned i = 0; i < BLOCK_READINGS; i++)
		if (!state[i] || strcmp(state[0], state[i]) != 0)
			return false;
	return true;
}

/* @param base_only both are base: a control
 * @param ret_value NAN: the block cannot be used */
static int read_block(struct gate *gate, const struct gate_row *row,
		      bool base_only, double *ret_value)
{
	enum gate_which order[BLOCK_READINGS];
	double value[BLOCK_READINGS];
	const char *state[BLOCK_READINGS] = {NULL};

	block_order(gate->seed, gate->screen_blocks + gate->confirm_blocks,
		    order);
	for (unsigned i = 0; i < BLOCK_READINGS; i++) {
		int code = read_row(gate, base_only ? GATE_BASE : order[i], row,
				    &value[i], &state[i]);

		if (code)
			return code;
	}
	*ret_value =
		same_state(state) ? block_value(order, value) : (double)NAN;
	return EXIT_PASS;
}

static void keep(double *values, size_t *count, double value)
{
	if (isfinite(value) && *count < SIGNED_RANK_MAX)
		values[(*count)++] = value;
}

/* ---- screening ---- */

static bool is_open(const struct gate_row *row)
{
	return row->timed && !row->decided;
}

static int screen_round(struct gate *gate)
{
	struct gate_control *control = &gate->control;
	double value;
	int code = EXIT_PASS;

	for (size_t i = 0; i < gate->row_count && !code; i++) {
		struct gate_row *row = &gate->rows[i];

		if (!is_open(row))
			continue;
		code = read_block(gate, row, false, &value);
		if (!code)
			keep(row->screen, &row->screened, value);
	}
	if (!code && control->row && !control->decided) {
		code = read_block(gate, control->row, true, &value);
		if (!code)
			keep(control->value, &control->count, value);
	}
	gate->screen_blocks++;
	return code;
}

static bool looks_changed(enum gate_verdict verdict)
{
	return verdict == GATE_REGRESSED || verdict == GATE_IMPROVED;
}

static void look_at_control(struct gate *gate)
{
	struct gate_control *control = &gate->control;
	struct signed_rank interval;
	double slowed[SIGNED_RANK_MAX];

	control->fires = looks_changed(gate_screen(&gate->rules, control->value,
						   control->count, &interval));
	for (size_t i = 0; i < control->count; i++)
		slowed[i] = control->value[i] + log1p(ADDED);
	control->finds = gate_screen(&gate->rules, slowed, control->count,
				     &interval) == GATE_REGRESSED;
	control->decided = control->finds;
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
	if (gate->control.row && !gate->control.decided)
		look_at_control(gate);
}

static size_t open_rows(const struct gate *gate)
{
	size_t open = gate->control.row && !gate->control.decided;

	for (size_t i = 0; i < gate->row_count; i++)
		open += is_open(&gate->rows[i]);
	return open;
}

/* Is there time for more rounds, if a block takes what the last ones took? */
static bool has_time(const struct gate *gate, double block_s, size_t rounds)
{
	return gate_seconds(gate) +
		       block_s * (double)(rounds * open_rows(gate)) <
	       gate->budget_s;
}

static int screen(struct gate *gate)
{
	double block_s = 0;

	for (size_t at = 0; gate->rules.looks[at] && open_rows(gate); at++) {
		size_t rounds = gate->rules.looks[at] - gate->screen_blocks;
		double begun = gate_seconds(gate);

		if (at && !has_time(gate, block_s, rounds)) {
			gate->out_of_time = true;
			break;
		}
		block_s = 1 / (double)(rounds * open_rows(gate));
		while (gate->screen_blocks < gate->rules.looks[at]) {
			int code = screen_round(gate);

			if (code)
				return code;
			gate_tell(gate, "times: round %zu of %zu, %zu rows",
				  gate->screen_blocks, gate->rules.looks[at],
				  open_rows(gate));
		}
		block_s *= gate_seconds(gate) - begun;
		look(gate);
	}
	return EXIT_PASS;
}

/* ---- confirming ---- */

static bool is_suspect(const struct gate_row *row)
{
	return row->timed && looks_changed(row->verdict);
}

static int confirm_round(struct gate *gate)
{
	int code = EXIT_PASS;
	double value;

	for (size_t i = 0; i < gate->row_count && !code; i++) {
		struct gate_row *row = &gate->rows[i];

		if (!is_suspect(row))
			continue;
		code = read_block(gate, row, false, &value);
		if (!code)
			keep(row->confirm, &row->confirmed, value);
	}
	gate->confirm_blocks++;
	gate_tell(gate, "confirming: round %zu of %zu", gate->confirm_blocks,
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

static int confirm(struct gate *gate)
{
	size_t suspects = 0;

	for (size_t i = 0; i < gate->row_count; i++)
		suspects += is_suspect(&gate->rows[i]);
	if (!suspects)
		return EXIT_PASS;
	while (gate->confirm_blocks < gate->rules.confirm_blocks) {
		int code = confirm_round(gate);

		if (code)
			return code;
	}
	judge_suspects(gate);
	return EXIT_PASS;
}

static void check_controls(struct gate *gate)
{
	if (!gate->control.row)
		return;
	if (gate->control.fires)
		gate_doubt(gate, "base differs from itself: the host changed "
				 "during the run");
	if (!gate->control.finds)
		gate_doubt(gate, "20 % put into the control were not found: "
				 "the host is too noisy");
}

/* ---- which rows, and how many messages ---- */

/* What a search with samples of 50 ms found, brought to 10 ms; the larger of
 * both sides, since other work on the host makes it smaller. */
static void choose_iterations(struct gate_row *row, const struct cell *cell)
{
	const struct metric *metric = cell->headline;
	double wanted;

	if (!metric || !metric->sample_count)
		return;
	wanted = metric->samples[0].iterations * SAMPLE_S / SEARCH_S;
	if (wanted >= 1 && wanted > (double)row->iterations)
		row->iterations = (uint64_t)wanted;
}

static void choose_of(struct gate *gate, const struct model *model,
		      enum gate_which which)
{
	static const char *const names[GATE_SIDES] = {"base", "head"};

	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		struct gate_row *row;

		if (!is_timed(cell))
			continue;
		row = gate_row(gate, cell->id);
		row->offered[which] = true;
		if (!cell->ok)
			row->absent = pool_print(gate->mem_pool, "%s: %s",
						 names[which], cell->reason);
		choose_iterations(row, cell);
	}
}

/* Rows of one side alone are told, not judged. */
static void choose_row(struct gate *gate, struct gate_row *row)
{
	bool base = row->offered[GATE_BASE], head = row->offered[GATE_HEAD];

	if (base != head)
		row->absent =
			base ? "head has no such row" : "base has no such row";
	row->timed = base && head && !row->absent;
	row->verdict = GATE_INCONCLUSIVE;
	if (row->timed && !gate->control.row)
		gate->control.row = row;
}

/* A first run of each side, not judged, that also warms the machine up. */
static int choose_rows(struct gate *gate)
{
	for (unsigned which = 0; which < GATE_SIDES; which++) {
		struct model *model = measure(gate, (enum gate_which)which,
					      MEASURE_TIMES, TIMED);

		if (!model)
			return EXIT_INTERNAL;
		choose_of(gate, model, (enum gate_which)which);
		model_free(model);
	}
	for (size_t i = 0; i < gate->row_count; i++)
		choose_row(gate, &gate->rows[i]);
	return EXIT_PASS;
}

int gate_time_all(struct gate *gate)
{
	int code = measure_open(gate);

	if (!code)
		code = choose_rows(gate);
	if (!code)
		code = screen(gate);
	if (!code)
		code = confirm(gate);
	if (!code)
		check_controls(gate);
	return measure_close(gate) ? EXIT_INTERNAL : code;
}
