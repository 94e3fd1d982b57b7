/* SPDX-License-Identifier: MIT */
/* Reading, judging and writing a baseline; see baseline.h. */
#include "baseline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reports/cliutil/cli.h"
#include "reports/cliutil/output_file.h"

/* "2027-03-31" or "-" */
enum { DAY_BYTES = 11, BACKEND_BYTES = 64, KNOWN_DAYS = 30 };

struct entry {
	const struct clause *clause;
	char backend[BACKEND_BYTES];
	enum verdict verdict;
	char until[DAY_BYTES];
	unsigned line;
};

struct baseline {
	const char *path;
	struct entry *list;
	size_t count;
};

/* ---- reading ---- */

static bool is_day(const char *text)
{
	struct tm day = {0};
	const char *end = strptime(text, "%Y-%m-%d", &day);

	return end && !*end && strlen(text) == DAY_BYTES - 1;
}

static bool may_be_listed(enum verdict verdict)
{
	return verdict_is_red(verdict) || verdict == VERDICT_UNSUPPORTED ||
	       verdict == VERDICT_LIMIT;
}

/* VERDICT_PASS if it is none that may be listed. */
static enum verdict verdict_of(const char *letter)
{
	for (enum verdict v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		if (may_be_listed(v) && !strcmp(letter, verdict_letter(v)))
			return v;
	return VERDICT_PASS;
}

static const struct entry *find(const struct baseline *baseline, const char *id,
				const char *backend)
{
	for (size_t i = 0; i < baseline->count; i++)
		if (!strcmp(baseline->list[i].clause->id, id) &&
		    !strcmp(baseline->list[i].backend, backend))
			return &baseline->list[i];
	return NULL;
}

static void check_entry(const struct baseline *baseline,
			const struct entry *entry, const char *letter)
{
	const struct entry *twin;

	if (entry->verdict == VERDICT_PASS)
		cli_refuse("%s:%u: the verdict is F, C, T, D, U or L, not "
			   "\"%s\"",
			   baseline->path, entry->line, letter);
	if (verdict_is_red(entry->verdict) && !is_day(entry->until))
		cli_refuse("%s:%u: a known failure has a last day such as "
			   "2027-03-31, not \"%s\"",
			   baseline->path, entry->line, entry->until);
	twin = find(baseline, entry->clause->id, entry->backend);
	if (twin)
		cli_refuse("%s:%u: %s of %s stands in line %u already",
			   baseline->path, entry->line, entry->clause->id,
			   entry->backend, twin->line);
}

/* The next word of a line, or "". */
static const char *word(char **rest)
{
	char *one;

	do
		one = strsep(rest, " \t\n");
	while (one && !*one);
	return one ? one : "";
}

static void add(struct baseline *baseline, char *text, unsigned line)
{
	const char *id = word(&text), *backend = word(&text);
	const char *letter = word(&text), *until = word(&text);
	struct entry entry = {.clause = clause_find(id),
			      .verdict = verdict_of(letter),
			      .line = line};
	struct entry *list;

	if (!entry.clause)
		cli_refuse("%s:%u: there is no clause \"%s\"; take the line "
			   "out",
			   baseline->path, line, id);
	if (!*until || !*word(&text))
		cli_refuse("%s:%u: a line has clause, back-end, verdict, last "
			   "day or -, and a reason",
			   baseline->path, line);
	(void)snprintf(entry.backend, sizeof(entry.backend), "%s", backend);
	(void)snprintf(entry.until, sizeof(entry.until), "%s", until);
	check_entry(baseline, &entry, letter);
	list = realloc(baseline->list,
		       (baseline->count + 1) * sizeof(*baseline->list));
	if (!list)
		cli_refuse("no memory");
	baseline->list = list;
	baseline->list[baseline->count++] = entry;
}

struct baseline *baseline_read(const char *path)
{
	struct baseline *baseline = calloc(1, sizeof(*baseline));
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	unsigned line = 0;

