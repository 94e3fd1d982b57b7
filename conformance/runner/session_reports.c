/* SPDX-License-Identifier: MIT */
/*
 * The reports of a run. All are made from the document; reports/export knows
 * the formats.
 */
#include "session.h"

#include <stdlib.h>
#include <unistd.h>

#include "reports/cliutil/exit_code.h"
#include "reports/export/export.h"
#include "reports/export/report_files.h"

/* The order of enum report_kind. */
static report_writer *const writers[] = {
	[KIND_JSON] = NULL,
	[KIND_JUNIT] = junit_write,
	[KIND_TAP] = tap_write,
	[KIND_MARKDOWN] = clauses_markdown,
};

void session_open_reports(struct session *session)
{
	const struct options *options = &session->options;

	if (report_files_check(&options->reports))
		exit(EXIT_INTERNAL);
	session->document = document_begin(
		report_files_stream(&options->reports, writers), "check",
		session->argc, session->argv, options->seed);
	if (!session->document)
		exit(EXIT_INTERNAL);
	/* the report knows the built-in back-ends; others are described */
	for (size_t b = 0; b < options->backend_count; b++) {
		if (backend_is_path(options->backend_options[b]))
			document_add(session->document, "backends",
				     backend_json(options->backends[b]));
	}
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

int session_write_reports(struct session *session)
{
	json_t *document = document_json(session->document), *scores;
	struct model *model;
	int failed;

	(void)json_object_set_new(json_object_get(document, "run"), "complete",
				  json_boolean(session->complete));
	if (session->options.reference)
		(void)json_object_set_new(document, "reference",
					  reference_json(&session->reference));
	print_results(session);
	sort_cases(session, false);
	model = export_model(document);
	scores = verdict_scores_json(model);
	(void)json_object_set_new(document, "scores", scores);
	failed = document_finish(session->document, session->complete);
	failed |= report_files_write(&session->options.reports, writers,
				     session->document, model);
	model_free(model);
	document_free(session->document);
	return failed;
}
