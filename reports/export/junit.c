/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML: a suite for each back-end with its clauses, and one with the
 * performance targets of a benchmark. A target that could not be judged is
 * skipped, not passed.
 *
 * No standard says what is valid; two schemas do that are used to refuse
 * files. Jenkins' xunit plug-in (junit-10.xsd): "testsuites" has no "skipped".
 * Maven Surefire (surefire-test-report.xsd): a "testsuite" has the counts of
 * all four kinds, a "testcase" a time with three decimals at most, "failure"
 * and "error" a type, "skipped" none. reports/tests/junit_rules.py holds files
 * against both.
 */
#include <math.h>
#include <string.h>

#include "reports/model/units.h"
#include "reports/model/verdicts.h"
#include "reports/html/html_printf.h"
#include "export.h"

/* How many test cases, and how many ended how. */
struct tally {
	size_t tests, failures, errors, skipped;
};

/* NULL for a pass: no element. */
static const char *element_of(const struct outcome *outcome)
{
	switch (verdict_find(outcome->verdict)->kind) {
	case VERDICT_GOOD:
		return NULL;
	case VERDICT_DECLARED:
		return "skipped";
	case VERDICT_OPEN:
		return strcmp(outcome->verdict, "E") ? "skipped" : "error";
	case VERDICT_BAD:
		break;
	}
	return strcmp(outcome->verdict, "C") && strcmp(outcome->verdict, "T")
		       ? "failure"
		       : "error";
}

static const char *element_of_target(const struct performance_target *target)
{
	return target->met < 0 ? "skipped" : target->met ? NULL : "failure";
}

static void count(struct tally *tally, const char *element)
{
	tally->tests++;
	tally->failures += element && !strcmp(element, "failure");
	tally->errors += element && !strcmp(element, "error");
	tally->skipped += element && !strcmp(element, "skipped");
}

/* Of one back-end, or of all if it is NULL. */
static void count_cases(const struct model *model,
			const struct backend *backend, struct tally *tally)
{
	for (size_t i = 0; i < model->case_count; i++)
		if (!backend || model->cases[i].backend == backend)
			count(tally, element_of(&model->cases[i]));
}

static void count_targets(const struct model *model, struct tally *tally)
{
	for (size_t i = 0; i < model->target_count; i++)
		count(tally, element_of_target(&model->targets[i]));
}

static void put_tally(FILE *out, const struct tally *tally)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
		tally->tests, tally->failures, tally->errors);
}

static void put_suite_tally(FILE *out, const struct tally *tally)
{
	put_tally(out, tally);
	fprintf(out, " skipped=\"%zu\">\n", tally->skipped);
}

/* What did not pass, up to its text. */
static void put_element(FILE *out, const char *element, const char *type,
			const char *message)
{
	html_printf(out, ">\n   <{}", element);
	if (strcmp(element, "skipped"))
		html_printf(out, " type=\"{}\"", type);
	html_printf(out, " message=\"{}\">", message);
}

static void put_case(FILE *out, const struct model *model,
		     const struct outcome *outcome)
{
	const char *element = element_of(outcome), *word;
	double seconds =
		isfinite(outcome->duration_ns) ? outcome->duration_ns / 1e9 : 0;

	html_printf(out, "  <testcase classname=\"{}.{}\" name=\"{}: {}\"",
		    outcome->backend->name, outcome->level, outcome->id,
		    outcome->title);
	fprintf(out, " time=\"%.3f\"", seconds);
	if (!element) {
		fputs("/>\n", out);
		return;
	}
	word = verdict_find(outcome->verdict)->word;
	put_element(out, element, word,
		    pool_print(model->mem_pool, "%s %s: %s", outcome->verdict,
			       word,
			       *outcome->observed ? outcome->observed
						  : outcome->reason));
	html_printf(out,
		    "expected: {}\nobserved: {}\nwhere: {}\nseed: {}\n"
		    "again: {}</{}>\n  </testcase>\n",
		    outcome->expected, outcome->observed, outcome->reason,
		    outcome->seed, outcome->reproduce, element);
}

/* The scores, where tools show the properties of a suite. */
static void put_scores(FILE *out, const struct model *model,
		       const struct backend *backend)
{
	fputs("  <properties>\n", out);
	for (int level = 0; level < VERDICT_LEVELS; level++)
		html_printf(out,
			    "   <property name=\"score.{}\" value=\"{}\"/>\n",
			    verdict_levels[level],
			    verdict_score_text(model, backend,
					       verdict_levels[level]));
	html_printf(out,
		    "   <property name=\"conclusion\" value=\"{}\"/>\n"
		    "  </properties>\n",
		    verdict_conclusion(model, backend));
}

static void put_backend(FILE *out, const struct model *model,
			const struct backend *backend)
{
	struct tally tally = {0};

	count_cases(model, backend, &tally);
	html_printf(out, " <testsuite name=\"{}\"", backend->name);
	put_suite_tally(out, &tally);
	put_scores(out, model, backend);
	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend)
			put_case(out, model, &model->cases[i]);
	fputs(" </testsuite>\n", out);
}

static const char *figure(const struct model *model,
			  const struct performance_target *target, double value)
{
	if (!isfinite(value))
		return "none";
	if (!strcmp(target->unit, "1"))
		return unit_ratio(model->mem_pool, value);
	return unit_value(model->mem_pool, value, target->unit);
}

static void put_target(FILE *out, const struct model *model,
		       const struct performance_target *target)
{
	const char *element = element_of_target(target);
	const char *message = target->reason;

	html_printf(
		out,
		"  <testcase classname=\"performance_targets\" name=\"{}: {}\" "
		"time=\"0.000\"",
		target->name, target->what);
	if (!element) {
		fputs("/>\n", out);
		return;
	}
	if (!strcmp(element, "failure"))
		message =
			pool_print(model->mem_pool,
				   "%s (interval %s to %s), wanted at %s %s",
				   figure(model, target, target->value),
				   figure(model, target, target->ci_lo),
				   figure(model, target, target->ci_hi),
				   target->higher_is_better ? "least" : "most",
				   figure(model, target, target->wanted));
	put_element(out, element, "missed", message);
	html_printf(out, "</{}>\n  </testcase>\n", element);
}

static void put_targets(FILE *out, const struct model *model)
{
	struct tally tally = {0};

	if (!model->target_count)
		return;
	count_targets(model, &tally);
	fputs(" <testsuite name=\"performance_targets\"", out);
	put_suite_tally(out, &tally);
	for (size_t i = 0; i < model->target_count; i++)
		put_target(out, model, &model->targets[i]);
	fputs(" </testsuite>\n", out);
}

void junit_write(const struct model *model, FILE *out)
{
	const struct backend *const *list;
	size_t backends = verdict_backends(model, &list);
	struct tally tally = {0};

	count_cases(model, NULL, &tally);
	count_targets(model, &tally);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"ipcmark\"",
	      out);
	put_tally(out, &tally);
	fputs(">\n", out);
	for (size_t i = 0; i < backends; i++)
		put_backend(out, model, list[i]);
	put_targets(out, model);
	fputs("</testsuites>\n", out);
}
