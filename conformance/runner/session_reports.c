/* SPDX-License-Identifier: MIT */
/*
 * The reports of a run. All are made from the document; reports/export knows
 * the formats.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/cliutil/exit_code.h"
#include "reports/export/export.h"

/* The report knows the built-in back-ends; others are described. */
static void begin_document(struct session *session, const char *path)
{
	const struct options *options = &session->options;

	session->document = document_begin(path, "check", session->argc,
					   session->argv, options->seed);
	if (!session->document)
		exit(EXIT_INTERNAL);
	for (size_t b = 0; b < options->backend_count; b++) {
		if (backend_is_path(options->backend_options[b]))
			document_add(session->document, "backends",
				     backend_json(options->backends[b]));
	}
}

void session_open_reports(struct session *session)
{
	struct options *options = &session->options;

	for (size_t i = 0; i < options->reports.count; i++) {
		const char *path = options->reports.list[i].path;

		if (options->reports.list[i].kind != KIND_JSON) {
			session->files[i] = fopen(path, "we");
			if (session->files[i])
				continue;
			(void)fprintf(stderr,
				      "ipcmark check: cannot write %s: %s; "
				      "choose a folder that exists and is "
				      "yours\n",
				      path, strerror(errno));
			exit(EXIT_INTERNAL);
		}
		if (session->document) {
			(void)fprintf(stderr, "ipcmark check: only one json "
					      "report can be written\n");
			exit(EXIT_USAGE);
		}
		begin_document(session, path);
	}
	/* every other report is made from the document, too */
	if (!session->document)
		begin_document(session, NULL);
}

/* The stream had the cases as they ran; the document has the catalogue's
 * order. */
static void sort_cases(struct session *session, bool whole_paths)
{
	json_t *document = document_json(session->document);
	json_t *cases = json_array();

	for (size_t i = 0; i < session->cell_count; i++)
		(void)json_array_append_new(cases, cell_json(&session->cells[i],
							     &session->mutant,
							     whole_paths));
	(void)json_object_set_new(document, "cases", cases);
}

/* On this host the commands have whole paths. */
static void print_results(struct session *session)
{
	const struct options *options = &session->options;
	const struct terminal_style style = {
		.quiet = options->quiet,
		.verbose = options->verbose,
		.colour = options->colour < 0 ? terminal_colour(STDOUT_FILENO)
					      : options->colour,
	};
	struct model *model;

	sort_cases(session, true);
	model = export_model(document_json(session->document));
	clauses_terminal(model, stdout, &style);
	model_free(model);
}

static int write_file(const struct session *session, size_t index,
		      const struct model *model)
{
	static void (*const writers[])(const struct model *, FILE *) = {
		[KIND_JUNIT] = junit_write,
		[KIND_TAP] = tap_write,
		[KIND_MARKDOWN] = clauses_markdown,
	};
	FILE *file = session->files[index];

	if (!file)
		return 0;
	writers[session->options.reports.list[index].kind](model, file);
	if (!(ferror(file) | fclose(file)))
		return 0;
	(void)fprintf(
		stderr, "ipcmark check: %s was not written completely: %s\n",
		session->options.reports.list[index].path, strerror(errno));
	return -1;
}

int session_write_reports(struct session *session)
{
	json_t *document = document_json(session->document), *scores;
	struct model *model;
	int failed = 0;

	(void)json_object_set_new(json_object_get(document, "run"), "complete",
				  json_boolean(session->complete));
	if (session->options.reference)
		(void)json_object_set_new(document, "reference",
					  reference_json(&session->reference));
	print_results(session);
	sort_cases(session, false);
	model = export_model(document);
	for (size_t i = 0; i < session->options.reports.count; i++)
		failed |= write_file(session, i, model);
	scores = verdict_scores_json(model);
	model_free(model);
	(void)json_object_set_new(document, "scores", scores);
	failed |= document_finish(session->document, session->complete);
	document_free(session->document);
	return failed;
}
