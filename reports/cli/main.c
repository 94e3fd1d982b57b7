/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark report`: result files in, a report out. Reads nothing but the
 * files, so that the same files give the same bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/charts/charts.h"
#include "reports/bundle/load.h"
#include "reports/model/model.h"
#include "reports/html/page.h"
#include "compare.h"
#include "export.h"
#include "history.h"
#include "options.h"
#include "output.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/output_file.h"
#include "reports/cliutil/temporary_folder.h"
#include "reports/result/result.h"
#include "reports/export/export.h"

/* A report, and where its files go. */
struct report {
	const struct options *options;
	const struct hosts *hosts;
	/** NULL if there are several machines. */
	const struct model *model;
	struct charts charts;
	const char *page;
	const char *chart_folder;
	/** The same, if it is removed at the end; else NULL. */
	char *temporary;
};

static int choose_places(struct report *report)
{
	const char *out = report->options->out;

	if (report->options->page_alone) {
		report->page = out;
		report->temporary = temporary_folder_make("report");
		report->chart_folder = report->temporary;
		return report->temporary ? 0 : -1;
	}
	report->page =
		pool_print(report->hosts->mem_pool, "%s/report.html", out);
	report->chart_folder =
		pool_print(report->hosts->mem_pool, "%s/charts", out);
	return output_make_folder(report->chart_folder);
}

static void print_markdown(const struct report *report, FILE *out)
{
	markdown_write(report->hosts, &report->charts, "charts", out);
}

static void print_csv(const struct report *report, FILE *out)
{
	if (report->model)
		csv_write(report->model, out);
	else
		csv_write_hosts(report->hosts, out);
}

static void print_page(const struct report *report, FILE *out)
{
	page_write(report->hosts, &report->charts, out);
}

static int write_file(const struct report *report, const char *path,
		      void (*print)(const struct report *report, FILE *out))
{
	struct output_file file;

	if (output_file_open(&file, path))
		return -1;
	print(report, file.stream);
	if (output_file_close(&file))
		return -1;
	printf("%s\n", path);
	return 0;
}

/* The page last: its path is the last line, for people to open. */
static int write_all(const struct report *report)
{
	const struct options *options = report->options;
	struct mem_pool *mem_pool = report->hosts->mem_pool;
	const char *notice = report->charts.notice;

	if (options->csv &&
	    write_file(report,
		       pool_print(mem_pool, "%s/cells.csv", options->out),
		       print_csv))
		return EXIT_INTERNAL;
	if (options->markdown &&
	    write_file(report,
		       pool_print(mem_pool, "%s/report.md", options->out),
		       print_markdown))
		return EXIT_INTERNAL;
	if (options->html && write_file(report, report->page, print_page))
		return EXIT_INTERNAL;
	if (notice)
		fprintf(stderr, "ipcmark report: %s\n", notice);
	return notice && options->require_charts ? EXIT_INTERNAL : EXIT_PASS;
}

static int make_report(const struct options *options, const struct hosts *hosts)
{
	struct report report = {
		.options = options,
		.hosts = hosts,
		.model = hosts->count == 1 ? hosts->list[0].model : NULL};
	int code;

	if (choose_places(&report))
		return EXIT_INTERNAL;
	charts_draw(hosts, report.chart_folder, &report.charts);
	code = write_all(&report);
	temporary_folder_remove(report.temporary);
	/* a folder of the user's that has other files stays */
	if (!options->page_alone && report.charts.count == 0)
		(void)rmdir(report.chart_folder);
	return code;
}

static int print_charts(const struct options *options,
			const struct hosts *hosts)
{
	char *folder = temporary_folder_make("report");
	const char *notice = NULL;

	if (!folder)
		return EXIT_INTERNAL;
	for (size_t h = 0; h < hosts->count; h++) {
		const struct host *host = &hosts->list[h];

		if (hosts->count > 1)
			printf("%s%s: %s\n\n", h ? "\n" : "", host->letter,
			       host->label);
		terminal_write(host->model, stdout);
		notice = charts_print(host->model, folder, stdout);
		if (notice)
			fprintf(stderr, "ipcmark report: %s\n", notice);
	}
	temporary_folder_remove(folder);
	return notice && options->require_charts ? EXIT_INTERNAL : EXIT_PASS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct hosts *hosts;
	json_t *bundle;
	int code;

	cli_start("ipcmark report");
	if (argc > 1 && !strcmp(argv[1], "export"))
		return export_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "compare"))
		return compare_main(argc - 1, argv + 1);
	options_parse(argc, argv, &options);
	if (options.history)
		return history_main(&options);
	bundle = options.from
			 ? load_page(options.from)
			 : load_files(options.files.list, options.files.count);
	if (!bundle)
		return EXIT_USAGE;
	hosts = hosts_create(bundle);
	if (!input_files_hold_results(hosts))
		code = EXIT_NO_VERDICT;
	else if (options.ascii)
		code = print_charts(&options, hosts);
	else
		code = make_report(&options, hosts);
	hosts_free(hosts);
	return code;
}
