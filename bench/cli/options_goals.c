/* SPDX-License-Identifier: MIT */
/* --goals: what the cells of the chosen goals need to be in the plan. */
#include <regex.h>
#include <stdlib.h>

#include "options.h"

/* Every value of an axis that a goal names; the list of ids chooses. */
static void widen(struct plan_options *plan)
{
	static const size_t sizes[] = {8, 64, 1024, 16384, 65536};
	static const size_t batches[] = {1, 64};
	static const char pins[] = "2cpu,1cpu", waits[] = "block,spin,poll";
	char why[LIST_WHY_BYTES];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		plan->sizes.value[plan->sizes.count++] = sizes[i];
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
		plan->batches.value[plan->batches.count++] = batches[i];
	if (!name_list_parse(&plan->pins, pins, why) ||
	    !name_list_parse(&plan->waits, waits, why))
		cli_refuse("--goals: %s", why);
	plan->full = true;
	plan->competitors = true;
}

static void refuse_selection(const struct plan_options *plan)
{
	if (plan->full || plan->ifaces.count || plan->scenarios.count ||
	    plan->pins.count || plan->waits.count || plan->sizes.count ||
	    plan->batches.count)
		cli_refuse("--goals chooses the cells: it does not go with "
			   "--full, --iface, --scenario, --pin, --wait, --size "
			   "or --batch");
}

void options_choose_goals(struct options *options)
{
	regex_t names;

	if (!options->goals)
		return;
	refuse_selection(&options->plan);
	if (regcomp(&names, options->goals, REG_EXTENDED | REG_NOSUB))
		cli_refuse("--goals: \"%s\" is no regular expression",
			   options->goals);
	if (goals_choose(&names, &options->chosen))
		cli_refuse("no memory");
	regfree(&names);
	if (options->chosen.count == 0)
		cli_refuse("--goals: no goal's name matches \"%s\"; "
			   "scripts/goals --list has them",
			   options->goals);
	widen(&options->plan);
	options->plan.only = options->chosen.id;
	options->plan.only_count = options->chosen.id_count;
}
