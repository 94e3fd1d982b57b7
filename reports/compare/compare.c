/* SPDX-License-Identifier: MIT */
/* Which row is which in the other files, and what can be said of both. */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct mem_pool *pool_of(const struct comparison *comparison)
{
	return comparison->files->mem_pool;
}

static const struct model *file_model(const struct hosts *files, size_t file)
{
	return files->list[file].model;
}

const char *change_name(enum change change)
{
	static const char *const names[CHANGE_COUNT] = {
		"slower", "faster", "no difference", "cannot tell",
		"not compared"};

	return names[change];
}

/* ---- rows of a file by their ids ---- */

static int compare_ids(const void *a, const void *b)
{
	const struct cell *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static const struct cell **rows_by_id(struct mem_pool *mem_pool,
				      const struct model *model)
{
	const struct cell **list =
		pool_alloc(mem_pool, (model->cell_count + 1) * sizeof(*list));

	for (size_t i = 0; i < model->cell_count; i++)
		list[i] = &model->cells[i];
	qsort(list, model->cell_count, sizeof(*list), compare_ids);
	return list;
}

static const struct cell *find_row(const struct cell *const *list, size_t count,
				   const char *id)
{
	const struct cell key = {.id = id}, *wanted = &key;
	const struct cell *const *found =
		bsearch(&wanted, list, count, sizeof(*list), compare_ids);

	return found ? *found : NULL;
}

/* ---- the values of a row ---- */

/* Was it left out of the summary? The CPUs were another distance apart. */
static bool is_discarded(const struct cell *cell, const struct sample *sample)
{
	return *cell->state && *sample->state &&
	       strcmp(cell->state, sample->state);
}

/* The values behind the headline; a file that has none because all were alike
 * has the median so often. */
static size_t row_values(const struct cell *cell, double *ret_values)
{
	const struct metric *metric = cell->headline;
	size_t count = 0;

	for (size_t i = 0; i < metric->sample_count; i++)
		if (!is_discarded(cell, &metric->samples[i]) &&
		    count < RATIO_VALUES_MAX)
			ret_values[count++] = metric->samples[i].value;
	if (metric->sample_count == 0)
		while (count < metric->n && count < RATIO_VALUES_MAX)
			ret_values[count++] = metric->median;
	return count;
}

/* Of times: of rates the files change places. */
static struct ratio_interval time_ratio(const struct cell *base,
					const struct cell *other, double level)
{
	double a[RATIO_VALUES_MAX], b[RATIO_VALUES_MAX];
	size_t m = row_values(base, a), n = row_values(other, b);

	return base->headline->higher_is_better
		       ? ratio_interval(b, n, a, m, level)
		       : ratio_interval(a, m, b, n, level);
}

/* ---- one row ---- */

static bool has_figure(const struct cell *cell)
{
	return cell && cell->ok && cell->headline &&
	       !isnan(cell->headline->median);
}

static const char *absence(struct mem_pool *mem_pool, const struct hosts *files,
			   const struct compared *row)
{
	const struct cell *cell =
		has_figure(row->base) ? row->other : row->base;
	const char *letter =
		files->list[has_figure(row->base) ? row->file : 0].letter;

	if (!cell)
		return pool_print(mem_pool, "%s has no such row", letter);
	return pool_print(mem_pool, "%s: %s%s%s", letter,
			  cell->ok ? "no figure" : status_text(cell->status),
			  *cell->reason ? ", " : "", cell->reason);
}

/* Something other than the code explains a difference, or forbids one. */
static const char *objection(const struct compared *row)
{
	const struct cell *base = row->base, *other = row->other;

	if (strcmp(base->headline->name, other->headline->name))
		return "they are judged by different figures";
	if (isnan(row->ratio.ratio))
		return "a figure is not above 0";
	if (strcmp(base->state, other->state))
		return "the CPUs shared a cache in one of them only";
	if (isnan(row->ratio.lo))
		return "too few repetitions";
	return "";
}

static enum change judge(const struct ratio_interval *ratio, double margin)
{
	double above = 1 + margin, below = 1 / above;

	if (ratio->lo > above)
		return CHANGE_SLOWER;
	if (ratio->hi < below)
		return CHANGE_FASTER;
	return ratio->lo >= below && ratio->hi <= above ? CHANGE_NONE
							: CHANGE_UNKNOWN;
}

static void compare_row(const struct comparison *comparison,
			struct compared *row)
{
	row->ratio = (struct ratio_interval){NAN, NAN, NAN, NAN};
	row->reason = "";
	if (!has_figure(row->base) || !has_figure(row->other)) {
		row->change = CHANGE_ABSENT;
		row->reason =
			absence(pool_of(comparison), comparison->files, row);
		return;
	}
	row->ratio =
		time_ratio(row->base, row->other, comparison->options.level);
	row->reason = objection(row);
	row->change = *row->reason
			      ? CHANGE_UNKNOWN
			      : judge(&row->ratio, comparison->options.margin);
}

static void add_row(struct comparison *comparison, const struct cell *base,
		    const struct cell *other, size_t file)
{
	struct compared *row = &comparison->rows[comparison->row_count++];

	*row = (struct compared){.base = base, .other = other, .file = file};
	compare_row(comparison, row);
}

static void compare_file(struct comparison *comparison, size_t file)
{
	const struct model *base = file_model(comparison->files, 0);
	const struct model *other = file_model(comparison->files, file);
	const struct cell **others = rows_by_id(pool_of(comparison), other);
	const struct cell **bases = rows_by_id(pool_of(comparison), base);

	for (size_t i = 0; i < base->cell_count; i++)
		add_row(comparison, &base->cells[i],
			find_row(others, other->cell_count, base->cells[i].id),
			file);
	for (size_t i = 0; i < other->cell_count; i++)
		if (!find_row(bases, base->cell_count, other->cells[i].id))
			add_row(comparison, NULL, &other->cells[i], file);
}

/* ---- groups ---- */

static bool is_control(const struct compared *row)
{
	return (row->base ? row->base : row->other)->standing ==
	       STANDING_REFERENCE;
}

static const char *title_of(struct mem_pool *mem_pool, const struct cell *cell)
{
	return pool_print(mem_pool, "%s %s%s%s", cell->iface, cell->scenario,
			  *cell->placement ? ", " : "",
			  query_placement_text(cell->placement));
}

static struct compared_group *take_group(struct comparison *comparison,
					 const struct compared *row)
{
	const char *title = title_of(pool_of(comparison), row->base);
	struct compared_group *group = comparison->groups;

	for (; group < comparison->groups + comparison->group_count; group++)
		if (group->file == row->file && !strcmp(group->title, title))
			return group;
	comparison->group_count++;
	*group = (struct compared_group){
		.title = title, .file = row->file, .control = is_control(row)};
	return group;
}

/* A sum of logarithms until the end, when it becomes a mean. */
struct log_mean {
	double sum;
	size_t count;
};

static double mean_of(const struct log_mean *mean)
{
	return mean->count ? exp(mean->sum / (double)mean->count) : NAN;
}

static void find_means(struct comparison *comparison, size_t file)
{
	struct log_mean mean[2] = {{0, 0}, {0, 0}};

	for (size_t i = 0; i < comparison->row_count; i++) {
		const struct compared *row = &comparison->rows[i];
		struct compared_group *group;

		if (row->file != file || isnan(row->ratio.ratio))
			continue;
		group = take_group(comparison, row);
		group->count++;
		group->mean += log(row->ratio.ratio);
		mean[is_control(row)].count++;
		mean[is_control(row)].sum += log(row->ratio.ratio);
	}
	comparison->mean[file] = mean_of(&mean[0]);
	comparison->control_mean[file] = mean_of(&mean[1]);
}

static void find_groups(struct comparison *comparison)
{
	size_t files = comparison->files->count;

	comparison->groups = pool_alloc(pool_of(comparison),
					(comparison->row_count + 1) *
						sizeof(*comparison->groups));
	comparison->mean = pool_alloc(pool_of(comparison),
				      files * sizeof(*comparison->mean));
	comparison->control_mean = pool_alloc(
		pool_of(comparison), files * sizeof(*comparison->control_mean));
	for (size_t file = 1; file < files; file++)
		find_means(comparison, file);
	for (size_t i = 0; i < comparison->group_count; i++) {
		struct compared_group *group = &comparison->groups[i];

		group->mean = exp(group->mean / (double)group->count);
	}
}

/* ---- all of it ---- */

static size_t most_rows(const struct hosts *files)
{
	size_t rows = 1;

	for (size_t file = 1; file < files->count; file++)
		rows += file_model(files, 0)->cell_count +
			file_model(files, file)->cell_count;
	return rows;
}

/* What changed first, the largest change first; the rest as it stands in the
 * file. */
static int compare_rows(const void *a, const void *b)
{
	const struct compared *x = a, *y = b;

	if (x->change != y->change)
		return x->change < y->change ? -1 : 1;
	if (x->change == CHANGE_SLOWER && x->ratio.ratio != y->ratio.ratio)
		return x->ratio.ratio > y->ratio.ratio ? -1 : 1;
	if (x->change == CHANGE_FASTER && x->ratio.ratio != y->ratio.ratio)
		return x->ratio.ratio < y->ratio.ratio ? -1 : 1;
	return x->file != y->file ? (x->file < y->file ? -1 : 1)
				  : strcmp((x->base ? x->base : x->other)->id,
					   (y->base ? y->base : y->other)->id);
}

struct comparison *compare_create(const struct hosts *files,
				  struct compare_options options)
{
	struct comparison *comparison =
		pool_alloc(files->mem_pool, sizeof(*comparison));

	comparison->files = files;
	comparison->options = options;
	comparison->rows = pool_alloc(
		files->mem_pool, most_rows(files) * sizeof(*comparison->rows));
	for (size_t file = 1; file < files->count; file++)
		compare_file(comparison, file);
	find_groups(comparison);
	qsort(comparison->rows, comparison->row_count,
	      sizeof(*comparison->rows), compare_rows);
	return comparison;
}

size_t compare_count(const struct comparison *comparison, enum change change,
		     size_t file)
{
	size_t count = 0;

	for (size_t i = 0; i < comparison->row_count; i++)
		count += comparison->rows[i].change == change &&
			 (!file || comparison->rows[i].file == file);
	return count;
}

size_t compare_count_over(const struct comparison *comparison, double factor)
{
	size_t count = 0;

	for (size_t i = 0; i < comparison->row_count; i++) {
		const struct compared *row = &comparison->rows[i];

		count += !*row->reason && !is_control(row) &&
			 row->ratio.lo > factor;
	}
	return count;
}
