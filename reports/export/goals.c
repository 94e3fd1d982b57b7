/* SPDX-License-Identifier: MIT */
/* The goals of a run of `bench --goals`, a line each: a table of Markdown that
 * stands in bench/README.md as it is. */
#include <math.h>
#include <string.h>

#include "export.h"
#include "reports/model/model.h"

/* Ratios and shares: two digits behind the point say enough below 10. */
static void put_figure(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "%.*f", fabs(value) < 9.995 ? 2 : 1, value);
	else
		fputs("-", out);
}

static void put_result(FILE *out, const struct performance_target *goal)
{
	if (goal->met < 0)
		fprintf(out, "not measured: %s",
			*goal->reason ? goal->reason : "no sample");
	else
		fputs(goal->met ? "reached" : "short", out);
	/* the goals are meant for CPUs that share a cache */
	if (!strcmp(goal->state, "separate_cache"))
		fputs(" (separate caches)", out);
}

static void put_goal(FILE *out, const struct performance_target *goal)
{
	fprintf(out, "| %s | %s | %s %g | ", goal->name, goal->what,
		goal->higher_is_better ? ">=" : "<=", goal->wanted);
	put_figure(out, goal->value);
	fputs(" | ", out);
	put_figure(out, goal->ci_lo);
	fputs(" to ", out);
	put_figure(out, goal->ci_hi);
	fputs(" | ", out);
	put_result(out, goal);
	fputs(" |\n", out);
}

void goals_markdown(const struct model *model, FILE *out)
{
	size_t reached = 0, missed = 0;

	fputs("| goal | what | wanted | ratio | interval | |\n"
	      "|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < model->target_count; i++) {
		put_goal(out, &model->targets[i]);
		reached += model->targets[i].met > 0;
		missed += model->targets[i].met == 0;
	}
	fprintf(out, "\n%zu of %zu reached, %zu short", reached,
		model->target_count, missed);
	if (reached + missed < model->target_count)
		fprintf(out, ", %zu not measured",
			model->target_count - reached - missed);
	fputs(".\n", out);
}
