/* SPDX-License-Identifier: MIT */
/* Which rows of competitors answer the same question as which of ours. */
#include "competitors.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "sweeps.h"
#include "units.h"

bool is_competitor(const struct cell *cell)
{
	return !strcmp(cell->iface, "competitor");
}

static const enum role roles[] = {ROLE_MESSAGES,  ROLE_ROUND_TRIP,
				  ROLE_LOCK_TIME, ROLE_LOCK_RATE,
				  ROLE_REQUEST,	  ROLE_TASKS};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* What a competitor is compared with: a connection against our pipe, a lock
 * against our lock, the rest against our queue. */
static const char *iface_of(const struct cell *cell, enum role role)
{
	if (role == ROLE_LOCK_TIME || role == ROLE_LOCK_RATE)
		return "lock";
	if (role == ROLE_REQUEST)
		return "manager";
	if (role == ROLE_TASKS)
		return "pool";
	return strstr(cell->backend->name, "pipe") ? "pipe" : "queue";
}

static bool waits_alike(const struct cell *a, const struct cell *b)
{
	return !strcmp(json_text(a->axes, "wait", "block"),
		       json_text(b->axes, "wait", "block"));
}

static long long batch_of(const struct cell *cell)
{
	const json_t *batch = json_object_get(cell->axes, "batch");

	return json_is_integer(batch) ? json_integer_value(batch) : 1;
}

/* The same operation by as many clients; of rows without clients that follows
 * from the role. */
static bool requests_alike(const struct cell *a, const struct cell *b)
{
	return layer_clients(a) == layer_clients(b) &&
	       (!layer_clients(a) || !strcmp(a->scenario, b->scenario));
}

/* Our own rows for the same; NULL if there are none. */
static const struct group *our_group(const struct model *model,
				     const struct cell *cell, enum role role,
				     const char *iface)
{
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++) {
		const struct cell *example = groups.list[i].example;

		if (!strcmp(example->iface, iface) &&
		    !strcmp(example->placement, cell->placement) &&
		    batch_of(example) == batch_of(cell) &&
		    waits_alike(example, cell) && requests_alike(example, cell))
			return &groups.list[i];
	}
	return NULL;
}

static bool is_spinning(const struct cell *cell)
{
	return !strcmp(json_text(cell->axes, "wait", "block"), "spin");
}

/* ", 8 clients", ", 100 tasks" */
static const char *layer_text(const struct model *model,
			      const struct cell *cell)
{
	const char *text = layer_clients_text(model->mem_pool, cell);

	if (cell->sweep == SWEEP_TASKS)
		text = sweep_phrase(model->mem_pool, cell->sweep, cell->point);
	return *text ? pool_print(model->mem_pool, ", %s", text) : "";
}

static const char *title_of(const struct model *model,
			    const struct competitor_set *set)
{
	const struct cell *cell = set->example;
	const char *place = query_placement_text(cell->placement);
	char *title = pool_print(
		model->mem_pool, "%s, %s%s%s%s%s%s%s", set->iface,
		query_scenario_text(cell->scenario), *place ? ", " : "", place,
		is_spinning(cell) ? ", spinning" : "",
		cell->size_bytes < 0 ? "" : ", ",
		cell->size_bytes < 0
			? ""
			: unit_size(model->mem_pool, cell->size_bytes),
		layer_text(model, cell));

	title[0] = (char)toupper((unsigned char)title[0]);
	return title;
}

static const char *slug_of(const struct model *model, const char *title)
{
	char *slug = pool_print(model->mem_pool, "%s", title), *to = slug;

	for (const char *c = slug; *c; c++)
		if (isalnum((unsigned char)*c))
			*to++ = (char)tolower((unsigned char)*c);
		else if (to > slug && to[-1] != '_')
			*to++ = '_';
	*to = '\0';
	return slug;
}

const struct metric *competitors_metric(const struct competitor_set *set,
					const struct cell *cell)
{
	const struct cell *example = set->example;

	if (!is_competitor(cell) || cell->point != example->point ||
	    strcmp(cell->placement, example->placement) ||
	    batch_of(cell) != batch_of(example) ||
	    !waits_alike(cell, example) || !requests_alike(cell, example) ||
	    strcmp(iface_of(cell, set->role), set->iface))
		return NULL;
	return cell->role[set->role];
}

static bool is_listed(const struct competitor_set *list, size_t count,
		      const struct cell *cell, enum role role)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].role == role && competitors_metric(&list[i], cell))
			return true;
	return false;
}

static int rank_of(enum role role)
{
	int rank = 0;

	while (roles[rank] != role)
		rank++;
	return rank;
}

static int compare_sets(const void *a, const void *b)
{
	const struct competitor_set *x = a, *y = b;
	int order = rank_of(x->role) - rank_of(y->role);

	/* Queue before pipe, two CPUs before one. */
	if (!order)
		order = -strcmp(x->iface, y->iface);
	if (!order)
		order = -strcmp(x->example->placement, y->example->placement);
	if (!order)
		order = (x->example->point > y->example->point) -
			(x->example->point < y->example->point);
	return order ? order : strcmp(x->title, y->title);
}

static bool is_alike(const struct competitor_set *a,
		     const struct competitor_set *b)
{
	return a->role == b->role && !strcmp(a->iface, b->iface) &&
	       !strcmp(a->example->placement, b->example->placement) &&
	       waits_alike(a->example, b->example) &&
	       batch_of(a->example) == batch_of(b->example);
}

/* Is no other set of the kind nearer to the point? */
static bool is_nearest(const struct competitor_set *list, size_t count,
		       const struct competitor_set *set, double wanted)
{
	double own = fabs(log2((double)set->example->point / wanted));

	for (size_t i = 0; i < count; i++)
		if (is_alike(&list[i], set) &&
		    fabs(log2((double)list[i].example->point / wanted)) < own)
			return false;
	return true;
}

/* Has it charts of its own, with the competitor in them? */
static bool has_section(enum role role)
{
	return role == ROLE_REQUEST || role == ROLE_TASKS;
}

static void choose_shown(struct competitor_set *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list[i].shown = !has_section(list[i].role) &&
				(list[i].example->size_bytes < 0 ||
				 is_nearest(list, count, &list[i], 64) ||
				 is_nearest(list, count, &list[i], 65536));
}

size_t competitors_list(const struct model *model,
			const struct competitor_set **ret)
{
	struct competitor_set *list =
		pool_alloc(model->mem_pool,
			   (ROLES * model->cell_count + 1) * sizeof(*list));
	size_t count = 0;

	for (size_t r = 0; r < ROLES; r++)
		for (size_t i = 0; i < model->cell_count; i++) {
			const struct cell *cell = &model->cells[i];
			struct competitor_set *set = &list[count];

			if (!is_competitor(cell) || !cell->role[roles[r]] ||
			    is_listed(list, count, cell, roles[r]))
				continue;
			set->role = roles[r];
			set->example = cell;
			set->iface = iface_of(cell, roles[r]);
			set->ours =
				our_group(model, cell, roles[r], set->iface);
			set->title = title_of(model, set);
			set->slug = slug_of(model, set->title);
			count++;
		}
	qsort(list, count, sizeof(*list), compare_sets);
	choose_shown(list, count);
	*ret = list;
	return count;
}
