/* SPDX-License-Identifier: MIT */
/*
 * Crossing scenarios with back-ends and axes. The quick selection covers what
 * the report needs within two minutes; the full one covers every axis.
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "baseline_rules.h"

static const size_t quick_sizes[] = {64, 1024, 16384, 65536};
static const size_t full_sizes[] = {1,	  8,	 64,	256,	1024,
				    4096, 16384, 65536, 1048576};
#define QUICK_SIZES (sizeof(quick_sizes) / sizeof(quick_sizes[0]))
#define FULL_SIZES  (sizeof(full_sizes) / sizeof(full_sizes[0]))
/* Batches are for small messages; larger ones are bound by the copy. The whole
 * sweep is for one size. */
static const size_t few_batches[] = {1, 64};
static const size_t all_batches[] = {1, 4, 16, 64, 256};
#define SWEEP_BYTES 64
/* Competitors: the kinds of copies, without what lies between. */
static const size_t few_sizes[] = {8, 64, 1024, 4096, 65536};
#define FEW_SIZES_COUNT (sizeof(few_sizes) / sizeof(few_sizes[0]))
/* Where in place pays. */
static const size_t large_sizes[] = {4096, 16384, 65536, 1048576};
#define LARGE_SIZES_COUNT (sizeof(large_sizes) / sizeof(large_sizes[0]))
#define LARGE_QUICK_BYTES 65536
/* The same in the quick selection: small, middle, large. */
static const size_t spread_sizes[] = {64, 1024, 65536};
#define SPREAD_SIZES_COUNT   (sizeof(spread_sizes) / sizeof(spread_sizes[0]))
#define QUICK_BATCH_SIZE_MAX 1024
/* Fits the smallest default channel: System V, 16 KiB with headers. */
#define SMALL_MAX_BYTES	    4096
#define FULL_BATCH_SIZE_MAX 4096

/* Growing list of cells, and the point that is being crossed. */
struct builder {
	const struct plan_options *options;
	struct plan plan;
	size_t room;
	struct plan_cell next;
};

static bool is_among(const struct plan_options *options, const char *id)
{
	for (size_t i = 0; i < options->only_count; i++)
		if (!strcmp(options->only[i], id))
			return true;
	return options->only_count == 0;
}

static int add_cell(struct builder *builder)
{
	const struct filters *filters = &builder->options->filters;
	struct plan *plan = &builder->plan;
	struct plan_cell *cells;
	bool baseline = builder->next.scenario->is_baseline;

	plan_cell_id(&builder->next.axes, builder->next.id);
	/* a baseline comes along with what was chosen, unless it is named not
	 * to */
	if (!is_among(builder->options, builder->next.id) ||
	    (baseline ? filters_exclude(filters, builder->next.id)
		      : !filters_take(filters, builder->next.id)))
		return 0;
	if (plan->count == builder->room) {
		builder->room = builder->room ? 2 * builder->room : 64;
		cells = reallocarray(plan->cell, builder->room, sizeof(*cells));
		if (!cells)
			return -1;
		plan->cell = cells;
	}
	plan->cell[plan->count++] = builder->next;
	return 0;
}

static bool wants_batch(const struct plan_options *options, size_t size,
			size_t batch)
{
	size_t limit =
		options->full ? FULL_BATCH_SIZE_MAX : QUICK_BATCH_SIZE_MAX;

	return batch == 1 || options->batches.count ||
	       (size >= PAYLOAD_WHOLE_BYTES && size <= limit);
}

/* The batch sizes to cross with; unpinned, how many messages go in a call says
 * less than where the scheduler puts the processes. */
static size_t choose_batches(const struct builder *builder,
			     const size_t **ret_batch)
{
	const struct plan_options *options = builder->options;
	const struct axes *axes = &builder->next.axes;

	if (options->batches.count) {
		*ret_batch = options->batches.value;
		return options->batches.count;
	}
	*ret_batch = few_batches;
	if (axes->placement == PLACE_FREE)
		return 1;
	if (!options->full || axes->size_bytes != SWEEP_BYTES)
		return sizeof(few_batches) / sizeof(few_batches[0]);
	*ret_batch = all_batches;
	return sizeof(all_batches) / sizeof(all_batches[0]);
}

