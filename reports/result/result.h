/* SPDX-License-Identifier: MIT */
/*
 * The result file, with the records of environment and build. Nothing here is
 * installed; nothing here measures or checks.
 *
 * A result file is ONE JSON document (schema: reports/result/schema.json).
 * While a run goes on, every record is appended to FILE.jsonl, so that a crash
 * loses one record; document_finish folds them into the document and removes
 * the stream. Keys are sorted; times are integers in nanoseconds, sizes in
 * bytes; a number that does not exist is null with a reason beside it, never
 * NaN.
 */
#ifndef IPCMARK_REPORTS_RESULT_RESULT_H
#define IPCMARK_REPORTS_RESULT_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ipcmark/backend.h"

struct document;

/**
 * Start a result file.
 * @param path where the document will be written; NULL keeps it in memory.
 *        A path that cannot be written prints one sentence and gives NULL.
 * @param verb "check" or "bench"
 * @param argc, argv the command line, for the reproduce line
 * @param seed the run's seed
 */
struct document *document_begin(const char *path, const char *verb, int argc,
				char *const *argv, uint64_t seed);

/**
 * Add one record to an array of the document ("backends", "cases", "cells",
 * "warnings").
 * Steals the reference. Must be called by the process that began.
 */
void document_add(struct document *document, const char *array, json_t *value);

/**
 * Put into the stream, and only there, what is known by now of records that
 * still change: as if `values` (an array, stolen) had been added to the array.
 * The stream is written anew and put in place by rename, so that it never
 * grows, and is whole at every moment. Without a stream nothing happens.
 */
void document_snapshot(struct document *document, const char *array,
		       json_t *values);

/** The document so far; borrowed reference, valid until document_free. */
json_t *document_json(struct document *document);

/** Print the document so far. @return 0, or -1 */
int document_print(const struct document *document, FILE *out);

/** Write the document. @return 0, or -1 after printing one sentence. */
int document_finish(struct document *document, bool complete);

/** Free; NULL is fine. */
void document_free(struct document *document);

/**
 * A back-end as an entry of "backends"; new reference. Built-in ones are not
 * listed there.
 */
json_t *backend_json(const struct ipcm_backend *backend);

#endif
