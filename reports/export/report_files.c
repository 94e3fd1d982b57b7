/* SPDX-License-Identifier: MIT */
/* The files that --report asked for. */
#include "report_files.h"

#include "reports/cliutil/output_file.h"

const char *report_files_stream(const struct cli_reports *reports,
				report_writer *const *writers)
{
	for (size_t i = 0; i < reports->count; i++)
		if (!writers[reports->list[i].kind])
			return reports->list[i].path;
	return NULL;
}

int report_files_check(const struct cli_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (output_file_check(reports->list[i].path))
			return -1;
	return 0;
}

static void write_to(FILE *out, report_writer *writer,
		     const struct document *document, const struct model *model)
{
	if (writer)
		writer(model, out);
	else
		(void)document_print(document, out);
}

int report_files_write(const struct cli_reports *reports,
		       report_writer *const *writers,
		       const struct document *document,
		       const struct model *model)
{
	const char *stream = report_files_stream(reports, writers);
	int failed = 0;

	for (size_t i = 0; i < reports->count; i++) {
		const char *path = reports->list[i].path;
		struct output_file file;

		if (path == stream)
			continue;
		if (output_file_open(&file, path)) {
			failed = -1;
			continue;
		}
		write_to(file.stream, writers[reports->list[i].kind], document,
			 model);
		failed |= output_file_close(&file);
	}
	return failed;
}
