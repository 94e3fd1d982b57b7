/* SPDX-License-Identifier: MIT */
/* The answer of a gate run, as text, Markdown and JSON. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "gate.h"
#include "print.h"
#include "reports/cliutil/exit_code.h"
#include "reports/result/escape.h"

/* ---- sentences ---- */

const char *print_conclusion(const struct gate *gate)
{
	switch (gate_exit_code(gate)) {
	case EXIT_VERDICT:
		return "REGRESSED";
	case EXIT_NO_VERDICT:
		return gate->doubt_count ? "UNTRUSTED" : "NOT JUDGED";
	default:
		return "no regression was found";
	}
}

static double percent(double log_ratio)
{
	return 100 * expm1(log_ratio);
}

/* "+12.3 % [+8.1, +16.0]" */
const char *print_change(const struct gate *gate, const struct gate_row *row)
{
	const struct signed_rank *interval = &row->interval;

	if (!row->timed)
		return "not timed";
	if (isnan(interval->middle))
		return "-";
	if (isnan(interval->lo))
		return pool_print(gate->mem_pool, "%+.1f %%",
				  percent(interval->middle));
	return pool_print(gate->mem_pool, "%+.1f %% [%+.1f, %+.1f]",
			  percent(interval->middle), percent(interval->lo),
			  percent(interval->hi));
}

static const char *count_text(const struct gate *gate,
			      const struct gate_count *count)
{
	return pool_print(gate->mem_pool, "%s %.6g -> %.6g", count->name,
			  count->value[GATE_BASE][0],
			  count->value[GATE_HEAD][0]);
}

/* "rose: read (recv) 1 -> 2, allocations 0 -> 1"; "" if none did that. */
static const char *counts_that(const struct gate *gate,
			       const struct gate_row *row,
			       enum count_change change, const char *word)
{
	const char *text = "";

	for (size_t i = 0; i < row->count_count; i++)
		if (row->counts[i].change == change)
			text = pool_print(gate->mem_pool, "%s%s%s", text,
					  *text ? ", " : word,
					  count_text(gate, &row->counts[i]));
	return text;
}

/* The counts of a row that moved; "" if none did. */
static const char *moved_counts(const struct gate *gate,
				const struct gate_row *row)
{
	const char *rose = counts_that(gate, row, COUNT_ROSE, "rose: ");
	const char *fell = counts_that(gate, row, COUNT_FELL, "fell: ");

	return pool_print(gate->mem_pool, "%s%s%s", rose,
			  *rose && *fell ? "; " : "", fell);
}

/* Is there one that could be judged? */
static bool counts_exact(const struct gate_row *row)
{
	for (size_t i = 0; i < row->count_count; i++)
		if (row->counts[i].change != COUNT_NOISY)
			return true;
	return false;
}

static bool time_moved(const struct gate_row *row)
{
	return row->timed && (row->verdict == GATE_REGRESSED ||
			      row->verdict == GATE_IMPROVED);
}

const char *print_explanation(const struct gate *gate,
			      const struct gate_row *row)
{
	const char *moved = moved_counts(gate, row);

	if (*moved)
		return moved;
	if (!row->count_count)
		return time_moved(row) ? "timing only: this row was not counted"
				       : "not counted";
	if (!counts_exact(row))
		return "not exact on this host";
	if (!time_moved(row))
		return "equal";
	return "timing only: all counts are equal; suspect the layout of the "
	       "code, or the host";
}

const char *print_totals(const struct gate *gate)
{
	if (gate->same_code)
		return "nothing was measured: the code of base and head is the "
		       "same, byte by byte; --force measures all the same";
	return pool_print(
		gate->mem_pool,
		"%zu rows, %zu of them regressed and %zu not compared; times: "
		"%zu regressed, %zu improved, %zu without a regression above "
		"%.3g %%, %zu inconclusive; counts a message: %zu rose, %zu "
		"fell, %zu equal, %zu not exact on this host",
		gate->row_count, gate_rows_with(gate, GATE_REGRESSED),
		gate_rows_with(gate, GATE_NOT_COMPARED),
		gate_times_with(gate, GATE_REGRESSED),
		gate_times_with(gate, GATE_IMPROVED),
		gate_times_with(gate, GATE_NO_REGRESSION),
		100 * gate->rules.margin,
		gate_times_with(gate, GATE_INCONCLUSIVE),
		gate_counts_with(gate, COUNT_ROSE),
		gate_counts_with(gate, COUNT_FELL),
		gate_counts_with(gate, COUNT_SAME),
		gate_counts_with(gate, COUNT_NOISY));
}

