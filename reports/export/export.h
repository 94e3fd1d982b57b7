/* SPDX-License-Identifier: MIT */
/*
 * Results in every format that is no page: what check and bench print, the
 * report as Markdown, and the layouts of other programs. All are written from
 * the model of result files, by check and bench from the document of the run
 * that just ended.
 */
#ifndef IPCMARK_REPORTS_EXPORT_EXPORT_H
#define IPCMARK_REPORTS_EXPORT_EXPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct charts;
struct hosts;
struct model;
struct table;

/** The model of one document, which must outlive it unchanged; model_free. */
struct model *export_model(json_t *document);
void model_free(struct model *model);
/** The scores of all back-ends as "scores" of a result file; new reference. */
json_t *verdict_scores_json(const struct model *model);

/** How much is printed on a terminal. */
struct terminal_style {
	/** Clauses: only the evidence of what is red. */
	bool quiet;
	/** Clauses: every case with its duration as well. */
	bool verbose;
	bool colour;
	/** Rows: characters of a line; 0: any number. */
	size_t width;
};

/** The clauses: matrix, evidence, scores. */
void clauses_terminal(const struct model *model, FILE *out,
		      const struct terminal_style *style);
void clauses_markdown(const struct model *model, FILE *out);

/** The rows of a benchmark: a table for each scenario and placement, notes,
 *  performance targets. */
void bench_terminal(const struct model *model, FILE *out,
		    const struct terminal_style *style);
void bench_markdown(const struct model *model, FILE *out);

/** The performance targets of a run of goals, as a table with a line each. */
void goals_markdown(const struct model *model, FILE *out);

/** JUnit XML: a suite for each back-end, and one for performance targets. */
void junit_write(const struct model *model, FILE *out);
/** The clauses in the Test Anything Protocol, version 13. */
void tap_write(const struct model *model, FILE *out);
/** A line for each sample of each metric. */
void tidy_write(const struct model *model, FILE *out);
/** The layout of Google Benchmark's JSON. */
void gbench_write(const struct model *model, FILE *out);

/** A line for each metric of a row, and for each row without figures. */
void csv_write(const struct model *model, FILE *out);
/** The same with a column for the machine: A, B ... */
void csv_write_hosts(const struct hosts *hosts, FILE *out);

/** chart_folder: how the file names the folder of the SVG files; NULL leaves
 *  pictures out. */
void markdown_write(const struct hosts *hosts, const struct charts *charts,
		    const char *chart_folder, FILE *out);

/** One table with its caption. */
void markdown_table(const struct table *table, FILE *out);

/** The summary and the caveats, for a terminal. */
void terminal_write(const struct model *model, FILE *out);

#endif
