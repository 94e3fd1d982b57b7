/* SPDX-License-Identifier: MIT */
/* ipcmark compare: the same rows in several result files. */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input_files.h"
#include "reports/bundle/load.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/output_file.h"
#include "reports/compare/compare.h"
#include "reports/export/comparison.h"

/* As many as there are letters. */
#define FILES_MAX 26
#define LEVEL	  0.95

struct request {
	struct cli_reports reports;
	double margin;
	/** Below 0: no limit. */
	double fail_over;
	bool force, all, quiet;
	struct input_files files;
};

enum { KEY_MARGIN = 256, KEY_FAIL_OVER, KEY_FORCE, KEY_REPORT };

static const struct argp_option option_table[] = {
	{"all", 'a', NULL, 0,
	 "print all rows, not only those that are slower or faster", 0},
	{"fail-over", KEY_FAIL_OVER, "PERCENT", 0,
	 "exit with 1 if the whole interval of a row is slower than that; "
	 "stored times are a weak judge: they hold the day and the load too",
	 0},
	{"force", KEY_FORCE, NULL, 0,
	 "form ratios although the machines, limits or compilers differ", 0},
	{"margin", KEY_MARGIN, "PERCENT", 0,
	 "call a row slower or faster only beyond that (default: 5%)", 0},
	{"quiet", 'q', NULL, 0, "print nothing on standard output", 0},
	{"report", KEY_REPORT, "KIND=FILE", 0,
	 "also write the comparison: md (for a comment on a pull request), "
	 "csv, json; may be repeated, FILE - is standard output",
	 0},
	{0}};

static void check(const struct request *request)
{
	if (request->files.count < 2)
		cli_refuse("two result files or more are needed: the one to "
			   "compare with first");
	if (request->files.count > FILES_MAX)
		cli_refuse("at most %d result files, not %zu", FILES_MAX,
			   request->files.count);
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	static const char *const kinds[] = {"md", "csv", "json", NULL};
	struct request *request = state->input;

	switch (key) {
	case 'a':
		request->all = true;
		return 0;
	case 'q':
		request->quiet = true;
		return 0;
	case KEY_FORCE:
		request->force = true;
		return 0;
	case KEY_MARGIN:
		request->margin = cli_percent("margin", argument, 1000);
		return 0;
	case KEY_FAIL_OVER:
		request->fail_over = cli_percent("fail-over", argument, 100000);
		return 0;
	case KEY_REPORT:
		cli_report(&request->reports, argument, kinds);
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
	.args_doc = "BASE OTHER...",
	.doc = "Compare result files of ipcmark bench row by row: the ratio of "
	       "times, its interval, or that it cannot be told."
	       "\vA row is slower or faster if its whole interval lies beyond "
	       "the margin. Files of different machines, limits or compilers "
	       "are refused, since their ratios say nothing about the code; "
	       "--force compares them and prints what differs. Rows of bare "
	       "mechanisms and baselines, which the library has no part in, "
	       "show how much the machine itself changed between the runs.\n\n"
	       "Exit status: 0 compared, 1 a row is slower than --fail-over "
	       "allows, 2 usage, a file that cannot be read, or files of "
	       "different machines without --force, 3 the output could not be "
	       "written, 4 no row could be compared, or with --fail-over "
	       "none could be judged.",
};

/* ---- the files ---- */

static bool read_file(struct hosts *files, char *path)
{
	struct host *host = &files->list[files->count];
	json_t *bundle = load_files_whole(&path, 1);

	if (!bundle)
		return false;
	host->letter =
		pool_print(files->mem_pool, "%c", (int)('A' + files->count));
	host->label = path;
	host->model = model_create(bundle);
	files->count++;
	return true;
}

static void files_free(struct hosts *files)
{
	for (size_t i = 0; i < files->count; i++)
		model_free(files->list[i].model);
	pool_free(files->mem_pool);
}

static bool files_read(struct hosts *files, const struct request *request)
{
	files->mem_pool = pool_create();
	files->count = 0;
	files->list = pool_alloc(files->mem_pool,
				 request->files.count * sizeof(*files->list));
	for (size_t i = 0; i < request->files.count; i++)
		if (!read_file(files, request->files.list[i]))
			return false;
	return true;
}

static const char *fingerprint(const struct hosts *files, size_t file)
{
	return json_text(files->list[file].model->runs[0].env, "fingerprint",
			 "");
}

/* May ratios be formed? Prints one sentence if not. */
static bool are_comparable(const struct hosts *files,
			   const struct request *request)
{
	for (size_t i = 1; i < files->count && !request->force; i++)
		if (strcmp(fingerprint(files, 0), fingerprint(files, i))) {
			fprintf(stderr,
				"ipcmark compare: %s comes from another "
				"machine, or from one with other limits or "
				"another compiler, than %s; --force compares "
				"them all the same and shows what differs\n",
				files->list[i].label, files->list[0].label);
			return false;
		}
	return true;
}

/* ---- the output ---- */

static void write_kind(const struct comparison *comparison, unsigned kind,
		       FILE *out)
{
	static void (*const writers[])(const struct comparison *comparison,
				       FILE *out) = {
		comparison_markdown, comparison_csv, comparison_json};

	writers[kind](comparison, out);
}

static int write_reports(const struct comparison *comparison,
			 const struct cli_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++) {
		struct output_file file;

		if (output_file_open(&file, reports->list[i].path))
			return -1;
		write_kind(comparison, reports->list[i].kind, file.stream);
		if (output_file_close(&file))
			return -1;
	}
	return 0;
}

