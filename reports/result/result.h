/* SPDX-License-Identifier: MIT */
/*
 * What conformance and bench both need besides the library: the environment
 * and build record, the result file, progress on the terminal, exit codes,
 * interruption. Nothing here is installed; nothing here measures or checks.
 *
 * A result file is ONE JSON document (schema: reports/result/schema.json).
 * While a run goes on, every record is appended to FILE.jsonl, so that a crash
 * loses one record; record_finish folds them into the document and removes the
 * stream. Keys are sorted; times are integers in nanoseconds, sizes in bytes;
 * a number that does not exist is null with a reason beside it, never NaN.
 */
#ifndef IPCMARK_RECORD_H
#define IPCMARK_RECORD_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"

/** Exit codes of every ipcmark program (design.md section 10). */
enum record_exit {
	EXIT_HOLDS = 0,	       /**< ran, and what was asked holds */
	EXIT_VERDICT = 1,      /**< non-conformant, regression */
	EXIT_USAGE = 2,	       /**< bad option, filter that matches nothing */
	EXIT_MACHINERY = 3,    /**< something needed failed */
	EXIT_NO_VERDICT = 4,   /**< a verdict was required and there is none */
	EXIT_UNAVAILABLE = 77, /**< nothing can run on this host */
	EXIT_INTERRUPTED = 130 /**< Ctrl-C; what was done is kept */
};

/** Environment of this host and process; new reference. See hostinfo.c. */
json_t *record_env(void);

/** Compiler, flags, libraries, sanitizers of this build; new reference. */
json_t *record_build(void);

/**
 * Reasons to distrust times measured now (debug build, sanitizer, load,
 * steal ...): a JSON array of sentences, empty if there is none.
 */
json_t *record_distrust(void);

struct record;

/**
 * Start a result file.
 * @param path where the document will be written; NULL keeps it in memory.
 *        A path that cannot be written prints one sentence and gives NULL.
 * @param verb "check" or "bench"
 * @param argc, argv the command line, for the reproduce line
 * @param seed the run's seed
 */
struct record *record_begin(const char *path, const char *verb, int argc,
			    char *const *argv, uint64_t seed);

/**
 * Add one record to an array of the document ("backends", "cases", "cells",
 * "warnings").
 * Steals the reference. Must be called by the process that began.
 */
void record_add(struct record *record, const char *array, json_t *value);

/**
 * Put into the stream, and only there, what is known by now of records that
 * still change: as if `values` (an array, stolen) had been added to the array.
 * The stream is written anew and put in place by rename, so that it never
 * grows, and is whole at every moment. Without a stream nothing happens.
 */
void record_snapshot(struct record *record, const char *array, json_t *values);

/** The document so far; borrowed reference, valid until record_free. */
json_t *record_document(struct record *record);

/** Write the document. @return 0, or -1 after printing one sentence. */
int record_finish(struct record *record, bool complete);

/** Free; NULL is fine. */
void record_free(struct record *record);

/**
 * A back-end as an entry of "backends"; new reference. Built-in ones are not
 * listed there.
 */
json_t *record_backend(const struct ipcm_backend *backend);

/** --backend: the path of a shared object, that is with a '/' or ".so" at the
 *  end, rather than a name? */
bool record_backend_is_path(const char *text);

/** Set by the first SIGINT or SIGTERM after record_catch_interrupts. */
extern volatile sig_atomic_t record_interrupted;

/** First Ctrl-C sets the flag, the second kills. Children: call
 *  record_default_signals right after fork. */
void record_catch_interrupts(void);
void record_default_signals(void);

/** Progress on stderr: a bar on a terminal, else a line a step. */
enum record_progress {
	PROGRESS_AUTO,
	PROGRESS_BAR,
	PROGRESS_PLAIN,
	PROGRESS_NONE
};
void record_progress_begin(enum record_progress how, unsigned total);
/** One step is about to start, or was done with a result. */
void record_progress_step(const char *label, const char *result);
/** What the caller knows better than a step's average: seconds until all is
 *  done; holds until it is called again or the next begin. */
void record_progress_left(double seconds);
void record_progress_end(void);
/** "auto|bar|plain|none"; @return false if it is none of these. */
bool record_progress_parse(const char *text, enum record_progress *ret_how);

/** Should this stream be coloured? Terminal and no NO_COLOR. */
bool record_colour(int fd);

#endif
