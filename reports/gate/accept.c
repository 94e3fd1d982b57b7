/* SPDX-License-Identifier: MIT */
/*
 * ipcmark baseline accept: count a build, say what differs from the baseline,
 * and put it there, with the reason. What was there before stays in the list of
 * changes, so that a review sees old and new.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "notes.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/temporary_folder.h"

struct accept {
	struct gate *gate;
	const char *file, *head, *reason;
	json_t *document, *rows, *changes;
};

enum { KEY_FILE = 256, KEY_HEAD, KEY_REASON };

static const struct argp_option option_table[] = {
	{"file", KEY_FILE, "FILE", 0, "the baseline; made if it is not there",
	 0},
	{"head", KEY_HEAD, "SIDE", 0,
	 "what is counted: a build folder, a prefix, a back-end's .so or a git "
	 "revision",
	 0},
	{"reason", KEY_REASON, "TEXT", 0,
	 "why the counts are right as they are now", 0},
	{"filter", 'f', "REGEX", 0,
	 "rows to keep, also several (default: those in the file, else those of gate)",
	 0},
	{0}};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct accept *accept = state->input;

	switch (key) {
	case KEY_FILE:
		accept->file = cli_path("--file", argument);
		return 0;
	case KEY_HEAD:
		accept->head = cli_path("--head", argument);
		return 0;
	case KEY_REASON:
		accept->reason = argument;
		return 0;
	case 'f':
		filters_add(&accept->gate->filters, argument);
		return 0;
	case ARGP_KEY_ARG:
		cli_second_word(state, argument, "accept");
		return 0;
	case ARGP_KEY_END:
		if (!accept->file || !accept->head || !accept->reason ||
		    !*accept->reason)
			cli_refuse("--file, --head and --reason are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = take_option,
	.args_doc = "accept --file FILE --head SIDE --reason TEXT",
	.doc = "Put the counts a message of a build into a baseline, a file "
	       "that is kept with the source: system calls by name, "
	       "allocations, leaked objects."
	       "\vCounts are taken three times; those that are not exact here "
	       "are not kept, times never. `ipcmark gate --baseline FILE` "
	       "compares with it. Each change stays in the file with the old "
	       "and the new number and the reason.\n\n"
	       "Exit status: 0 written, 2 usage, 3 something failed, 4 nothing "
	       "could be counted exactly.",
};

/* ---- the new file ---- */

static void note_change(struct accept *accept, const struct gate_row *row,
			const char *count, json_t *old, json_t *now)
{
	printf("%s: %s: %s%.6g -> %s%.6g\n", row->id, count, old ? "" : "none ",
	       json_number_value(old), now ? "" : "none ",
	       json_number_value(now));
	json_array_append_new(accept->changes,
			      json_pack("{s:s, s:s, s:O?, s:O?, s:s}", "row",
					row->id, "count", count, "old", old,
					"new", now, "reason", accept->reason));
}

static bool is_kept(const struct gate_count *count)
{
	return baseline_holds(count->name) &&
	       gate_count_exact(count, GATE_HEAD);
}

/* A system call that is not made in some run has no number there. */
static void put_row(struct accept *accept, const struct gate_row *row)
{
	json_t *was = json_incref(json_object_get(accept->rows, row->id));
	json_t *counts = json_object(), *old, *now;
	const char *name;

	for (size_t i = 0; i < row->count_count; i++)
		if (is_kept(&row->counts[i]))
			json_object_set_new(
				counts, row->counts[i].name,
				json_real(row->counts[i].value[GATE_HEAD][0]));
	json_object_foreach(counts, name, now)
	{
		old = json_object_get(was, name);
		if (!old || !json_equal(old, now))
			note_change(accept, row, name, old, now);
	}
	json_object_foreach(was, name, old) if (!json_object_get(counts, name))
		note_change(accept, row, name, old, NULL);
	if (json_object_size(counts))
		json_object_set_new(accept->rows, row->id, counts);
	else
		json_decref(counts);
	json_decref(was);
}