static bool to_stdout(const struct cli_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (!strcmp(reports->list[i].path, "-"))
			return true;
	return false;
}

static int print_all(const struct comparison *comparison,
		     const struct request *request)
{
	if (!request->quiet && !to_stdout(&request->reports))
		comparison_text(comparison, request->all, stdout);
	return write_reports(comparison, &request->reports) ? EXIT_INTERNAL
							    : EXIT_PASS;
}

/* ---- the answer ---- */

static int judge(const struct comparison *comparison,
		 const struct request *request)
{
	size_t judged = compare_count(comparison, CHANGE_SLOWER, 0) +
			compare_count(comparison, CHANGE_FASTER, 0) +
			compare_count(comparison, CHANGE_NONE, 0);
	size_t over = compare_count_over(comparison, 1 + request->fail_over);

	fputs("ipcmark compare: --fail-over judges stored times, which hold "
	      "the day and the load of their runs too; a red row may be the "
	      "machine's\n",
	      stderr);
	if (over) {
		fprintf(stderr,
			"ipcmark compare: %zu row%s slower by more than "
			"%.3g %%\n",
			over, over > 1 ? "s are" : " is",
			100 * request->fail_over);
		return EXIT_VERDICT;
	}
	if (judged)
		return EXIT_PASS;
	fputs("ipcmark compare: no row could be judged: no interval is narrow "
	      "enough; measure with more repetitions (bench --repeat)\n",
	      stderr);
	return EXIT_NO_VERDICT;
}

static int run(const struct hosts *files, const struct request *request)
{
	const struct comparison *comparison = compare_create(
		files, (struct compare_options){.margin = request->margin,
						.level = LEVEL});
	int code = print_all(comparison, request);

	if (code)
		return code;
	if (compare_count(comparison, CHANGE_ABSENT, 0) ==
	    comparison->row_count) {
		fputs("ipcmark compare: the files have no row with figures in "
		      "common; measure both with the same plan\n",
		      stderr);
		return EXIT_NO_VERDICT;
	}
	return request->fail_over < 0 ? EXIT_PASS : judge(comparison, request);
}

int compare_main(int argc, char **argv)
{
	struct request request = {.margin = 0.05, .fail_over = -1};
	struct hosts files;
	int code = EXIT_USAGE;

	cli_parse("ipcmark compare", &parser, argc, argv, &request);
	if (files_read(&files, &request) && are_comparable(&files, &request))
		code = run(&files, &request);
	files_free(&files);
	return code;
}
