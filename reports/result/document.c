/* SPDX-License-Identifier: MIT */
/*
 * The result file: a document in memory, mirrored record by record into
 * FILE.jsonl while the run goes on, written whole at the end, as in
 * reports/cliutil/output_file.h. The stream's first line
 * is the document without records; each further line is {"array", "value"}.
 */
#include "reports/cliutil/cli.h"
#include "reports/cliutil/output_file.h"
#include "reports/hostinfo/hostinfo.h"
#include "run.h"
#include "result.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_FLAGS (JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(9))
#define DOCUMENT_FLAGS                                                         \
	(JSON_SORT_KEYS | JSON_INDENT(1) | JSON_REAL_PRECISION(9))

struct document {
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
				      "version", "2.0"));
	json_object_set_new(document, "run", run_begin(verb, argc, argv, seed));
	json_object_set_new(document, "build", build_json());
	json_object_set_new(document, "env", hostinfo_json());
	json_object_set_new(document, "quality",
			    json_pack("{s:o, s:n}", "measurement_warnings",
				      measurement_warnings(), "steal_share"));
	json_object_set_new(document, "backends", json_array());
	json_object_set_new(document, "cases", json_array());
	json_object_set_new(document, "cells", json_array());
	json_object_set_new(document, "performance_targets", json_array());
	json_object_set_new(document, "competitors", json_array());
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
static void stream_line(struct document *document, const json_t *value)
{
	char *text;

	if (document->stream < 0 || document->stream_failed)
		return;
	text = json_dumps(value, LINE_FLAGS);
	if (!text || !write_all(document->stream, text, strlen(text)) ||
	    !write_all(document->stream, "\n", 1)) {
		document->stream_failed = true;
		fprintf(stderr,
			"ipcmark: cannot write to %s (%s); the run goes on, "
			"but a crash would now lose its results\n",
			document->stream_path, strerror(errno));
	}
	free(text);
}

/* A device or a FIFO needs no stream: it holds no half a result. */
static bool is_special(const char *path)
{
	struct stat status;

	return !strcmp(path, "-") ||
	       (!stat(path, &status) && !S_ISREG(status.st_mode));
}

/* Says so itself if it cannot. */
static int open_stream(struct document *document, const char *path)
{
	if (output_file_check(path))
		return -1;
	document->path = strdup(path);
	if (document->path && is_special(path))
		return 0;
	if (!document->path ||
	    asprintf(&document->stream_path, "%s.jsonl", path) < 0) {
		document->stream_path = NULL;
		output_file_complain(path);
		return -1;
	}
	/* it is renamed over, and removed at the end */
	errno = EEXIST;
	if (output_file_is_own(document->stream_path))
		document->stream =
			open(document->stream_path,
			     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (document->stream < 0)
		output_file_complain(document->stream_path);
	return document->stream < 0 ? -1 : 0;
}

struct document *document_begin(const char *path, const char *verb, int argc,
				char *const *argv, uint64_t seed)
{
	struct document *document = calloc(1, sizeof(*document));

	if (!document) {
		fprintf(stderr, "ipcmark: no memory for the result\n");
		return NULL;
	}
	document->stream = -1;
	document->owner = getpid();
	if (path && open_stream(document, path)) {
		document_free(document);
		return NULL;
	}
	document->document = new_document(verb, argc, argv, seed);
	document->begun_known = cpu_ticks_read(&document->begun);
	stream_line(document, document->document);
	return document;
}

void document_add(struct document *document, const char *array, json_t *value)
{
	json_t *line;

	if (getpid() != document->owner) {
		json_decref(value);
		return;
	}
	line = json_pack("{s:s, s:O}", "array", array, "value", value);
	if (line)
		stream_line(document, line);
	json_decref(line);
	json_array_append_new(json_object_get(document->document, array),
			      value);
}

/* The lines of a snapshot, into a file beside the stream. @return it, or -1 */
static int write_snapshot(const struct document *document, const char *path,
			  const char *array, const json_t *values)
{
	struct document fresh = {
		.stream_path = document->stream_path,
		.stream = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			       0666),
	};

	if (fresh.stream < 0)
		return -1;
	stream_line(&fresh, document->document);
	for (size_t i = 0; i < json_array_size(values); i++) {
		json_t *line = json_pack("{s:s, s:O}", "array", array, "value",
					 json_array_get(values, i));

		stream_line(&fresh, line);
		json_decref(line);
	}
	if (!fresh.stream_failed && !rename(path, document->stream_path))
		return fresh.stream;
	close(fresh.stream);
	unlink(path);
	return -1;
}

void document_snapshot(struct document *document, const char *array,
		       json_t *values)
{
	char *path;
	int fresh;

	if (getpid() != document->owner || document->stream < 0 ||
	    document->stream_failed ||
	    asprintf(&path, "%s.partial", document->stream_path) < 0) {
		json_decref(values);
		return;
	}
	/* if it fails, the stream of before is still there and goes on */
	fresh = write_snapshot(document, path, array, values);
	if (fresh >= 0) {
		close(document->stream);
		document->stream = fresh;
	}
	free(path);
	json_decref(values);
}

json_t *document_json(struct document *document)
{
	return document->document;
}

/* Time that the host kept for itself during the run, and what to say. */
static void note_steal(struct document *document)
{
	json_t *quality = json_object_get(document->document, "quality");
	struct cpu_ticks now;
	char text[160];
	double share;

	if (!document->begun_known || !cpu_ticks_read(&now) ||
	    now.total <= document->begun.total)
		return;
	share = (double)(now.steal - document->begun.steal) /
		(double)(now.total - document->begun.total);
	json_object_set_new(quality, "steal_share", json_real(share));
	if (share <= 0.01)
		return;
	snprintf(
		text, sizeof(text),
		"The host of this virtual machine kept %.1f %% of the CPU time "
		"for itself during the run.",
		100 * share);
	json_array_append_new(json_object_get(quality, "measurement_warnings"),
			      json_string(text));
}

/* The id is the hash of the content, so that equal files have equal ids. */
static void seal(struct document *document, bool complete)
{
	json_t *run = json_object_get(document->document, "run");
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	char *text;

	json_object_set_new(run, "finished", run_now());
	json_object_set_new(run, "complete", json_boolean(complete));
	json_object_set_new(run, "id", json_null());
	text = json_dumps(document->document, LINE_FLAGS);
	if (!text)
		return;
	(void)crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	(void)sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	free(text);
	json_object_set_new(run, "id", json_stringn(hex, 16));
}

int document_print(const struct document *document, FILE *out)
{
	if (json_dumpf(document->document, out, DOCUMENT_FLAGS))
		return -1;
	return fputc('\n', out) == EOF || fflush(out) ? -1 : 0;
}

static int write_document(struct document *document)
{
	struct output_file file;

	if (output_file_open(&file, document->path))
		return -1;
	(void)document_print(document, file.stream);
	return output_file_close(&file);
}

int document_finish(struct document *document, bool complete)
{
	if (getpid() != document->owner)
		return -1;
	note_steal(document);
	seal(document, complete);
	if (!document->path)
		return 0;
	if (write_document(document)) {
		if (document->stream >= 0 && !document->stream_failed)
			fprintf(stderr,
				"%s: the records of the run are kept in %s\n",
				cli_program(), document->stream_path);
		return -1;
	}
	if (document->stream_path)
		unlink(document->stream_path);
	return 0;
}

void document_free(struct document *document)
{
	if (!document)
		return;
	if (document->stream >= 0)
		close(document->stream);
	json_decref(document->document);
	free(document->stream_path);
	free(document->path);
	free(document);
}