static int cross_batches(struct builder *builder)
{
	const struct plan_options *options = builder->options;
	struct axes *axes = &builder->next.axes;
	const size_t *batch;
	size_t count = choose_batches(builder, &batch);

	axes->batch = 1;
	if (!builder->next.scenario->has_batches)
		return builder->next.scenario->is_baseline ||
				       size_list_holds(&options->batches, 1)
			       ? add_cell(builder)
			       : 0;
	for (size_t i = 0; i < count; i++) {
		axes->batch = (unsigned)batch[i];
		/* batching and spinning are not crossed: two answers to the
		 * same cost */
		if (batch[i] > 1 && axes->wait != WAIT_BLOCK &&
		    !builder->next.scenario->is_baseline)
			continue;
		if (wants_batch(options, axes->size_bytes, batch[i]) &&
		    add_cell(builder))
			return -1;
	}
	return 0;
}

/* Spinning pays only with a peer on another CPU; in the quick selection only
 * for the mechanism that needs no system call otherwise. The full one shows for
 * one size what every way to wait costs in every placement. */
static bool wants_wait(const struct builder *builder, enum wait_kind wait)
{
	const struct plan_options *options = builder->options;
	const struct axes *axes = &builder->next.axes;

	if (!builder->next.scenario->has_waits)
		return false;
	if (options->waits.count)
		return name_list_holds(&options->waits, wait_name(wait));
	if (options->full && axes->size_bytes == SWEEP_BYTES)
		return true;
	return wait == WAIT_SPIN && placement_is_apart(axes->placement) &&
	       (options->full || backend_is_memory(builder->next.backend));
}

static int cross_waits(struct builder *builder)
{
	struct axes *axes = &builder->next.axes;
	const struct scenario *scenario = builder->next.scenario;

	axes->wait = WAIT_BLOCK;
	if (scenario->places == PLACES_APART)
		axes->wait = WAIT_NONE;
	if ((scenario->is_baseline ||
	     name_list_holds(&builder->options->waits, "block")) &&
	    cross_batches(builder))
		return -1;
	for (axes->wait = WAIT_SPIN; axes->wait <= WAIT_POLL; axes->wait++)
		if (wants_wait(builder, axes->wait) && cross_batches(builder))
			return -1;
	return 0;
}

/* 8 B shows the cost of the calls, where no system call hides it. */
static bool wants_8(const struct plan_cell *cell)
{
	return cell->scenario->is_baseline || backend_is_memory(cell->backend);
}

static int cross_points(struct builder *builder)
{
	const struct sweep *sweep = builder->next.scenario->sweep;
	struct axes *axes = &builder->next.axes;

	if (!sweep)
		return cross_waits(builder);
	for (size_t i = 0; i < sweep->count; i++) {
		if (!builder->options->full && !sweep->point[i].quick)
			continue;
		if (sweep->point[i].size_bytes &&
		    !builder->options->sizes.count &&
		    sweep->point[i].size_bytes != axes->size_bytes)
			continue;
		sweep_apply(sweep, i + 1, axes);
		if (cross_waits(builder))
			return -1;
	}
	return 0;
}

/* Unpinned, results scatter too much to show a curve: three sizes do. */
static bool wants_free(const struct plan_options *options, size_t size)
{
	return options->sizes.count || options->pins.count || size == 64 ||
	       size == 4096 || size == 65536;
}

static int cross_size(struct builder *builder, size_t size)
{
	const struct plan_options *options = builder->options;
	const struct scenario *scenario = builder->next.scenario;
	struct axes *axes = &builder->next.axes;

	if (scenario->sizes == SIZES_SMALL && size > SMALL_MAX_BYTES)
		return 0;
	/* it holds two words, and a number with its producer one */
	if ((scenario->sizes == SIZES_LARGE && size < 16) ||
	    (scenario->sizes == SIZES_USUALLY_64 && size < 8))
		return 0;
	if (size && axes->placement == PLACE_FREE && !wants_free(options, size))
		return 0;
	axes->size_bytes = size;
	axes->depth = scenario->has_depth ? plan_depth(size) : 0;
	return cross_points(builder);
}

