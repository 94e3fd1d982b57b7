/* SPDX-License-Identifier: MIT */
/* Replaying recorded readings; see replay.h. */
#include "replay.h"

#include <math.h>
#include <stdlib.h>

enum { REPLAY_ROWS_MAX = 64 };

/* One row of one run: its blocks one after the other. */
struct source {
	const struct replay *replay;
	const struct batch_row *row;
	/** Of the run: the order of the blocks. */
	uint64_t seed;
	size_t first, taken;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 31)) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ (x >> 27)) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ (x >> 33);
}

static double next_value(struct source *source)
{
	const struct replay *replay = source->replay;
	size_t block = (source->first + source->taken) % source->row->blocks;
	enum gate_which order[BLOCK_READINGS] = {GATE_BASE, GATE_HEAD,
						 GATE_BASE, GATE_HEAD};
	double value[BLOCK_READINGS];

	if (!replay->fixed_order)
		block_order(source->seed, source->taken, order);
	source->taken++;
	for (size_t i = 0; i < BLOCK_READINGS; i++)
		value[i] = source->row->log_time[block][i] +
			   (order[i] == GATE_HEAD ? replay->slower : 0) +
			   (i & 1 ? replay->second : 0);
	return block_value(order, value);
}

static enum gate_verdict screen(struct source *source)
{
	const struct gate_rules *rules = &source->replay->rules;
	enum gate_verdict verdict = GATE_INCONCLUSIVE;
	double value[SIGNED_RANK_MAX];
	struct signed_rank interval;
	size_t count = 0;

	for (size_t at = 0; rules->looks[at]; at++) {
		while (count < rules->looks[at])
			value[count++] = next_value(source);
		verdict = gate_screen(rules, value, count, &interval);
		if (gate_screen_ends(rules, verdict, &interval))
			break;
	}
	return verdict;
}

static void count_verdict(enum gate_verdict verdict,
			  struct replay_outcome *outcome)
{
	outcome->regressed += verdict == GATE_REGRESSED;
	outcome->improved += verdict == GATE_IMPROVED;
	outcome->equal += verdict == GATE_NO_REGRESSION;
	outcome->inconclusive += verdict == GATE_INCONCLUSIVE;
}

static struct source source_of(const struct replay *replay, size_t run,
			       size_t row)
{
	const struct batches *batches = replay->batches;
	const struct batch_row *recorded = &batches->row[row % batches->rows];
	size_t turn = row / batches->rows;
	size_t turns = (replay->rows + batches->rows - 1) / batches->rows;
	uint64_t seed = mix(replay->seed + run + 1);

	return (struct source){.replay = replay,
			       .row = recorded,
			       .seed = seed >> 16,
			       .first = (size_t)(seed % recorded->blocks) +
					turn * recorded->blocks / turns};
}

static void run_once(const struct replay *replay, size_t run,
		     struct replay_outcome *outcome)
{
	static double value[REPLAY_ROWS_MAX][SIGNED_RANK_MAX];
	struct gate_suspect list[REPLAY_ROWS_MAX];
	size_t suspects = 0, red = 0;

	for (size_t row = 0; row < replay->rows; row++) {
		struct source source = source_of(replay, run, row);
		enum gate_verdict verdict = screen(&source);

		if (verdict != GATE_REGRESSED && verdict != GATE_IMPROVED) {
			count_verdict(verdict, outcome);
			continue;
		}
		for (size_t i = 0; i < replay->rules.confirm_blocks; i++)
			value[suspects][i] = next_value(&source);
		list[suspects] = (struct gate_suspect){
			.screened = verdict,
			.value = value[suspects],
			.count = replay->rules.confirm_blocks};
		suspects++;
	}
	gate_confirm(&replay->rules, list, suspects);
	for (size_t i = 0; i < suspects; i++) {
		count_verdict(list[i].confirmed, outcome);
		red += list[i].confirmed != GATE_INCONCLUSIVE;
	}
	outcome->red_runs += red > 0;
}

struct replay_outcome replay(const struct replay *replay)
{
	struct replay_outcome outcome = {0};

	for (size_t run = 0; run < replay->runs; run++)
		run_once(replay, run, &outcome);
	return outcome;
}

/* Chance of at most `found` of `of` at that rate. */
static double at_most(size_t found, size_t of, double rate)
{
	double sum = 0;

	for (size_t k = 0; k <= found; k++)
		sum += exp(lgamma((double)of + 1) - lgamma((double)k + 1) -
			   lgamma((double)(of - k) + 1) +
			   (double)k * log(rate) +
			   (double)(of - k) * log1p(-rate));
	return sum;
}

double rate_bound(size_t found, size_t of)
{
	double low = (double)found / (double)of, high = 1;

	if (found >= of)
		return 1;
	for (unsigned i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (at_most(found, of, middle) > 0.05)
			low = middle;
		else
			high = middle;
	}
	return high;
}
