/* SPDX-License-Identifier: MIT */
/* What all formats of a comparison say in the same words. */
#include "comparison.h"

#include <math.h>
#include <string.h>

#include "bench_table.h"

static struct mem_pool *pool_of(const struct comparison *comparison)
{
	return comparison->files->mem_pool;
}

static const char *letter(const struct comparison *comparison, size_t file)
{
	return comparison->files->list[file].letter;
}

const char *comparison_counts(const struct comparison *comparison)
{
	double margin = 100 * comparison->options.margin;

	return pool_print(pool_of(comparison),
			  "%zu slower, %zu faster, %zu without a difference "
			  "above %.3g %%, %zu where the intervals cannot tell, "
			  "%zu not compared",
			  compare_count(comparison, CHANGE_SLOWER, 0),
			  compare_count(comparison, CHANGE_FASTER, 0),
			  compare_count(comparison, CHANGE_NONE, 0), margin,
			  compare_count(comparison, CHANGE_UNKNOWN, 0),
			  compare_count(comparison, CHANGE_ABSENT, 0));
}

static const char *one_mean(const struct comparison *comparison, double mean)
{
	return isnan(mean) ? "no row"
			   : pool_print(pool_of(comparison), "%.3f", mean);
}

const char *comparison_means(const struct comparison *comparison, size_t file)
{
	return pool_print(
		pool_of(comparison),
		"time of %s over that of %s, geometric mean: %s; of the bare "
		"mechanisms, baselines and competitors, which the library has "
		"no part in: %s",
		letter(comparison, file), letter(comparison, 0),
		one_mean(comparison, comparison->mean[file]),
		one_mean(comparison, comparison->control_mean[file]));
}

const char *comparison_caution(const struct comparison *comparison, size_t file)
{
	double mean = comparison->control_mean[file];
	double above = 1 + comparison->options.margin;

	if (isnan(mean) || (mean <= above && mean >= 1 / above))
		return NULL;
	return pool_print(pool_of(comparison),
			  "the machine itself was %.2f times %s when %s was "
			  "measured: its differences to %s are not the code's "
			  "alone",
			  mean > 1 ? mean : 1 / mean,
			  mean > 1 ? "slower" : "faster",
			  letter(comparison, file), letter(comparison, 0));
}

const char *comparison_note(const struct comparison *comparison)
{
	return pool_print(
		pool_of(comparison),
		"Ratios are of times: above 1 is slower, also where a row "
		"counts messages a second. The intervals are exact at %.3g %% "
		"for each row (Wilcoxon, Mann, Whitney) and know of the "
		"repetitions only: another day, load or place in memory moves "
		"all repetitions of a run. To judge a change, measure both "
		"builds in turns in one run.",
		100 * comparison->options.level);
}

const char *comparison_file(const struct comparison *comparison, size_t file)
{
	const struct model *model = comparison->files->list[file].model;
	const struct run *run = &model->runs[0];
	const json_t *source = json_object_get(run->build, "source");
	const char *commit = json_text(source, "commit", NULL);

	return pool_print(
		pool_of(comparison), "commit %.12s%s, %s, %zu rows%s%s",
		commit ? commit : "unknown",
		json_is_true(json_object_get(source, "dirty")) ? " and changes"
							       : "",
		run->started, model->cell_count,
		run->complete ? "" : ", incomplete",
		run->mutant ? ", with injected faults" : "");
}

const char *compared_id(const struct compared *row)
{
	return (row->base ? row->base : row->other)->id;
}

const char *compared_value(const struct comparison *comparison,
			   const struct cell *cell)
{
	if (!cell || !cell->ok || !cell->headline ||
	    isnan(cell->headline->median))
		return "-";
	return plain_number(pool_of(comparison), cell->headline->median,
			    cell->headline->unit);
}

const char *compared_ratio(const struct comparison *comparison,
			   const struct compared *row)
{
	const struct ratio_interval *ratio = &row->ratio;

	if (isnan(ratio->ratio))
		return "-";
	if (isnan(ratio->lo))
		return pool_print(pool_of(comparison), "%.3f", ratio->ratio);
	return pool_print(pool_of(comparison), "%.3f [%.3f, %.3f]",
			  ratio->ratio, ratio->lo, ratio->hi);
}

const char *compared_result(const struct comparison *comparison,
			    const struct compared *row)
{
	if (!*row->reason)
		return change_name(row->change);
	return pool_print(pool_of(comparison), "%s: %s",
			  change_name(row->change), row->reason);
}
