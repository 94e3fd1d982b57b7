/* SPDX-License-Identifier: MIT */
/*
 * The result file: a document in memory, mirrored record by record into
 * FILE.jsonl while the run goes on, written whole at the end and put in place
 * by rename, so that FILE is never half a document. The stream's first line
 * is the document without records; each further line is {"array", "value"}.
 */
#include "reports/hostinfo/hostinfo_internal.h"
#include "result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_FLAGS (JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(9))
#define DOCUMENT_FLAGS                                                         \
	(JSON_SORT_KEYS | JSON_INDENT(1) | JSON_REAL_PRECISION(9))

struct record {
	json_t *document;
	/* NULL: in memory only. "-": standard output, no stream. */
	char *path;
	char *stream_path;
	int stream;
	/* Set once a line could not be written; the run itself goes on. */
	bool stream_failed;
	pid_t owner;
	struct cpu_ticks begun;
	bool begun_known;
};

static json_t *new_document(const char *verb, int argc, char *const *argv,
			    uint64_t seed)
{
	json_t *document = json_object();

	json_object_set_new(document, "schema",
			    json_pack("{s:s, s:s}", "name", "ipcmark.result",
				      "version", "1.1"));
	json_object_set_new(document, "run", run_begin(verb, argc, argv, seed));
	json_object_set_new(document, "build", record_build());
	json_object_set_new(document, "env", record_env());
	json_object_set_new(document, "quality",
			    json_pack("{s:o, s:n}", "distrust",
				      record_distrust(), "steal_share"));
	json_object_set_new(document, "backends", json_array());
	json_object_set_new(document, "cases", json_array());
	json_object_set_new(document, "cells", json_array());
	json_object_set_new(document, "ratios", json_array());
	json_object_set_new(document, "rivals", json_array());
	json_object_set_new(document, "warnings", json_array());
	return document;
}

static bool write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t done = write(fd, text, bytes);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		text += done;
		bytes -= (size_t)done;
	}
	return true;
}

/* write, not stdio: a forked worker must not flush a copy of this. */
static void stream_line(struct record *record, const json_t *value)
{
	char *text;

	if (record->stream < 0 || record->stream_failed)
		return;
	text = json_dumps(value, LINE_FLAGS);
	if (!text || !write_all(record->stream, text, strlen(text)) ||
	    !write_all(record->stream, "\n", 1)) {
		record->stream_failed = true;
		fprintf(stderr,
			"ipcmark: cannot write to %s (%s); the run goes on, "
			"but a crash would now lose its results\n",
			record->stream_path, strerror(errno));
	}
	free(text);
}

/* A device or a FIFO cannot be renamed over and needs no stream. */
static bool is_special(const char *path)
{
	struct stat status;

	return !strcmp(path, "-") ||
	       (!stat(path, &status) && !S_ISREG(status.st_mode) &&
		!S_ISDIR(status.st_mode));
}

static int open_stream(struct record *record, const char *path)
{
	struct stat status;

	record->path = strdup(path);
	if (!record->path)
		return -1;
	if (is_special(path))
		return 0;
	if (!stat(path, &status) && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	/* A FILE that exists must be ours to replace, not only its folder. */
	if (access(path, F_OK) == 0 && access(path, W_OK))
		return -1;
	if (asprintf(&record->stream_path, "%s.jsonl", path) < 0) {
		record->stream_path = NULL;
		return -1;
	}
	record->stream = open(record->stream_path,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return record->stream < 0 ? -1 : 0;
}

struct record *record_begin(const char *path, const char *verb, int argc,
			    char *const *argv, uint64_t seed)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record) {
		fprintf(stderr, "ipcmark: no memory for the result\n");
		return NULL;
	}
	record->stream = -1;
	record->owner = getpid();
	if (path && open_stream(record, path)) {
		fprintf(stderr,
			"ipcmark: cannot write the result file %s (%s); "
			"name one in a folder you can write to\n",
			path, strerror(errno));
		record_free(record);
		return NULL;
	}
	record->document = new_document(verb, argc, argv, seed);
	record->begun_known = cpu_ticks_read(&record->begun);
	stream_line(record, record->document);
	return record;
}

void record_add(struct record *record, const char *array, json_t *value)
{
	json_t *line;

	if (getpid() != record->owner) {
		json_decref(value);
		return;
	}
	line = json_pack("{s:s, s:O}", "array", array, "value", value);
	if (line)
		stream_line(record, line);
	json_decref(line);
	json_array_append_new(json_object_get(record->document, array), value);
}

