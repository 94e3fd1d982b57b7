/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML: a suite for each back-end with its clauses, and one with the
 * performance targets of a benchmark. A target that could not be judged is
 * skipped, not passed.
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

/* NULL for a pass. */
static const char *element_of(const struct kase *kase)
{
	switch (verdict_find(kase->verdict)->kind) {
	case VERDICT_GOOD:
		return NULL;
	case VERDICT_DECLARED:
		return "skipped";
	case VERDICT_OPEN:
		return strcmp(kase->verdict, "E") ? "skipped" : "error";
	case VERDICT_BAD:
		break;
	}
	return strcmp(kase->verdict, "C") && strcmp(kase->verdict, "T")
		       ? "failure"
		       : "error";
}

static const char *element_of_ratio(const struct ratio *ratio)
{
	return ratio->met < 0 ? "skipped" : ratio->met ? NULL : "failure";
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

static void count_ratios(const struct model *model, struct tally *tally)
{
	for (size_t i = 0; i < model->ratio_count; i++)
		count(tally, element_of_ratio(&model->ratios[i]));
}

static void put_tally(FILE *out, const struct tally *tally)
{
	fprintf(out,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\">\n",
		tally->tests, tally->failures, tally->errors, tally->skipped);
}

static void put_case(FILE *out, const struct kase *kase)
{
	const char *element = element_of(kase);
	double seconds =
		isfinite(kase->duration_ns) ? kase->duration_ns / 1e9 : 0;

	html_printf(out, "  <testcase classname=\"{}.{}\" name=\"{}: {}\"",
		    kase->backend->name, kase->level, kase->id, kase->title);
	fprintf(out, " time=\"%.6f\"", seconds);
	if (!element) {
		fputs("/>\n", out);
		return;
	}
	html_printf(
		out,
		">\n   <{} message=\"{} {}: {}\">expected: {}\nobserved: {}\n"
		"where: {}\nseed: {}\nagain: {}</{}>\n  </testcase>\n",
		element, kase->verdict, verdict_find(kase->verdict)->word,
		*kase->observed ? kase->observed : kase->reason, kase->expected,
		kase->observed, kase->reason, kase->seed, kase->reproduce,
		element);
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
	put_tally(out, &tally);
	put_scores(out, model, backend);
	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend)
			put_case(out, &model->cases[i]);
	fputs(" </testsuite>\n", out);
}

static const char *figure(const struct model *model, const struct ratio *ratio,
			  double value)
{
	if (!isfinite(value))
		return "none";
	if (!strcmp(ratio->unit, "1"))
		return unit_ratio(model->mem_pool, value);
	return unit_value(model->mem_pool, value, ratio->unit);
}

static void put_ratio(FILE *out, const struct model *model,
		      const struct ratio *ratio)
{
	const char *element = element_of_ratio(ratio);
	const char *message = ratio->reason;

	html_printf(
		out,
		"  <testcase classname=\"performance_targets\" name=\"{}: {}\"",
		ratio->name, ratio->what);
	if (!element) {
		fputs("/>\n", out);
		return;
	}
	if (!strcmp(element, "failure"))
		message = pool_print(model->mem_pool,
				     "%s (interval %s to %s), wanted at %s %s",
				     figure(model, ratio, ratio->value),
				     figure(model, ratio, ratio->ci_lo),
				     figure(model, ratio, ratio->ci_hi),
				     ratio->higher_is_better ? "least" : "most",
				     figure(model, ratio, ratio->target));
	html_printf(out, ">\n   <{} message=\"{}\"/>\n  </testcase>\n", element,
		    message);
}

static void put_ratios(FILE *out, const struct model *model)
{
	struct tally tally = {0};

	if (!model->ratio_count)
		return;
	count_ratios(model, &tally);
	fputs(" <testsuite name=\"performance_targets\"", out);
	put_tally(out, &tally);
	for (size_t i = 0; i < model->ratio_count; i++)
		put_ratio(out, model, &model->ratios[i]);
	fputs(" </testsuite>\n", out);
}

void junit_write(const struct model *model, FILE *out)
{
	const struct backend *const *list;
	size_t backends = verdict_backends(model, &list);
	struct tally tally = {0};

	count_cases(model, NULL, &tally);
	count_ratios(model, &tally);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"ipcmark\"",
	      out);
	put_tally(out, &tally);
	for (size_t i = 0; i < backends; i++)
		put_backend(out, model, list[i]);
	put_ratios(out, model);
	fputs("</testsuites>\n", out);
}
