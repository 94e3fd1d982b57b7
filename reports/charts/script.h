/* SPDX-License-Identifier: MIT */
/*
 * Pieces of the gnuplot script that several charts share. All text of a result
 * file passes script_text, which leaves plain characters only: gnuplot runs
 * commands in back-quotes.
 */
#ifndef IPCMARK_REPORTS_CHARTS_SCRIPT_H
#define IPCMARK_REPORTS_CHARTS_SCRIPT_H

#include <stdint.h>
#include <stdio.h>

#include "charts.h"
#include "palette.h"
#include "reports/model/hosts.h"
#include "reports/model/model.h"
#include "reports/model/query.h"

/** A script under construction, with the charts it will make. */
struct script {
	const struct model *model;
	FILE *out;
	struct chart *list;
	size_t count;
	size_t room;
	/** Text for a terminal instead of pictures. */
	bool ascii;
};

/** Forget the settings of the chart before, set the style, note the chart.
 *  head: its kind, name and caption */
void script_begin(struct script *script, struct chart head, const char *title);
/** Head of a chart about a group; caption: what it shows, without full stop */
struct chart script_group_head(const struct script *script, const char *kind,
			       const char *name, const struct group *group,
			       const char *caption);
/** Forget the chart that was begun last: it has nothing to show. */
void script_cancel(struct script *script);

/** The part that draws lines, as picture or as text. */
void script_plot_lines(struct script *script, const char *part);

/** Is a group drawn? As text only the main group of its role. */
bool script_wants(const struct script *script, const struct group *group);

/** A text in double quotes that gnuplot takes as it is. */
void script_text(FILE *out, const char *text);

/** name = "text" */
void script_set(struct script *script, const char *name, const char *text);

/** Colour of a back-end, 0xRRGGBB; number of its gnuplot line type. */
unsigned script_colour(const struct backend *backend);
unsigned script_style(const struct backend *backend);
/** x ticks at sizes, labelled 64, 1K, 64K; at most eight of them. */
void script_size_ticks(struct script *script, const int64_t *sizes,
		       size_t count);
/** x ticks at 0, 1, 2 ..., labelled with the points of the group's sweep. */
void script_point_ticks(struct script *script, const struct group *group,
			const int64_t *points, size_t count);
/** A message size as a tick: 64, 1K. */
const char *script_size(const struct model *model, int64_t bytes);

/** Ticks of a logarithmic axis, 'x' or 'y', labelled in the unit. */
void script_log_ticks(struct script *script, char axis, double low, double high,
		      const char *unit);
/** A range of figures, widened as they are noted. Starts {NAN, NAN}. */
struct range {
	double low;
	double high;
};
void range_note(struct range *range, double value);

/** The name at the end of a line. */
struct line_name {
	const struct backend *backend;
	/** Added to the name, or NULL: " to 1K" for a line that ends early. */
	const char *remark;
	/** Instead of the name, or NULL. */
	const char *text;
	double x;
	double y;
};
/** Set what lines need: number, styles, colours; low, high and ticks of y, a
 *  little beyond the range; $names, no two nearer to each other than a line of
 *  text, each as near to its line as that allows. */
void script_lines(struct script *script, struct line_name *names, size_t count,
		  struct range range, const char *unit);

/** Percentiles that charts show at the most. */
#define PERCENTILE_POINTS 5

/** The percentiles that a metric has, by 1 / (1 - share); NULL has none.
 *  @return how many */
size_t percentile_points(const struct metric *metric,
			 double ret_x[PERCENTILE_POINTS],
			 double ret_y[PERCENTILE_POINTS]);

/** The charts; each adds what the model has rows for. */
#define CHART(name) void chart_##name(struct script *script);
#include "chart_list.h"
#undef CHART
/** Those of several machines. */
void chart_hosts(struct script *script, const struct hosts *hosts);

#endif