static int write_file(struct accept *accept)
{
	FILE *out = fopen(accept->file, "we");
	bool failed = !out ||
		      json_dumpf(accept->document, out,
				 JSON_INDENT(1) | JSON_SORT_KEYS |
					 JSON_REAL_PRECISION(9)) ||
		      fputc('\n', out) == EOF;

	if (out)
		failed |= fclose(out) != 0;
	if (failed)
		fprintf(stderr, "ipcmark baseline: cannot write %s (%s)\n",
			accept->file, strerror(errno));
	return failed ? EXIT_INTERNAL : EXIT_PASS;
}

static int finish(struct accept *accept)
{
	size_t before = json_array_size(accept->changes);

	for (size_t i = 0; i < accept->gate->row_count; i++)
		put_row(accept, &accept->gate->rows[i]);
	if (!json_object_size(accept->rows)) {
		fputs("ipcmark baseline: nothing could be counted exactly\n",
		      stderr);
		return EXIT_NO_VERDICT;
	}
	if (json_array_size(accept->changes) == before) {
		puts("The baseline says the same already; it was not touched.");
		return EXIT_PASS;
	}
	json_object_set_new(accept->document, "toolchain",
			    json_string(accept->gate->head_toolchain));
	return write_file(accept);
}

/* ---- the run ---- */

/* The file as it is, or an empty one. */
static int open_file(struct accept *accept)
{
	json_error_t error;

	accept->document = json_load_file(accept->file, 0, &error);
	if (!accept->document &&
	    json_error_code(&error) != json_error_cannot_open_file) {
		fprintf(stderr, "ipcmark baseline: %s: %s\n", accept->file,
			error.text);
		return EXIT_USAGE;
	}
	if (!accept->document)
		accept->document =
			json_pack("{s:{s:s, s:s}, s:s, s:{}, s:[]}", "schema",
				  "name", "ipcmark.baseline", "version", "1.0",
				  "toolchain", "", "rows", "changes");
	accept->rows = json_object_get(accept->document, "rows");
	accept->changes = json_object_get(accept->document, "changes");
	if (json_is_object(accept->rows) && json_is_array(accept->changes))
		return EXIT_PASS;
	fprintf(stderr, "ipcmark baseline: %s is no baseline of counts\n",
		accept->file);
	return EXIT_USAGE;
}

/* Rows that are in the file, unless others are asked for. */
static void choose_rows(struct accept *accept)
{
	struct gate *gate = accept->gate;
	const char *id;
	json_t *counts;

	if (filters_narrow(&gate->filters) || !json_object_size(accept->rows))
		return;
	json_object_foreach(accept->rows, id, counts)(void) gate_row(gate, id);
	filters_add(&gate->filters, baseline_filter(gate));
}

static int run(struct accept *accept, const char *own)
{
	struct gate *gate = accept->gate;
	int code = open_file(accept);

	if (!code)
		code = side_open(
			&gate->side[GATE_HEAD], accept->head, own,
			pool_print(gate->mem_pool, "%s/head", gate->folder));
	if (code)
		return code;
	choose_rows(accept);
	code = gate_count_side(gate, GATE_HEAD);
	return code ? code : finish(accept);
}

int baseline_main(int argc, char **argv)
{
	struct gate gate = {.rules = gate_rules_default()};
	struct accept accept = {.gate = &gate};
	char *folder, *own;
	int code;

	cli_parse("ipcmark baseline", &parser, argc, argv, &accept);
	folder = temporary_folder_make("baseline");
	if (!folder)
		return EXIT_INTERNAL;
	own = side_own_program();
	gate.mem_pool = pool_create();
	gate.folder = folder;
	gate_begin(&gate);
	interrupt_catch();
	code = own ? run(&accept, own) : EXIT_INTERNAL;
	if (interrupt_requested) {
		fputs("ipcmark baseline: interrupted\n", stderr);
		code = EXIT_INTERRUPTED;
	}
	if (fflush(stdout))
		code = EXIT_INTERNAL;
	temporary_folder_remove(folder);
	side_close(&gate.side[GATE_HEAD]);
	json_decref(accept.document);
	gate_notes_free(&gate);
	filters_free(&gate.filters);
	pool_free(gate.mem_pool);
	free(own);
	return code;
}
