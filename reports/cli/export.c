/* SPDX-License-Identifier: MIT */
/* ipcmark export: results in the layouts of other programs. */
#include "export.h"

#include <string.h>

#include "reports/charts/charts.h"
#include "reports/model/hosts.h"
#include "reports/bundle/load.h"
#include "input_files.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/output_file.h"
#include "reports/result/result.h"
#include "reports/export/export.h"

struct layout {
	void (*write)(const struct model *model, FILE *out);
	/** What it shows. */
	bool clauses, rows, targets;
};

static void write_markdown(const struct model *model, FILE *out)
{
	struct host host = {.letter = "A", .model = (struct model *)model};
	const struct hosts hosts = {.mem_pool = model->mem_pool,
				    .bundle = model->bundle,
				    .list = &host,
				    .count = 1};
	const struct charts none = {0};

	markdown_write(&hosts, &none, NULL, out);
}

static void write_text(const struct model *model, FILE *out)
{
	static const struct terminal_style plain;

	if (model->case_count)
		clauses_terminal(model, out, &plain);
	if (model->cell_count)
		bench_terminal(model, out, &plain);
}

static void write_tables(const struct model *model, FILE *out)
{
	if (model->case_count)
		clauses_markdown(model, out);
	if (model->cell_count)
		bench_markdown(model, out);
}

static const struct layout layouts[] = {
	{gbench_write, .rows = true},
	{tidy_write, .rows = true},
	{junit_write, .clauses = true, .targets = true},
	{tap_write, .clauses = true},
	{write_text, .clauses = true, .rows = true},
	{write_tables, .clauses = true, .rows = true},
	{write_markdown, .clauses = true, .rows = true},
};

struct request {
	const struct layout *layout;
	/** "-": standard output. */
	const char *out;
	struct input_files files;
};

static const struct argp_option option_table[] = {
	{"to", 't', "LAYOUT", 0,
	 "gbench (JSON of Google Benchmark, for its compare.py), csv (a line a "
	 "sample), junit (clauses and performance targets), tap (clauses), text "
	 "(what check and bench print), tables (the same in Markdown) or md (the report)",
	 0},
	{"out", 'o', "FILE", 0, "write there instead of to standard output (-)",
	 0},
	{0}};

static void check(const struct request *request)
{
	if (!request->layout)
		cli_refuse("--to is needed: gbench, csv, junit, tap, text, "
			   "tables or md");
	input_files_need_one(&request->files);
	if (!*request->out)
		cli_refuse("--out needs a name");
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	/* the order of layouts */
	static const char *const names[] = {"gbench", "csv",	"junit", "tap",
					    "text",   "tables", "md",	 NULL};
	struct request *request = state->input;

	switch (key) {
	case 't':
		request->layout = &layouts[cli_choice("to", argument, names)];
		return 0;
	case 'o':
		request->out = cli_path("--out", argument);
		return 0;
	case ARGP_KEY_ARGS:
		input_files_take(&request->files, state);
		return 0;
	case ARGP_KEY_END:
		check(request);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = take_option,
	.args_doc = "--to LAYOUT FILE...",
	.doc = "Write result files of ipcmark check and ipcmark bench in the "
	       "layout of another program."
	       "\vSeveral files are merged; where rows occur twice, the last "
	       "file counts. A rate becomes the nanoseconds of one message in "
	       "the gbench layout; rows without a figure are named in its "
	       "context.\n\n"
	       "Exit status: 0 written, 2 usage, a file that cannot be read, "
	       "or files of different machines, 3 the output could not be "
	       "written, 4 the files hold nothing that the layout shows.",
};

static bool has_something(const struct layout *layout,
			  const struct model *model)
{
	return (layout->clauses && model->case_count) ||
	       (layout->rows && model->cell_count) ||
	       (layout->targets && model->target_count);
}

static int write_to(const struct request *request, const struct model *model)
{
	struct output_file file;

	if (!has_something(request->layout, model)) {
		fputs("ipcmark export: the files hold nothing that this layout "
		      "shows, so nothing was written\n",
		      stderr);
		return EXIT_NO_VERDICT;
	}
	if (output_file_open(&file, request->out))
		return EXIT_INTERNAL;
	request->layout->write(model, file.stream);
	return output_file_close(&file) ? EXIT_INTERNAL : EXIT_PASS;
}

int export_main(int argc, char **argv)
{
	struct request request = {.out = "-"};
	struct hosts *hosts;
	json_t *bundle;
	int code;

	cli_parse("ipcmark export", &parser, argc, argv, &request);
	bundle = load_files_whole(request.files.list, request.files.count);
	if (!bundle)
		return EXIT_USAGE;
	hosts = hosts_create(bundle);
	if (hosts->count == 1) {
		code = write_to(&request, hosts->list[0].model);
	} else {
		fprintf(stderr,
			"ipcmark export: the files come from %zu machines or "
			"builds, and no layout tells them apart; export them "
			"one by one\n",
			hosts->count);
		code = EXIT_USAGE;
	}
	hosts_free(hosts);
	return code;
}
