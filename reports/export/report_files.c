/* SPDX-License-Identifier: MIT */
/* The files that --report asked for. */
#include "report_files.h"

#include <errno.h>
#include <string.h>

static int complain(const char *path)
{
	fprintf(stderr,
		"ipcmark: cannot write %s (%s); name a file in a folder you "
		"can write to\n",
		path, strerror(errno));
	return -1;
}

const char *report_files_stream(const struct cli_reports *reports,
				report_writer *const *writers)
{
	for (size_t i = 0; i < reports->count; i++)
		if (!writers[reports->list[i].kind])
			return reports->list[i].path;
	return NULL;
}

int report_files_check(const struct cli_reports *reports,
		       report_writer *const *writers)
{
	const char *stream = report_files_stream(reports, writers);

	for (size_t i = 0; i < reports->count; i++) {
		const char *path = reports->list[i].path;
		FILE *file;

		if (path == stream || !strcmp(path, "-"))
			continue;
		file = fopen(path, "ae");
		if (!file || fclose(file))
			return complain(path);
	}
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
		report_writer *writer = writers[reports->list[i].kind];
		FILE *file = strcmp(path, "-") ? NULL : stdout;

		if (path == stream)
			continue;
		if (!file)
			file = fopen(path, "we");
		if (file)
			write_to(file, writer, document, model);
		if (!file || ferror(file) ||
		    (file == stdout ? fflush(file) : fclose(file)))
			failed = complain(path);
	}
	return failed;
}