	if (!baseline)
		cli_refuse("no memory");
	if (!in)
		cli_refuse("cannot read %s (%s)", path, strerror(errno));
	baseline->path = path;
	while (getline(&text, &room, in) >= 0) {
		line++;
		if (text[strspn(text, " \t\n")] && *text != '#')
			add(baseline, text, line);
	}
	if (ferror(in))
		cli_refuse("cannot read %s", path);
	free(text);
	(void)fclose(in);
	return baseline;
}

void baseline_free(struct baseline *baseline)
{
	if (!baseline)
		return;
	free(baseline->list);
	free(baseline);
}

/* ---- judging ---- */

static void print_day(time_t when, char ret_day[DAY_BYTES])
{
	struct tm day;

	if (!gmtime_r(&when, &day) ||
	    !strftime(ret_day, DAY_BYTES, "%Y-%m-%d", &day))
		ret_day[0] = '\0';
}

static bool is_expired(const struct entry *entry)
{
	char today[DAY_BYTES];

	print_day(time(NULL), today);
	return strcmp(today, entry->until) > 0;
}

static bool works(enum verdict verdict)
{
	return verdict == VERDICT_PASS || verdict == VERDICT_UNSUPPORTED;
}

/* A cell of which nothing is listed: it passed. */
static void judge_plain(const struct cell *cell, struct baseline_result *result,
			FILE *out)
{
	if (cell->verdict == VERDICT_PASS) {
		result->holds++;
	} else if (verdict_is_open(cell->verdict)) {
		result->open++;
		(void)fprintf(out, "  %s %s: %s, could not be judged\n",
			      cell->clause->id, cell->backend,
			      verdict_letter(cell->verdict));
	} else {
		result->regressed++;
		(void)fprintf(out, "  %s %s: %s, and it must pass\n",
			      cell->clause->id, cell->backend,
			      verdict_letter(cell->verdict));
	}
}

static void judge_failure(const struct cell *cell, const struct entry *entry,
			  struct baseline_result *result, FILE *out)
{
	if (!verdict_is_red(cell->verdict)) {
		result->passes_again++;
		(void)fprintf(out,
			      "  %s %s: %s, known to fail: take line %u out\n",
			      cell->clause->id, cell->backend,
			      verdict_letter(cell->verdict), entry->line);
	} else if (is_expired(entry)) {
		result->expired++;
		(void)fprintf(out,
			      "  %s %s: %s, known until %s (line %u): that day "
			      "has passed\n",
			      cell->clause->id, cell->backend,
			      verdict_letter(cell->verdict), entry->until,
			      entry->line);
	} else {
		result->known++;
	}
}

static void judge(const struct baseline *baseline, const struct cell *cell,
		  struct baseline_result *result, FILE *out)
{
	const struct entry *entry =
		find(baseline, cell->clause->id, cell->backend);

	if (!entry || (verdict_is_open(cell->verdict) &&
		       cell->verdict != entry->verdict)) {
		judge_plain(cell, result, out);
	} else if (verdict_is_red(entry->verdict)) {
		judge_failure(cell, entry, result, out);
	} else if (cell->verdict == entry->verdict) {
		result->holds++;
	} else if (works(cell->verdict)) {
		result->passes_again++;
		(void)fprintf(out,
			      "  %s %s: %s, listed as %s: take line %u "
			      "out\n",
			      cell->clause->id, cell->backend,
			      verdict_letter(cell->verdict),
			      verdict_letter(entry->verdict), entry->line);
	} else {
		judge_plain(cell, result, out);
	}
}

struct baseline_result baseline_judge(const struct baseline *baseline,
				      const struct cell *cells, size_t count,
				      FILE *out)
{
	struct baseline_result result = {0};

	(void)fprintf(out, "\nAgainst %s\n", baseline->path);
	for (size_t i = 0; i < count; i++)
		judge(baseline, &cells[i], &result, out);
	(void)fprintf(out,
		      "%zu hold, %zu known failures, %zu regressed, %zu "
		      "expired, %zu pass again, %zu could not be judged\n",
		      result.holds, result.known, result.regressed,
		      result.expired, result.passes_again, result.open);
	return result;
}

/* ---- writing ---- */

static void write_entry(FILE *out, const struct cell *cell, const char *day)
{
	bool red = verdict_is_red(cell->verdict);
	const char *reason = red	     ? "reason: to be written"
			     : *cell->reason ? cell->reason
					     : "as declared";

	(void)fprintf(out, "%-11s %-10s %-8s %-11s %.*s\n", cell->clause->id,
		      cell->backend, verdict_letter(cell->verdict),
		      red ? day : "-", (int)strcspn(reason, "\n"), reason);
}

int baseline_write(const char *path, const struct cell *cells, size_t count)
{
	struct output_file file;
	char day[DAY_BYTES];

	if (output_file_open(&file, path))
		return -1;
	print_day(time(NULL) + (time_t)KNOWN_DAYS * 24 * 60 * 60, day);
	(void)fprintf(file.stream,
		      "# ipcmark check: baseline 1\n"
		      "# %-9s %-10s %-8s %-11s %s\n",
		      "clause", "back-end", "verdict", "until", "reason");
	for (size_t i = 0; i < count; i++)
		if (may_be_listed(cells[i].verdict))
			write_entry(file.stream, &cells[i], day);
	return output_file_close(&file);
}