static bool is_red(const struct gate *gate, const struct gate_row *row)
{
	return gate_row_verdict(gate, row) == GATE_REGRESSED;
}

const char *print_verdict(const struct gate *gate, const struct gate_row *row)
{
	enum gate_verdict verdict = gate_row_verdict(gate, row);
	const char *name = gate_verdict_name(verdict);

	if (verdict == GATE_NOT_COMPARED && row->absent)
		return pool_print(gate->mem_pool, "%s: %s", name, row->absent);
	if (verdict == GATE_REGRESSED &&
	    (!row->timed || gate->doubt_count || row->verdict != verdict))
		return pool_print(gate->mem_pool, "%s by counts", name);
	return name;
}

/* ---- text ---- */

void gate_print_text(const struct gate *gate, FILE *out)
{
	fprintf(out, "base  %s\nhead  %s\n\n", gate->side[GATE_BASE].name,
		gate->side[GATE_HEAD].name);
	for (size_t i = 0; i < gate->row_count; i++) {
		const struct gate_row *row = &gate->rows[i];

		fprintf(out, "%-52s %-14s %s\n", row->id,
			print_verdict(gate, row), print_change(gate, row));
		if (is_red(gate, row) || *moved_counts(gate, row))
			fprintf(out, "    %s\n", print_explanation(gate, row));
	}
	fprintf(out, "\n%s\n", print_totals(gate));
	for (size_t i = 0; i < gate->doubt_count; i++)
		fprintf(out, "untrusted: %s\n", gate->doubts[i]);
	for (size_t i = 0; i < gate->note_count; i++)
		fprintf(out, "%s\n", gate->notes[i]);
	if (gate->out_of_time)
		fprintf(out,
			"the time was up after %zu blocks: more with "
			"--budget\n",
			gate->screen_blocks);
	fprintf(out, "%s\n", print_conclusion(gate));
}

/* ---- Markdown ---- */

static void put_row(const struct gate *gate, const struct gate_row *row,
		    FILE *out)
{
	fputs("| ", out);
	escape_markdown_code(out, row->id);
	fputs(" | ", out);
	escape_markdown(out, print_verdict(gate, row));
	fputs(" | ", out);
	escape_markdown(out, print_change(gate, row));
	fputs(" | ", out);
	escape_markdown(out, print_explanation(gate, row));
	fputs(" |\n", out);
}

static void put_rows(const struct gate *gate, bool red, FILE *out)
{
	fputs("\n| Row | Verdict | Time of head over base | Counts a message "
	      "|\n| --- | --- | --- | --- |\n",
	      out);
	for (size_t i = 0; i < gate->row_count; i++)
		if (is_red(gate, &gate->rows[i]) == red)
			put_row(gate, &gate->rows[i], out);
}

void gate_print_markdown(const struct gate *gate, FILE *out)
{
	size_t red = gate_rows_with(gate, GATE_REGRESSED);

	fprintf(out,
		"### ipcmark gate: %s\n\n- base: ", print_conclusion(gate));
	escape_markdown_code(out, gate->side[GATE_BASE].name);
	fputs("\n- head: ", out);
	escape_markdown_code(out, gate->side[GATE_HEAD].name);
	fputs("\n- ", out);
	escape_markdown(out, print_totals(gate));
	fputc('\n', out);
	for (size_t i = 0; i < gate->doubt_count; i++) {
		fputs("- **untrusted**: ", out);
		escape_markdown(out, gate->doubts[i]);
		fputc('\n', out);
	}
	for (size_t i = 0; i < gate->note_count; i++) {
		fputs("- ", out);
		escape_markdown(out, gate->notes[i]);
		fputc('\n', out);
	}
	if (red)
		put_rows(gate, true, out);
	if (gate->row_count == red)
		return;
	fprintf(out, "\n<details><summary>%zu other rows</summary>\n",
		gate->row_count - red);
	put_rows(gate, false, out);
	fputs("\n</details>\n", out);
}

/* ---- JUnit ---- */

/* NULL for a pass. */
static const char *element_of(const struct gate *gate,
			      const struct gate_row *row)
{
	switch (gate_row_verdict(gate, row)) {
	case GATE_REGRESSED:
		return "failure";
	case GATE_IMPROVED:
	case GATE_NO_REGRESSION:
		return NULL;
	default:
		return "skipped";
	}
}

