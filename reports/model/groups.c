/* SPDX-License-Identifier: MIT */
/*
 * Groups: rows that differ only in back-end and size. Their titles name the
 * interface, the placement, and those axes that tell them from each other.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "sweeps.h"
#include "units.h"

const char *query_placement_text(const char *placement)
{
	if (!strcmp(placement, "2cpu"))
		return "two CPUs";
	if (!strcmp(placement, "1cpu"))
		return "one CPU";
	if (!strcmp(placement, "smt"))
		return "two threads of one core";
	if (!strcmp(placement, "free"))
		return "not pinned";
	return placement;
}

const char *query_scenario_text(const char *scenario)
{
	static const char *const words[][2] = {
		{"oneway", "one way"},
		{"roundtrip", "round trip"},
		{"self_loop", "put and get in turn"},
		{"lock_uncontended", "uncontended"},
		{"uncontended", "uncontended"},
		{"nested", "uncontended, nested"},
		{"is_set", "state read only"},
		{"lock_contended", "contended"},
		{"handoff", "hand-off"},
		{"barrier_rounds", "rounds"},
		{"startup", "start-up"},
		{"recovery", "killed holder"},
		{"recovery_get", "killed in get"},
		{"recovery_put", "killed in put"},
		{"dict_get", "get"},
		{"dict_set", "set"},
		{"start_join", "start and join"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i][0], scenario))
			return words[i][1];
	return scenario;
}

/* Is an axis the same in both? A missing one is as good as null. */
static bool is_equal(const struct cell *a, const struct cell *b,
		     const char *axis)
{
	json_t *x = json_object_get(a->axes, axis);
	json_t *y = json_object_get(b->axes, axis);

	if (!x || !y || json_is_null(x) || json_is_null(y))
		return (!x || json_is_null(x)) == (!y || json_is_null(y));
	return json_equal(x, y);
}

/* Is this axis the same in every group of the list? */
static bool is_constant(const struct groups *groups, const char *axis)
{
	for (size_t i = 1; i < groups->count; i++)
		if (!is_equal(groups->list[0].example, groups->list[i].example,
			      axis))
			return false;
	return true;
}

static const char *wait_text(const char *wait)
{
	if (!strcmp(wait, "spin"))
		return "spinning";
	return strcmp(wait, "poll") ? "" : "polling";
}

/* An axis as a title says it; empty for what goes without saying. */
static const char *axis_text(const struct model *model, const char *key,
			     const json_t *value)
{
	const char *text = json_string_value(value);
	long long number = json_integer_value(value);

	if (!strcmp(key, "batch"))
		return number > 1 ? pool_print(model->mem_pool,
					       "%lld messages per call", number)
				  : "";
	if (json_is_null(value))
		return "";
	if (!strcmp(key, "clients"))
		return pool_print(model->mem_pool, "%lld client%s", number,
				  number == 1 ? "" : "s");
	if (!strcmp(key, "size_bytes"))
		return unit_size(model->mem_pool, number);
	if (!strcmp(key, "wait"))
		return wait_text(text ? text : "");
	if (text)
		return pool_print(model->mem_pool, "%s %s", key, text);
	return pool_print(model->mem_pool, "%s %lld", key, number);
}

/* Axes that titles name in their own way, or that do not tell groups apart. */
static bool is_spoken(const struct cell *example, const char *key)
{
	static const char *const spoken[] = {"iface", "placement", "backend",
					     "scenario", "depth"};

	for (size_t i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++)
		if (!strcmp(key, spoken[i]))
			return true;
	/* the clients of a manager are its producers */
	if (!strcmp(key, "producers") &&
	    json_is_integer(json_object_get(example->axes, "clients")))
		return true;
	return sweep_varies(example->sweep, key);
}

/* Spinning and batches are always named: a reader does not expect them. */
static bool is_unusual(const char *key)
{
	return !strcmp(key, "wait") || !strcmp(key, "batch");
}

/* ", 64 messages per call" and the like: what tells groups from each other. */
static const char *further_text(const struct model *model,
				const struct groups *groups,
				const struct cell *example)
{
	json_t *axes = (json_t *)(uintptr_t)example->axes;
	const char *text = "", *key;
	json_t *value;

	if (!is_constant(groups, "scenario"))
		text = pool_print(model->mem_pool, ", %s",
				  query_scenario_text(example->scenario));
	json_object_foreach(axes, key, value)
	{
		const char *words;

		if (is_spoken(example, key) ||
		    (is_constant(groups, key) && !is_unusual(key)))
			continue;
		words = axis_text(model, key, value);
		if (*words)
			text = pool_print(model->mem_pool, "%s, %s", text,
					  words);
	}
	return text;
}

static const char *make_title(const struct model *model,
			      const struct groups *groups,
			      const struct cell *example)
{
	const char *place = query_placement_text(example->placement);
	char *title = pool_print(model->mem_pool, "%s%s%s%s", example->iface,
				 *place ? ", " : "", place,
				 further_text(model, groups, example));

	title[0] = (char)toupper((unsigned char)title[0]);
	/* As the library calls it. */
	if (!strncmp(title, "Rlock", 5))
		title[1] = 'L';
	return title;
}

/* Only small letters, digits and "_": it becomes a file name and an id. */
static const char *make_slug(const struct model *model,
			     const struct groups *groups,
			     const struct cell *example)
{
	char *slug = pool_print(model->mem_pool, "%s_%s%s", example->iface,
				example->placement,
				further_text(model, groups, example));
	char *to = slug;

	for (const char *c = slug; *c; c++)
		if (isalnum((unsigned char)*c))
			*to++ = (char)tolower((unsigned char)*c);
		else if (to > slug && to[-1] != '_')
			*to++ = '_';
	*to = '\0';
	return slug;
}