/* The lines of a snapshot, into a file beside the stream. @return it, or -1 */
static int write_snapshot(const struct record *record, const char *path,
			  const char *array, const json_t *values)
{
	struct record fresh = {
		.stream_path = record->stream_path,
		.stream = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			       0666),
	};

	if (fresh.stream < 0)
		return -1;
	stream_line(&fresh, record->document);
	for (size_t i = 0; i < json_array_size(values); i++) {
		json_t *line = json_pack("{s:s, s:O}", "array", array, "value",
					 json_array_get(values, i));

		stream_line(&fresh, line);
		json_decref(line);
	}
	if (!fresh.stream_failed && !rename(path, record->stream_path))
		return fresh.stream;
	close(fresh.stream);
	unlink(path);
	return -1;
}

void record_snapshot(struct record *record, const char *array, json_t *values)
{
	char *path;
	int fresh;

	if (getpid() != record->owner || record->stream < 0 ||
	    record->stream_failed ||
	    asprintf(&path, "%s.partial", record->stream_path) < 0) {
		json_decref(values);
		return;
	}
	/* if it fails, the stream of before is still there and goes on */
	fresh = write_snapshot(record, path, array, values);
	if (fresh >= 0) {
		close(record->stream);
		record->stream = fresh;
	}
	free(path);
	json_decref(values);
}

json_t *record_document(struct record *record)
{
	return record->document;
}

/* Time that the host kept for itself during the run, and what to say. */
static void note_steal(struct record *record)
{
	json_t *quality = json_object_get(record->document, "quality");
	struct cpu_ticks now;
	char text[160];
	double share;

	if (!record->begun_known || !cpu_ticks_read(&now) ||
	    now.total <= record->begun.total)
		return;
	share = (double)(now.steal - record->begun.steal) /
		(double)(now.total - record->begun.total);
	json_object_set_new(quality, "steal_share", json_real(share));
	if (share <= 0.01)
		return;
	snprintf(
		text, sizeof(text),
		"The host of this virtual machine kept %.1f %% of the CPU time "
		"for itself during the run.",
		100 * share);
	json_array_append_new(json_object_get(quality, "distrust"),
			      json_string(text));
}

/* The id is the hash of the content, so that equal files have equal ids. */
static void seal(struct record *record, bool complete)
{
	json_t *run = json_object_get(record->document, "run");
	char hex[SHA256_HEX_BYTES];
	char *text;

	json_object_set_new(run, "finished", run_now());
	json_object_set_new(run, "complete", json_boolean(complete));
	json_object_set_new(run, "id", json_null());
	text = json_dumps(record->document, LINE_FLAGS);
	if (!text)
		return;
	sha256_hex(text, strlen(text), hex);
	free(text);
	json_object_set_new(run, "id", json_stringn(hex, 16));
}

static int write_file(const char *path, const json_t *document)
{
	FILE *file = fopen(path, "we");
	int failed;

	if (!file)
		return -1;
	failed = json_dumpf(document, file, DOCUMENT_FLAGS) ||
		 fputc('\n', file) == EOF;
	return fclose(file) || failed ? -1 : 0;
}

static int write_stdout(const json_t *document)
{
	if (json_dumpf(document, stdout, DOCUMENT_FLAGS))
		return -1;
	return putchar('\n') == EOF || fflush(stdout) ? -1 : 0;
}

static int write_document(struct record *record)
{
	char *partial;
	int failed;

	if (!strcmp(record->path, "-"))
		return write_stdout(record->document);
	if (is_special(record->path))
		return write_file(record->path, record->document);
	if (asprintf(&partial, "%s.partial", record->path) < 0)
		return -1;
	failed = write_file(partial, record->document) ||
		 rename(partial, record->path);
	if (failed)
		unlink(partial);
	free(partial);
	return failed ? -1 : 0;
}

int record_finish(struct record *record, bool complete)
{
	if (getpid() != record->owner)
		return -1;
	note_steal(record);
	seal(record, complete);
	if (!record->path)
		return 0;
	if (write_document(record)) {
		fprintf(stderr, "ipcmark: cannot write the result file %s (%s)",
			record->path, strerror(errno));
		if (record->stream >= 0 && !record->stream_failed)
			fprintf(stderr, "; its records are kept in %s",
				record->stream_path);
		fputc('\n', stderr);
		return -1;
	}
	if (record->stream_path)
		unlink(record->stream_path);
	return 0;
}

void record_free(struct record *record)
{
	if (!record)
		return;
	if (record->stream >= 0)
		close(record->stream);
	json_decref(record->document);
	free(record->stream_path);
	free(record->path);
	free(record);
}