static int cross_sizes(struct builder *builder)
{
	const struct plan_options *options = builder->options;
	const size_t *size = options->full ? full_sizes : quick_sizes;
	size_t count = options->full ? FULL_SIZES : QUICK_SIZES;
	enum scenario_sizes sizes = builder->next.scenario->sizes;

	if (sizes == SIZES_NONE)
		return cross_size(builder, 0);
	if (sizes == SIZES_64)
		return size_list_holds(&options->sizes, 64)
			       ? cross_size(builder, 64)
			       : 0;
	if (options->sizes.count) {
		size = options->sizes.value;
		count = options->sizes.count;
	} else if (sizes == SIZES_USUALLY_64) {
		return cross_size(builder, 64);
	} else if (sizes == SIZES_LARGE) {
		if (!options->full)
			return cross_size(builder, LARGE_QUICK_BYTES);
		size = large_sizes;
		count = LARGE_SIZES_COUNT;
	} else if (sizes == SIZES_SPREAD && !options->full) {
		size = spread_sizes;
		count = SPREAD_SIZES_COUNT;
	} else if (sizes == SIZES_FEW || sizes == SIZES_SPREAD) {
		if (!options->full)
			return cross_size(builder, 64);
		size = few_sizes;
		count = FEW_SIZES_COUNT;
	} else if (!options->full && wants_8(&builder->next) &&
		   cross_size(builder, 8)) {
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		if (cross_size(builder, size[i]))
			return -1;
	return 0;
}

/* Can the scenario run there at all? */
static bool suits_placement(enum scenario_places places,
			    enum placement placement)
{
	if (places == PLACES_ALONE || places == PLACES_TURNS)
		return placement == PLACE_ONE;
	return places != PLACES_APART || placement_is_apart(placement);
}

static bool wants_placement(const struct builder *builder,
			    enum placement placement)
{
	const struct plan_options *options = builder->options;
	const struct scenario *scenario = builder->next.scenario;
	const struct sweep *sweep = scenario->sweep;

	if (!suits_placement(scenario->places, placement))
		return false;
	if (options->pins.count)
		return scenario->is_baseline ||
		       name_list_holds(&options->pins,
				       placement_name(placement));
	/* the curves are drawn for two cores; what threads of one core do to
	 * them shows at their first point */
	if (placement == PLACE_SMT && (sweep || !options->siblings))
		return false;
	if (scenario->places == PLACES_USUALLY_ONE)
		return placement == PLACE_ONE;
	if (scenario->places == PLACES_USUALLY_TWO)
		return placement == PLACE_TWO;
	if (scenario->places == PLACES_PINNED && placement == PLACE_FREE)
		return false;
	if (sweep && (options->full ? sweep->not_full : sweep->not_quick) &
			     (1u << placement))
		return false;
	return options->full ||
	       (placement != PLACE_FREE && placement != PLACE_SMT);
}

static int cross_placements(struct builder *builder)
{
	static const enum placement places[PLACE_COUNT] = {
		PLACE_TWO, PLACE_ONE, PLACE_SMT, PLACE_FREE};

	for (size_t i = 0; i < PLACE_COUNT; i++) {
		builder->next.axes.placement = places[i];
		if (wants_placement(builder, places[i]) && cross_sizes(builder))
			return -1;
	}
	return 0;
}

/* A fake back-end works in one process only; one that is not built has a row
 * that says so. */
static bool suits_backend(const struct scenario *scenario,
			  const struct ipcm_backend *backend)
{
	if (scenario->zero_copy && backend && !backend_is_memory(backend))
		return false;
	return !backend || !(backend->capabilities & IPCM_CAP_FAKE) ||
	       scenario->places == PLACES_ALONE;
}

static int cross_backends(struct builder *builder)
{
	const struct plan_options *options = builder->options;
	const struct scenario *scenario = builder->next.scenario;

	builder->next.axes = (struct axes){0};
	builder->next.axes.iface = scenario->iface;
	builder->next.axes.scenario = scenario->name;
	builder->next.axes.producers = scenario->producers;
	builder->next.axes.consumers = scenario->consumers;
	builder->next.backend = NULL;
	builder->next.not_built = NULL;
	if (scenario->mechanism) {
		builder->next.axes.backend = scenario->mechanism;
		return cross_placements(builder);
	}
	for (size_t i = 0; i < options->backend_count; i++) {
		if (!suits_backend(scenario, options->backend[i].backend))
			continue;
		builder->next.axes.backend = options->backend[i].name;
		builder->next.backend = options->backend[i].backend;
		builder->next.not_built = options->backend[i].reason;
		if (cross_placements(builder))
			return -1;
	}
	return 0;
}

/* Was it asked for by name? --backend NAME keeps NAME's raw mechanism: it is
 * what NAME is compared with. */
static bool is_named(const struct plan_options *options,
		     const struct scenario *scenario)
{
	if (!name_list_holds(&options->ifaces, iface_name(scenario->iface)) ||
	    !name_list_holds(&options->scenarios, scenario->name))
		return false;
	if (scenario->iface == IFACE_RAW && options->ifaces.count == 0)
		return name_list_holds(&options->backend_names,
				       scenario->mechanism);
	return true;
}

/* A baseline is measured with the cells that are compared with it, unless
 * --iface leaves out everything raw; drop_unused_baselines drops the others. */
static bool wants_scenario(const struct plan_options *options,
			   const struct scenario *scenario)
{
	if (scenario->iface == IFACE_COMPETITOR && !options->competitors)
		return false;
	if (scenario->only_full && !options->full &&
	    options->scenarios.count == 0)
		return false;
	if (scenario->is_baseline)
		return name_list_holds(&options->ifaces, iface_name(IFACE_RAW));
	return is_named(options, scenario);
}

/* For its own sake. */
static bool is_chosen(const struct plan_options *options,
		      const struct plan_cell *cell)
{
	return is_named(options, cell->scenario) &&
	       name_list_holds(&options->pins,
			       placement_name(cell->axes.placement)) &&
	       filters_take(&options->filters, cell->id);
}

static bool is_baseline_of_any(const struct plan *plan, const char *id)
{
	struct baseline_ref refs[BASELINE_KINDS];

	for (size_t i = 0; i < plan->count; i++) {
		size_t count = baselines_of(&plan->cell[i], refs);

		for (size_t r = 0; r < count; r++)
			if (!strcmp(refs[r].id, id))
				return true;
	}
	return false;
}

static void drop_unused_baselines(const struct plan_options *options,
				  struct plan *plan)
{
	for (size_t i = 0; i < plan->count;) {
		const struct plan_cell *cell = &plan->cell[i];

		if (!cell->scenario->is_baseline || options->only_count ||
		    is_chosen(options, cell) ||
		    is_baseline_of_any(plan, cell->id)) {
			i++;
			continue;
		}
		plan->count--;
		memmove(&plan->cell[i], &plan->cell[i + 1],
			(plan->count - i) * sizeof(*cell));
	}
}

int plan_build(const struct plan_options *options, struct plan *ret_plan)
{
	struct builder builder = {.options = options};

	for (size_t i = 0; (builder.next.scenario = scenario_at(i)); i++) {
		if (!wants_scenario(options, builder.next.scenario))
			continue;
		if (cross_backends(&builder)) {
			plan_free(&builder.plan);
			return -1;
		}
	}
	drop_unused_baselines(options, &builder.plan);
	*ret_plan = builder.plan;
	return 0;
}

bool plan_has_cell(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!strcmp(plan->cell[i].id, id))
			return true;
	return false;
}

void plan_free(struct plan *plan)
{
	free(plan->cell);
	plan->cell = NULL;
	plan->count = 0;
}