static size_t element_count(const struct gate *gate, const char *element)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->row_count; i++) {
		const char *one = element_of(gate, &gate->rows[i]);

		count += one && !strcmp(one, element);
	}
	return count;
}

static void put_case(const struct gate *gate, const struct gate_row *row,
		     FILE *out)
{
	const char *element = element_of(gate, row);

	fputs("    <testcase classname=\"ipcmark.gate\" name=\"", out);
	escape_xml(out, row->id);
	/* as reports/export/junit.c says what is valid */
	fputs("\" time=\"0.000\"", out);
	if (!element) {
		fputs("/>\n", out);
		return;
	}
	fprintf(out, ">\n      <%s%s message=\"", element,
		strcmp(element, "failure") ? "" : " type=\"regression\"");
	escape_xml(out, print_verdict(gate, row));
	fputs("; ", out);
	escape_xml(out, print_change(gate, row));
	fputs("; ", out);
	escape_xml(out, print_explanation(gate, row));
	fputs("\"/>\n    </testcase>\n", out);
}

/* Readers of such files take a suite without a case for a failure. */
static void put_same_code(FILE *out)
{
	fputs("    <testcase classname=\"ipcmark.gate\" "
	      "name=\"the code of both sides is the same\" time=\"0.000\"/>\n",
	      out);
}

void gate_print_junit(const struct gate *gate, FILE *out)
{
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"ipcmark gate\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		gate->row_count + gate->same_code,
		element_count(gate, "failure"), element_count(gate, "skipped"));
	if (gate->same_code)
		put_same_code(out);
	for (size_t i = 0; i < gate->row_count; i++)
		put_case(gate, &gate->rows[i], out);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

/* ---- JSON ---- */

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *values_json(const double *value, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, number(value[i]));
	return list;
}

static json_t *sentences_json(const char *const *sentence, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(sentence[i]));
	return list;
}

static json_t *count_json(const struct gate_count *count)
{
	static const char *const changes[] = {"same", "rose", "fell", "noisy"};

	return json_pack(
		"{s:s, s:s, s:o, s:o}", "name", count->name, "change",
		changes[count->change], "base",
		values_json(count->value[GATE_BASE], count->runs[GATE_BASE]),
		"head",
		values_json(count->value[GATE_HEAD], count->runs[GATE_HEAD]));
}

static json_t *row_json(const struct gate *gate, const struct gate_row *row)
{
	json_t *counts = json_array();

	for (size_t i = 0; i < row->count_count; i++)
		json_array_append_new(counts, count_json(&row->counts[i]));
	return json_pack(
		"{s:s, s:b, s:s, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o, s:o}",
		"id", row->id, "timed", row->timed, "verdict",
		gate_verdict_name(gate_row_verdict(gate, row)), "time_verdict",
		row->timed ? gate_verdict_name(row->verdict) : NULL, "absent",
		row->absent, "time_change", number(expm1(row->interval.middle)),
		"time_change_lo", number(expm1(row->interval.lo)),
		"time_change_hi", number(expm1(row->interval.hi)), "screen",
		values_json(row->screen, row->screened), "confirm",
		values_json(row->confirm, row->confirmed), "counts", counts);
}

void gate_print_json(const struct gate *gate, FILE *out)
{
	json_t *rows = json_array(), *document;

	for (size_t i = 0; i < gate->row_count; i++)
		json_array_append_new(rows, row_json(gate, &gate->rows[i]));
	document = json_pack(
		"{s:{s:s, s:s}, s:s, s:i, s:s, s:s, s:f, s:I, s:I, s:I, s:b, "
		"s:b, s:o, s:o, s:o, s:o}",
		"schema", "name", "ipcmark.gate", "version", "1.3",
		"conclusion", print_conclusion(gate), "exit",
		gate_exit_code(gate), "base", gate->side[GATE_BASE].name,
		"head", gate->side[GATE_HEAD].name, "margin",
		gate->rules.margin, "seed", (json_int_t)gate->seed,
		"screen_blocks", (json_int_t)gate->screen_blocks,
		"confirm_blocks", (json_int_t)gate->confirm_blocks,
		"out_of_time", gate->out_of_time, "same_code", gate->same_code,
		"untrusted", sentences_json(gate->doubts, gate->doubt_count),
		"notes", sentences_json(gate->notes, gate->note_count),
		"control",
		values_json(gate->control.value, gate->control.count), "rows",
		rows);
	if (document && !json_dumpf(document, out, JSON_INDENT(1)))
		fputc('\n', out);
	json_decref(document);
}
