/* SPDX-License-Identifier: MIT */
/* ipcmark report --history: the result files of many commits. */
#include "history.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "reports/bundle/load.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/output_file.h"
#include "reports/export/export.h"
#include "reports/history/history.h"

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), part = strlen(end);

	return length > part && !strcmp(name + length - part, end);
}

static int is_result_name(const struct dirent *entry)
{
	return ends_in(entry->d_name, ".json") ||
	       ends_in(entry->d_name, ".jsonl");
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* ---- reading: one file at a time, so that memory does not grow with them ----
 */

/* Why a file that can be read is of no use, or NULL. */
static const char *needless(const struct model *model)
{
	if (model->runs[0].mutant)
		return "was run with an injected fault";
	return model->cell_count ? NULL : "has no row of a benchmark";
}

/* @return false if the file cannot be read */
static bool read_file(struct history *history, const char *folder,
		      const char *name)
{
	char *path = pool_print(history->mem_pool, "%s/%s", folder, name);
	json_t *bundle = load_file_once(path);
	struct model *model;
	const char *reason;

	if (!bundle) {
		history_skip(history, name);
		return false;
	}
	model = model_create(bundle);
	reason = needless(model);
	if (reason)
		fprintf(stderr, "ipcmark report: %s %s and is left out\n", path,
			reason);
	else
		history_add(history, name, model);
	model_free(model);
	return true;
}

/* @return an exit code; EXIT_USAGE also if only some cannot be read */
static int read_all(struct history *history, const char *folder,
		    struct dirent *const *names, size_t count)
{
	size_t bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += !read_file(history, folder, names[i]->d_name);
	if (bad)
		fprintf(stderr,
			"ipcmark report: %zu of %zu files in %s could not be "
			"used\n",
			bad, count, folder);
	history_finish(history);
	if (history->count || bad)
		return bad ? EXIT_USAGE : EXIT_PASS;
	fprintf(stderr,
		"ipcmark report: no file in %s has a row of a benchmark, so "
		"nothing was written\n",
		folder);
	return EXIT_NO_VERDICT;
}

/* ---- writing ---- */

static void print_markdown(const struct history *history, FILE *out)
{
	const struct table *const tables[] = {
		history_runs_table(history), history_steps_table(history),
		history_counts_table(history), history_ratios_table(history)};

	fprintf(out, "# %s\n\n%s\n", history_headline(history), history_rule());
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i])
			markdown_table(tables[i], out);
}

static int write_file(const struct history *history, const char *path,
		      void (*print)(const struct history *history, FILE *out))
{
	struct output_file file;

	if (output_file_open(&file, path))
		return -1;
	print(history, file.stream);
	if (output_file_close(&file))
		return -1;
	printf("%s\n", path);
	return 0;
}

static int write_into(const struct history *history,
		      const struct options *options)
{
	const struct {
		bool wanted;
		const char *name;
		void (*print)(const struct history *history, FILE *out);
	} outputs[] = {{options->csv, "history.csv", history_csv},
		       {options->markdown, "history.md", print_markdown},
		       {options->html, "history.html", history_page}};

	if (output_make_folder(options->out))
		return -1;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (outputs[i].wanted &&
		    write_file(history,
			       pool_print(history->mem_pool, "%s/%s",
					  options->out, outputs[i].name),
			       outputs[i].print))
			return -1;
	return 0;
}

static int write_all(const struct history *history,
		     const struct options *options)
{
	int failed = 0;

	if (options->ascii)
		history_text(history, stdout);
	else if (options->page_alone)
		failed = write_file(history, options->out, history_page);
	else
		failed = write_into(history, options);
	return failed ? EXIT_INTERNAL : EXIT_PASS;
}

static int run(const struct options *options, struct dirent *const *names,
	       size_t count)
{
	struct history *history = history_create(count);
	int code = read_all(history, options->history, names, count);
	int written = history->count ? write_all(history, options) : EXIT_PASS;

	history_free(history);
	return written ? written : code;
}

int history_main(const struct options *options)
{
	struct dirent **names;
	int count = scandir(options->history, &names, is_result_name,
			    compare_names);
	int code = EXIT_NO_VERDICT;

	if (count < 0) {
		fprintf(stderr,
			"ipcmark report: cannot read the folder %s: "
			"%s\n",
			options->history, strerror(errno));
		return EXIT_USAGE;
	}
	if (count > 0)
		code = run(options, names, (size_t)count);
	else
		fprintf(stderr,
			"ipcmark report: there is no result file (*.json, "
			"*.jsonl) in %s\n",
			options->history);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return code;
}
