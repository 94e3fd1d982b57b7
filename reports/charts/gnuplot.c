/* SPDX-License-Identifier: MIT */
/*
 * One gnuplot process for all charts: the script goes in on standard input,
 * SVG files come out. A chart that failed leaves an empty file, and the exit
 * code does not say which chart it was: each file is checked.
 */
#include "charts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script.h"
#include "reports/bundle/read_file.h"

#define GNUPLOT_SECONDS 120
#define NOT_FOUND	127

/* In the child; does not return. */
static void become_gnuplot(int script, const char *folder)
{
	int null = open("/dev/null", O_WRONLY);

	if (chdir(folder) || dup2(script, STDIN_FILENO) < 0 || null < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	/* Survives exec: it ends a gnuplot that does not return. */
	alarm(GNUPLOT_SECONDS);
	/* -d: no settings of the user, or charts would differ by user. */
	execlp("gnuplot", "gnuplot", "-d", "-", (char *)NULL);
	_exit(errno == ENOENT ? NOT_FOUND : 1);
}

/* @return the exit code of gnuplot, 127 if there is none */
static int run_gnuplot(int script, const char *folder)
{
	int status;
	pid_t child = fork(); /* it becomes another program */

	if (child < 0)
		return 1;
	if (child == 0)
		become_gnuplot(script, folder);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static char *chart_path(const struct model *model, const char *folder,
			const char *name)
{
	return pool_print(model->mem_pool, "%s/%s.svg", folder, name);
}

/* An old picture must not pass for a new one. */
static void remove_old(const struct script *script, const char *folder)
{
	for (size_t i = 0; i < script->count; i++)
		unlink(chart_path(script->model, folder, script->list[i].name));
}

static const char *collect(const struct model *model, const char *path)
{
	char *text = read_file(path);
	const char *kept = NULL;

	/* Complete, or not at all: the end tag is the last thing written. */
	if (text && strstr(text, "</svg>"))
		kept = pool_copy(model->mem_pool, text);
	else
		unlink(path);
	free(text);
	return kept;
}

/* @return how many charts have no picture */
static size_t collect_all(struct script *script, const char *folder)
{
	size_t missing = 0;

	for (size_t i = 0; i < script->count; i++) {
		struct chart *chart = &script->list[i];

		chart->svg =
			collect(script->model,
				chart_path(script->model, folder, chart->name));
		missing += !chart->svg;
	}
	return missing;
}

/* @return NULL if nothing is missing */
static const char *explain(const struct model *model, int code, size_t missing,
			   size_t count)
{
	if (code == NOT_FOUND)
		return "There are no charts because gnuplot was not found; "
		       "the tables hold the same figures. Install it with "
		       "apt-get install gnuplot-nox.";
	if (!missing)
		return NULL;
	return pool_print(model->mem_pool,
			  "gnuplot could not draw %zu of %zu charts; the "
			  "tables hold the same figures.",
			  missing, count);
}

/* The list is in CMakeLists.txt. */
static void write_script(struct script *script)
{
#define CHART(name) chart_##name(script);
#include "chart_list.h"
#undef CHART
}

void charts_draw(const struct hosts *hosts, const char *folder,
		 struct charts *ret_charts)
{
	const struct model *model = hosts->list[0].model;
	struct script *script = pool_alloc(model->mem_pool, sizeof(*script));
	size_t missing;
	int code;

	*ret_charts = (struct charts){0};
	script->model = model;
	script->out = tmpfile();
	if (!script->out) {
		ret_charts->notice = "There are no charts because no temporary "
				     "file could be made.";
		return;
	}
	if (hosts->count > 1)
		chart_hosts(script, hosts);
	else
		write_script(script);
	if (script->count == 0) {
		fclose(script->out);
		return;
	}
	remove_old(script, folder);
	fflush(script->out);
	rewind(script->out);
	code = run_gnuplot(fileno(script->out), folder);
	fclose(script->out);
	missing = collect_all(script, folder);
	ret_charts->list = script->list;
	ret_charts->count = script->count;
	ret_charts->notice = explain(model, code, missing, script->count);
}

/* gnuplot fills a page: a form feed in front, blanks to the edge, empty lines.
 * One empty line stays, above each chart. */
static void print_trimmed(const char *text, FILE *out)
{
	bool begun = false;

	fputc('\n', out);
	while (*text) {
		size_t length = strcspn(text, "\n"), keep = length;

		while (keep && strchr(" \f", text[keep - 1]))
			keep--;
		begun |= keep > 0;
		if (begun && keep)
			fprintf(out, "%.*s\n", (int)keep, text);
		text += length + (text[length] != '\0');
	}
}

/* @return how many are missing */
static size_t print_texts(const struct script *script, const char *folder,
			  FILE *out)
{
	size_t missing = 0;

	for (size_t i = 0; i < script->count; i++) {
		char *text = read_file(pool_print(script->model->mem_pool,
						  "%s/%s.txt", folder,
						  script->list[i].name));

		missing += !text || !*text;
		if (text)
			print_trimmed(text, out);
		free(text);
	}
	return missing;
}

const char *charts_print(const struct model *model, const char *folder,
			 FILE *out)
{
	struct script *script = pool_alloc(model->mem_pool, sizeof(*script));
	int code;

	script->model = model;
	script->ascii = true;
	script->out = tmpfile();
	if (!script->out)
		return "There are no charts because no temporary file could "
		       "be made.";
	chart_lines(script);
	chart_open_loop(script);
	fflush(script->out);
	rewind(script->out);
	code = script->count ? run_gnuplot(fileno(script->out), folder) : 0;
	fclose(script->out);
	if (!script->count)
		return "There is nothing in these files that a chart could "
		       "show.";
	return explain(model, code, print_texts(script, folder, out),
		       script->count);
}