/* Two CPUs and one CPU stand side by side. */
static int placement_rank(const char *placement)
{
	return !strcmp(placement, "2cpu")   ? 0
	       : !strcmp(placement, "1cpu") ? 1
	       : !strcmp(placement, "smt")  ? 2
					    : 3;
}

static long long axis_number(const struct cell *cell, const char *key)
{
	return json_integer_value(json_object_get(cell->axes, key));
}

/* Sleep at once, then spin first, then never sleep. */
static int wait_rank(const struct cell *cell)
{
	const char *wait = json_text(cell->axes, "wait", "");

	return !strcmp(wait, "spin") ? 1 : !strcmp(wait, "poll") ? 2 : 0;
}

/* What is plain before what is special; queue before pipe; two CPUs beside
 * one. */
static int compare_groups(const void *a, const void *b)
{
	const struct cell *x = ((const struct group *)a)->example;
	const struct cell *y = ((const struct group *)b)->example;

	if (wait_rank(x) != wait_rank(y))
		return wait_rank(x) - wait_rank(y);
	if (axis_number(x, "batch") != axis_number(y, "batch"))
		return axis_number(x, "batch") < axis_number(y, "batch") ? -1
									 : 1;
	if (strcmp(x->iface, y->iface))
		return -strcmp(x->iface, y->iface);
	if (strcmp(x->scenario, y->scenario))
		return strcmp(x->scenario, y->scenario);
	if (axis_number(x, "clients") != axis_number(y, "clients"))
		return axis_number(x, "clients") < axis_number(y, "clients")
			       ? -1
			       : 1;
	return placement_rank(x->placement) - placement_rank(y->placement);
}

static bool has_role(const struct cell *cell, enum role role)
{
	return cell->role[role] != NULL;
}

static bool has_failed(const struct cell *cell, enum role role)
{
	return cell->failed[role];
}

/* The first row of a bucket that answers the question, or that failed to, or
 * NULL: rows that are not ranked make no group. */
static const struct cell *example_of(const struct bucket *bucket,
				     enum role role,
				     bool (*has)(const struct cell *cell,
						 enum role role))
{
	for (size_t i = 0; i < bucket->count; i++)
		if (has(bucket->list[i], role) &&
		    bucket->list[i]->standing == STANDING_RANKED)
			return bucket->list[i];
	return NULL;
}

static struct groups find_groups(const struct model *model, enum role role)
{
	struct group *list = pool_alloc(
		model->mem_pool, (model->bucket_count + 1) * sizeof(*list));
	struct groups groups = {.list = list};

	for (size_t i = 0; i < model->bucket_count; i++) {
		const struct cell *cell =
			example_of(&model->buckets[i], role, has_role);

		if (!cell)
			continue;
		list[groups.count].key = cell->group;
		list[groups.count].role = role;
		list[groups.count++].example = cell;
	}
	qsort(list, groups.count, sizeof(*list), compare_groups);
	for (size_t i = 0; i < groups.count; i++) {
		list[i].title = make_title(model, &groups, list[i].example);
		list[i].slug = make_slug(model, &groups, list[i].example);
	}
	return groups;
}

/* Every table and chart asks: found once. */
struct groups query_groups(const struct model *model, enum role role)
{
	struct groups *known = &model->groups_known[role];

	if (!known->list)
		*known = find_groups(model, role);
	return *known;
}

struct groups query_failed_groups(const struct model *model, enum role role)
{
	struct groups known = query_groups(model, role), all = known;
	size_t room = known.count + model->bucket_count + 1;
	struct group *list = pool_alloc(model->mem_pool, room * sizeof(*list));
	struct group *failed = list + known.count;

	if (known.count)
		memcpy(list, known.list, known.count * sizeof(*list));
	all.list = list;
	for (size_t i = 0; i < model->bucket_count; i++) {
		const struct bucket *bucket = &model->buckets[i];
		const struct cell *cell = example_of(bucket, role, has_failed);

		if (cell && !example_of(bucket, role, has_role))
			list[all.count++] = (struct group){.key = cell->group,
							   .role = role,
							   .example = cell};
	}
	for (size_t i = known.count; i < all.count; i++)
		list[i].title = make_title(model, &all, list[i].example);
	qsort(failed, all.count - known.count, sizeof(*failed), compare_groups);
	return (struct groups){failed, all.count - known.count};
}

/* The more of what is wanted, the higher; file order breaks ties. */
static int suit(const struct group *group, const char *placement)
{
	const struct cell *example = group->example;
	const json_t *batch = json_object_get(example->axes, "batch");
	int points = 0;

	if (!strcmp(example->placement, placement))
		points += 8;
	if (!strcmp(example->iface, "queue") || !strcmp(example->iface, "lock"))
		points += 4;
	if (!batch || json_integer_value(batch) == 1)
		points += 2;
	if (!strcmp(json_text(example->axes, "wait", "block"), "block"))
		points += 1;
	return points;
}

const struct group *query_main_group(const struct model *model, enum role role,
				     const char *placement)
{
	struct groups groups = query_groups(model, role);
	const struct group *best = NULL;
	const char *wanted = placement ? placement : "2cpu";

	for (size_t i = 0; i < groups.count; i++)
		if (!best || suit(&groups.list[i], wanted) > suit(best, wanted))
			best = &groups.list[i];
	if (placement && best && strcmp(best->example->placement, placement))
		return NULL;
	return best;
}
