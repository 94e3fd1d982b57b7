/* SPDX-License-Identifier: MIT */
/*
 * The rules of the gate: the signed ranks against counting all signs, and whole
 * runs over values with a known truth: false alarms, power, and a host that
 * favours whoever is measured second.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "impls/testkit/check.h"
#include "reports/gate/judging/rules.h"

/* ---- the test itself ---- */

static unsigned sum_of_signs(unsigned signs, unsigned count)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < count; i++)
		if (signs >> i & 1)
			sum += i + 1;
	return sum;
}

/* Of values with ranks 1 .. count, those of `signs` above 0. */
static double chance_by_counting(unsigned signs, unsigned count)
{
	unsigned least = sum_of_signs(signs, count), found = 0;

	for (unsigned other = 0; other < 1u << count; other++)
		found += sum_of_signs(other, count) >= least;
	return (double)found / (1u << count);
}

static void chances_are_those_of_counting(void)
{
	for (unsigned count = 1; count <= 9; count++)
		for (unsigned signs = 0; signs < 1u << count; signs++) {
			double value[9];

			for (unsigned i = 0; i < count; i++)
				value[i] = signs >> i & 1 ? i + 1.0 : -1.0 - i;
			CHECK(fabs(signed_rank_above(value, count, 0) -
				   chance_by_counting(signs, count)) < 1e-12);
		}
	CHECK(signed_rank_above(NULL, 0, 0) == 1);
}

/* An end of the interval is where the test would just not reject. */
static void intervals_agree_with_the_test(void)
{
	static const double value[] = {0.3, -0.1, 0.7, 0.2,  0.9, 0.25,
				       0.8, 0.45, 0.6, -0.3, 0.33};
	struct signed_rank got = signed_rank_interval(value, 11, 0.005);

	CHECK(signed_rank_above(value, 11, got.lo + 1e-9) > 0.005);
	CHECK(signed_rank_above(value, 11, got.lo - 1e-9) <= 0.005);
	CHECK(got.lo < got.middle && got.middle < got.hi);
	/* 1 of 32 is not small enough */
	CHECK(isnan(signed_rank_interval(value, 5, 0.03).lo));
	CHECK(!isnan(signed_rank_interval(value, 5, 0.032).lo));
}

/* Equal distances must never make a chance smaller. */
static void ties_are_not_evidence(void)
{
	static const double same[] = {1, 1, 1, 1, -1, -1, -1, -1};
	static const double none[] = {2, 2, 2};

	CHECK(signed_rank_above(same, 8, 0) >= 0.5);
	CHECK(signed_rank_above(none, 3, 2) == 1);
}

/* ---- whole runs ---- */

enum { ROWS = 20, RUNS = 300 };

struct host {
	uint64_t state;
	/** Noise that stays from block to block. */
	double drift;
	/** Logarithm that the second reading of a pair is longer. */
	double second;
};

static double uniform(struct host *host)
{
	host->state ^= host->state << 13;
	host->state ^= host->state >> 7;
	host->state ^= host->state << 17;
	return ((double)(host->state >> 11) + 0.5) / 9007199254740992.0;
}

/* A reading: 3 % of noise, and one in twenty 20 to 60 % longer. */
static double reading(struct host *host)
{
	double noise = 0.03 * (uniform(host) + uniform(host) - 1);

	host->drift = 0.8 * host->drift + 0.02 * (uniform(host) - 0.5);
	if (uniform(host) < 0.05)
		noise += 0.2 + 0.4 * uniform(host);
	return host->drift + noise;
}

/* Base, head, head, base; the reverse in every second block. */
static double block(struct host *host, bool turned, double slower)
{
	double first = reading(host), second = reading(host) + host->second;
	double third = reading(host), fourth = reading(host) + host->second;
	double outer = first + fourth, inner = second + third;

	return (turned ? outer - inner : inner - outer) / 2 + slower;
}

static enum gate_verdict screen_row(const struct gate_rules *rules,
				    struct host *host, double slower)
{
	double value[25];
	struct signed_rank interval;
	enum gate_verdict verdict = GATE_INCONCLUSIVE;
	bool ends = false;
	size_t count = 0;

	for (size_t at = 0; rules->looks[at] && !ends; at++) {
		for (; count < rules->looks[at]; count++)
			value[count] = block(host, count & 1, slower);
		verdict = gate_screen(rules, value, count, &interval);
		ends = gate_screen_ends(rules, verdict, &interval);
	}
	return verdict;
}

/* @return rows that end REGRESSED or IMPROVED */
static size_t red_rows(const struct gate_rules *rules, struct host *host,
		       double slower)
{
	double values[ROWS][25];
	struct gate_suspect list[ROWS];
	size_t count = 0, red = 0;

	for (size_t row = 0; row < ROWS; row++) {
		enum gate_verdict screened = screen_row(rules, host, slower);

		if (screened != GATE_REGRESSED && screened != GATE_IMPROVED)
			continue;
		for (size_t i = 0; i < rules->confirm_blocks; i++)
			values[count][i] = block(host, i & 1, slower);
		list[count] =
			(struct gate_suspect){.screened = screened,
					      .value = values[count],
					      .count = rules->confirm_blocks};
		count++;
	}
	gate_confirm(rules, list, count);
	for (size_t i = 0; i < count; i++)
		red += list[i].confirmed != GATE_INCONCLUSIVE;
	return red;
}

struct outcome {
	size_t red_runs, red_rows;
};

static struct outcome simulate(double slower, double second)
{
	struct gate_rules rules = gate_rules_default();
	struct host host = {.state = UINT64_C(20261129), .second = second};
	struct outcome outcome = {0, 0};

	for (size_t run = 0; run < RUNS; run++) {
		size_t red = red_rows(&rules, &host, slower);

		outcome.red_runs += red > 0;
		outcome.red_rows += red;
	}
	return outcome;
}

static void identical_code_raises_no_alarm(void)
{
	/* none in 300: at most 1 % with 95 % confidence */
	CHECK(simulate(0, 0).red_runs == 0);
	/* at the margin itself an alarm is an error too */
	CHECK(simulate(log1p(0.05), 0).red_runs <= RUNS / 100);
}

static void a_slow_down_is_found(void)
{
	CHECK(simulate(log1p(0.20), 0).red_rows >= ROWS * RUNS * 95 / 100);
	CHECK(simulate(log1p(-0.20), 0).red_rows >= ROWS * RUNS * 95 / 100);
}

/* Whoever comes second in a pair is 20 % slower, whatever the code. */
static void a_fixed_order_decides_nothing(void)
{
	CHECK(simulate(0, log1p(0.20)).red_runs == 0);
}

int main(void)
{
	chances_are_those_of_counting();
	intervals_agree_with_the_test();
	ties_are_not_evidence();
	identical_code_raises_no_alarm();
	a_slow_down_is_found();
	a_fixed_order_decides_nothing();
	return check_failures() ? 1 : 0;
}
