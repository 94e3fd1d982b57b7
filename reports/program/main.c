/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark report`: result files in, a report out. Reads nothing but the
 * files, so that the same files give the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "charts/charts.h"
#include "model/load.h"
#include "model/model.h"
#include "page/page.h"
#include "program/export.h"
#include "program/options.h"
#include "program/output.h"
#include "record/record.h"
#include "text/text.h"

/* Where things go. */
struct places {
	/** NULL if only a page is written. */
	const char *folder;
	const char *page;
	const char *charts;
	bool charts_are_temporary;
};

static bool is_page(const char *path)
{
	size_t length = strlen(path);

	return length > 5 && !strcmp(path + length - 5, ".html");
}

static int choose_places(const struct options *options,
			 const struct model *model, struct places *ret_places)
{
	const char *base = getenv("TMPDIR");
	char *temporary;

	if (!is_page(options->out)) {
		ret_places->folder = options->out;
		ret_places->page = arena_print(model->arena, "%s/report.html",
					       options->out);
		ret_places->charts =
			arena_print(model->arena, "%s/charts", options->out);
		return output_make_folder(ret_places->charts);
	}
	temporary = arena_print(model->arena, "%s/ipcmark-report-XXXXXX",
				base && *base ? base : "/tmp");
	ret_places->page = options->out;
	ret_places->charts = temporary;
	ret_places->charts_are_temporary = true;
	return output_make_temporary(temporary);
}

static int write_markdown(const struct model *model,
			  const struct charts *charts,
			  const struct places *places)
{
	struct output output;

	if (output_open(&output, arena_print(model->arena, "%s/report.md",
					     places->folder)))
		return -1;
	markdown_write(model, charts, "charts", output.stream);
	return output_close(&output);
}

static int write_csv(const struct model *model, const struct places *places)
{
	struct output output;

	if (output_open(&output, arena_print(model->arena, "%s/cells.csv",
					     places->folder)))
		return -1;
	csv_write(model, output.stream);
	return output_close(&output);
}

static int write_page(const struct model *model, const struct charts *charts,
		      const struct places *places)
{
	struct output output;

	if (output_open(&output, places->page))
		return -1;
	page_write(model, charts, output.stream);
	return output_close(&output);
}

/* The page last: its path is the last line, for people to open. */
static int write_all(const struct options *options, const struct model *model,
		     const struct charts *charts, const struct places *places)
{
	if (options->csv && write_csv(model, places))
		return EXIT_MACHINERY;
	if (options->markdown && write_markdown(model, charts, places))
		return EXIT_MACHINERY;
	if (options->html && write_page(model, charts, places))
		return EXIT_MACHINERY;
	if (charts->notice)
		fprintf(stderr, "ipcmark report: %s\n", charts->notice);
	return charts->notice && options->require_charts ? EXIT_MACHINERY
							 : EXIT_HOLDS;
}

static int make_report(const struct options *options, const struct model *model)
{
	struct places places = {0};
	struct charts charts;
	int code;

	if (choose_places(options, model, &places))
		return EXIT_MACHINERY;
	charts_draw(model, places.charts, &charts);
	code = write_all(options, model, &charts, &places);
	if (places.charts_are_temporary)
		output_remove_folder(places.charts);
	else if (charts.count == 0)
		output_remove_folder(places.charts);
	return code;
}

/* What a folder gets of several machines; of each alone the reader makes a
 * report of its own files. */
static int write_hosts(const struct options *options, const struct hosts *hosts)
{
	bool alone = is_page(options->out);
	struct output output;

	if (!alone && output_make_folder(options->out))
		return EXIT_MACHINERY;
	if (options->csv) {
		if (output_open(&output,
				arena_print(hosts->arena, "%s/cells.csv",
					    options->out)))
			return EXIT_MACHINERY;
		csv_write_hosts(hosts, output.stream);
		if (output_close(&output))
			return EXIT_MACHINERY;
	}
	if (options->markdown) {
		if (output_open(&output,
				arena_print(hosts->arena, "%s/report.md",
					    options->out)))
			return EXIT_MACHINERY;
		markdown_write_hosts(hosts, output.stream);
		if (output_close(&output))
			return EXIT_MACHINERY;
	}
	if (!options->html)
		return EXIT_HOLDS;
	if (output_open(&output,
			alone ? options->out
			      : arena_print(hosts->arena, "%s/report.html",
					    options->out)))
		return EXIT_MACHINERY;
	page_write_hosts(hosts, output.stream);
	return output_close(&output) ? EXIT_MACHINERY : EXIT_HOLDS;
}

static int print_charts(const struct options *options,
			const struct hosts *hosts)
{
	const char *base = getenv("TMPDIR"), *notice = NULL;
	char *folder = arena_print(hosts->arena, "%s/ipcmark-report-XXXXXX",
				   base && *base ? base : "/tmp");

	if (output_make_temporary(folder))
		return EXIT_MACHINERY;
	for (size_t h = 0; h < hosts->count; h++) {
		const struct host *host = &hosts->list[h];

		if (hosts->count > 1)
			printf("%s: %s\n", host->letter, host->label);
		notice = charts_print(host->model, folder, stdout);
		if (notice)
			fprintf(stderr, "ipcmark report: %s\n", notice);
	}
	output_remove_folder(folder);
	if (fflush(stdout))
		return EXIT_MACHINERY;
	return notice && options->require_charts ? EXIT_MACHINERY : EXIT_HOLDS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct hosts *hosts;
	json_t *bundle;
	int code;

	if (argc > 1 && !strcmp(argv[1], "export"))
		return export_main(argc - 1, argv + 1);
	options_parse(argc, argv, &options);
	bundle = options.from ? load_page(options.from)
			      : load_files(options.files, options.file_count);
	if (!bundle)
		return EXIT_USAGE;
	hosts = hosts_create(bundle);
	if (options.ascii)
		code = print_charts(&options, hosts);
	else if (hosts->count > 1)
		code = write_hosts(&options, hosts);
	else
		code = make_report(&options, hosts->list[0].model);
	hosts_free(hosts);
	return code;
}
