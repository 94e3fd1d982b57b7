/* SPDX-License-Identifier: MIT */
/*
 * What conformance and bench both need besides the library: the environment
 * and build record, the result file, progress on the terminal, exit codes,
 * interruption. Nothing here is installed; nothing here measures or checks.
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
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"

/** Exit codes of every ipcmark program (design.md section 10). */
enum exit_code {
	EXIT_PASS = 0,	       /**< ran, and what was asked holds */
	EXIT_VERDICT = 1,      /**< non-conformant, regression */
	EXIT_USAGE = 2,	       /**< bad option, filter that matches nothing */
	EXIT_INTERNAL = 3,     /**< something needed failed */
	EXIT_NO_VERDICT = 4,   /**< a verdict was required and there is none */
	EXIT_UNAVAILABLE = 77, /**< nothing can run on this host */
	EXIT_INTERRUPTED = 130 /**< Ctrl-C; what was done is kept */
};

/** Environment of this host and process; new reference. See hostinfo.c. */
json_t *hostinfo_json(void);

/** Compiler, flags, libraries, sanitizers of this build; new reference. */
json_t *build_json(void);

/**
 * Reasons to distrust times measured now (debug build, sanitizer, load,
 * steal ...): a JSON array of sentences, empty if there is none.
 */
json_t *measurement_warnings(void);

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

/** Write the document. @return 0, or -1 after printing one sentence. */
int document_finish(struct document *document, bool complete);

/** Free; NULL is fine. */
void document_free(struct document *document);

/**
 * A back-end as an entry of "backends"; new reference. Built-in ones are not
 * listed there.
 */
json_t *backend_json(const struct ipcm_backend *backend);

/** --backend: the path of a shared object, that is with a '/' or ".so" at the
 *  end, rather than a name? */
bool backend_is_path(const char *text);

/** Set by the first SIGINT or SIGTERM after interrupt_catch. */
extern volatile sig_atomic_t interrupt_requested;

/** First Ctrl-C sets the flag, the second kills. Children: call
 *  interrupt_default right after fork. */
void interrupt_catch(void);
void interrupt_default(void);

/** Progress on stderr: a bar on a terminal, else a line a step. */
enum progress_style {
	PROGRESS_AUTO,
	PROGRESS_BAR,
	PROGRESS_PLAIN,
	PROGRESS_NONE
};
void progress_begin(enum progress_style how, unsigned total);
/** One step is about to start, or was done with a result. */
void progress_step(const char *label, const char *result);
/** What the caller knows better than a step's average: seconds until all is
 *  done; holds until it is called again or the next begin. */
void progress_left(double seconds);
void progress_end(void);
/** "auto|bar|plain|none"; @return false if it is none of these. */
bool progress_parse(const char *text, enum progress_style *ret_how);

/** Should this stream be coloured? Terminal and no NO_COLOR. */
bool terminal_colour(int fd);

#endif
