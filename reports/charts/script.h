/* SPDX-License-Identifier: MIT */
/*
 * Pieces of the gnuplot script that several charts share. Whatever text of a
 * result file goes into the script passes script_text: gnuplot runs commands
 * in back-quotes, so nothing but plain characters may get there.
 */
#ifndef IPCMARK_REPORTS_CHARTS_SCRIPT_H
#define IPCMARK_REPORTS_CHARTS_SCRIPT_H

#include <stdint.h>
#include <stdio.h>

#include "reports/model/hosts.h"
#include "reports/model/model.h"
#include "reports/model/query.h"

/** A script under construction, with the names of the charts it will make. */
struct script {
	const struct model *model;
	FILE *out;
	const char *names[256];
	size_t count;
	/** Text for a terminal instead of pictures. */
	bool ascii;
};

/** Forget the settings of the chart before, set the style, note the name.
 *  @return false if there are too many charts: leave this one out */
bool script_begin(struct script *script, const char *name, const char *title);

/** The part that draws lines, as picture or as text. */
void script_lines(struct script *script, const char *part);

/** May a group be drawn? As text only the one a short answer is about. */
bool script_wants(const struct script *script, const struct group *group);

/** A text in double quotes that gnuplot takes as it is. */
void script_text(FILE *out, const char *text);

/** name = "text" */
void script_set(struct script *script, const char *name, const char *text);

/** Of what is ranked with nothing. */
#define COLOUR_REFERENCE 0x7a838cu

/** Colour of a back-end, 0xRRGGBB; line type from 1. */
unsigned script_colour(const struct backend *backend);
unsigned script_style(const struct backend *backend);

/** x ticks at sizes, labelled 64, 1K, 64K; at most eight of them. */
void script_size_ticks(struct script *script, const int64_t *sizes,
		       size_t count);
/** x ticks at 0, 1, 2 ..., labelled with the points of the group's sweep. */
void script_point_ticks(struct script *script, const struct group *group,
			const int64_t *points, size_t count);
/** A message size as an axis says it. */
const char *script_size(const struct model *model, int64_t bytes);

/** y ticks of a logarithmic axis, labelled in the unit. */
void script_log_ticks(struct script *script, double low, double high,
		      const char *unit);
/** The same for x, where labels need more room. */
void script_log_xticks(struct script *script, double low, double high,
		       const char *unit);

/** A range of figures, widened as they are noted. Starts {NAN, NAN}. */
struct range {
	double low;
	double high;
};
void range_note(struct range *range, double value);

/** Where the names of lines stand: not nearer to each other than a line of
 *  text, as near to their lines as that allows. */
struct line_name {
	const struct backend *backend;
	/** Added to the name, or NULL: " to 1K" for a line that ends early. */
	const char *remark;
	/** Instead of the name, or NULL. */
	const char *text;
	double x;
	double y;
};
void script_names(struct script *script, struct line_name *names, size_t count,
		  struct range range);

/** Percentiles that charts show at the most. */
#define PERCENTILE_POINTS 5

/** The percentiles that a metric has, by 1 / (1 - share); NULL has none.
 *  @return how many */
size_t percentile_points(const struct metric *metric,
			 double ret_x[PERCENTILE_POINTS],
			 double ret_y[PERCENTILE_POINTS]);

/** The charts; each adds what the model has rows for. */
void chart_lines(struct script *script);
void chart_winners(struct script *script);
void chart_locks(struct script *script);
void chart_spectra(struct script *script);
void chart_process_counts(struct script *script);
void chart_load(struct script *script);
void chart_overhead(struct script *script);
void chart_competitors(struct script *script);
void chart_fairness(struct script *script);
void chart_tail_latency(struct script *script);
void chart_noise(struct script *script);
void chart_calls(struct script *script);
/** Those of several machines. */
void chart_hosts(struct script *script, const struct hosts *hosts);

#endif
