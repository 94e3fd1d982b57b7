/* SPDX-License-Identifier: MIT */
/* The plan: ids, axes, selections and orders. */
#include "impls/testkit/check.h"
#include "bench/plan/plan.h"
#include "bench/competitors/competitor_list.h"

#include <stdlib.h>
#include <string.h>

static const struct ipcm_backend memory = {.capabilities = IPCM_CAP_ZERO_COPY};

static struct plan_backend backends[] = {
	{"pipe", NULL, "not needed here"},
	{"shm_ring", &memory, NULL},
};

static struct plan build(struct plan_options options)
{
	struct plan plan = {NULL, 0};

	options.backend = backends;
	options.backend_count = 2;
	CHECK(!plan_build(&options, &plan), "no memory");
	return plan;
}

static bool has(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!strcmp(plan->cell[i].id, id))
			return true;
	return false;
}

#define HAS(id)	  CHECK(has(&plan, id), "%s", id)
#define LACKS(id) CHECK(!has(&plan, id), "%s", id)

static void ids_are_stable(void)
{
	struct plan plan = build((struct plan_options){0});

	HAS("queue/shm_ring/oneway/size=64/placement=2cpu");
	HAS("queue/shm_ring/oneway/size=64/placement=2cpu/batch=64");
	HAS("queue/shm_ring/roundtrip/size=8/placement=2cpu/wait=spin");
	HAS("pipe/pipe/roundtrip/size=65536/placement=1cpu");
	HAS("lock/pipe/lock_uncontended/placement=1cpu");
	HAS("raw/posix_mq/oneway/size=64/placement=1cpu");
	HAS("raw/mailbox/roundtrip/size=8/placement=2cpu");
	CHECK(!has(&plan, "raw/mailbox/roundtrip/size=8/placement=1cpu"),
	      "a spinning baseline needs two CPUs");
	HAS("queue/pipe/mpmc/size=64/placement=2cpu/producers=4/consumers=4");
	HAS("queue/pipe/open_loop/size=64/placement=2cpu/load=90");
	HAS("queue/pipe/depth/size=64/placement=2cpu/depth=1");
	HAS("queue/pipe/wake_latency/size=64/placement=2cpu/gap=1ms");
	CHECK(!has(&plan,
		   "queue/pipe/open_loop/size=64/placement=2cpu/load=95"),
	      "the whole curve only with --full");
	CHECK(!has(&plan, "competitor/boost_mq/oneway/size=64/placement=2cpu"),
	      "competitors only with --competitors");
	plan_free(&plan);
}

static void the_full_plan_has_every_point(void)
{
	struct plan plan = build((struct plan_options){.full = true});

	CHECK(has(&plan, "queue/shm_ring/mpmc/size=64/placement=1cpu"),
	      "one to one goes without saying");
	HAS("queue/shm_ring/mpmc/size=64/placement=free"
	    "/producers=8/consumers=8");
	HAS("queue/shm_ring/open_loop/size=64/placement=1cpu/load=110");
	HAS("queue/shm_ring/depth/size=64/placement=1cpu/depth=1024");
	CHECK(has(&plan,
		  "queue/shm_ring/wake_latency/size=64/placement=1cpu/gap=0"),
	      "no gap is a gap, too");
	HAS("queue/shm_ring/wake_latency/size=64/placement=1cpu/gap=10us");
	HAS("queue/pipe/oneway/size=1/placement=1cpu");
	CHECK(has(&plan, "lock/pipe/lock_contended/placement=2cpu"),
	      "two contenders go without saying");
	plan_free(&plan);
}

static void the_full_plan_has_every_way_to_wait(void)
{
	struct plan plan = build((struct plan_options){.full = true});

	HAS("queue/pipe/roundtrip/size=64/placement=1cpu/wait=poll");
	CHECK(has(&plan, "queue/pipe/oneway/size=64/placement=1cpu/wait=spin"),
	      "spinning where it cannot help, for once");
	HAS("queue/pipe/oneway/size=1024/placement=2cpu/wait=spin");
	CHECK(!has(&plan, "queue/pipe/oneway/size=1024/placement=2cpu"
			  "/wait=poll"),
	      "polling for one size");
	CHECK(has(&plan, "queue/pipe/oneway/size=64/placement=1cpu/batch=256"),
	      "the batch sweep");
	CHECK(!has(&plan, "queue/pipe/oneway/size=256/placement=1cpu"
			  "/batch=256"),
	      "for one size");
	HAS("queue/pipe/oneway/size=4096/placement=free");
	CHECK(!has(&plan, "queue/pipe/oneway/size=256/placement=free"),
	      "three sizes unpinned");
	plan_free(&plan);
}

static void hardware_threads_are_measured_where_there_are_any(void)
{
	static const char id[] = "queue/pipe/roundtrip/size=64/placement=smt";
	struct plan_options options = {.full = true};
	static char pin[] = "smt";
	struct plan plan = build(options);

	LACKS(id);
	plan_free(&plan);
	options.siblings = true;
	plan = build(options);
	HAS(id);
	LACKS("queue/pipe/open_loop/size=64/placement=smt/load=50");
	HAS("raw/mailbox/roundtrip/size=64/placement=smt");
	plan_free(&plan);
	options = (struct plan_options){.pins = {.name = {pin}, .count = 1}};
	plan = build(options);
	CHECK(has(&plan, id), "asked for, so that the row says why not");
	plan_free(&plan);
}

static void every_id_is_unique_and_clean(void)
{
	struct plan plan =
		build((struct plan_options){.full = true, .competitors = true});

	CHECK(plan.count > 100, "%zu cells", plan.count);
	for (size_t i = 0; i < plan.count; i++) {
		const char *id = plan.cell[i].id;

		CHECK(id[strspn(id,
				"abcdefghijklmnopqrstuvwxyz0123456789_=/")] ==
			      '\0',
		      "%s", id);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(id, plan.cell[j].id), "%s twice", id);
	}
	plan_free(&plan);
}

static void filters_select_and_negate(void)
{
	struct plan_options options = {.filters = {0}};
	struct plan plan;

	filters_add(&options.filters, "^queue/pipe");
	filters_add(&options.filters, "-2cpu");
	filters_add(&options.filters, "^queue/shm_ring");
	plan = build(options);
	CHECK(plan.count > 0, "nothing left");
	for (size_t i = 0; i < plan.count; i++)
		CHECK((!strncmp(plan.cell[i].id, "queue/pipe", 10) ||
		       !strncmp(plan.cell[i].id, "queue/shm_ring", 14) ||
		       plan.cell[i].scenario->is_baseline) &&
			      !strstr(plan.cell[i].id, "2cpu"),
		      "%s", plan.cell[i].id);
	CHECK(has(&plan, "raw/copy/self_loop/size=64/placement=1cpu"),
	      "a baseline comes along");
	CHECK(has(&plan, "queue/pipe/oneway/size=64/placement=1cpu") &&
		      has(&plan,
			  "queue/shm_ring/oneway/size=64/placement=1cpu"),
	      "each filter adds its cells");
	plan_free(&plan);
	filters_free(&options.filters);
}

static void a_baseline_comes_along_whatever_narrows_the_plan(void)
{
	struct plan_options options = {0};
	static char scenario[] = "lock_contended", pin[] = "2cpu";
	static char oneway[] = "oneway", one[] = "1cpu";
	struct plan plan;

	options.scenarios = (struct name_list){.name = {scenario}, .count = 1};
	options.pins = (struct name_list){.name = {pin}, .count = 1};
	plan = build(options);
	CHECK(has(&plan, "raw/spin_lock/lock_uncontended/placement=1cpu"),
	      "in another placement");
	CHECK(!has(&plan, "raw/ring/oneway/size=64/placement=2cpu"),
	      "only what is stood on");
	plan_free(&plan);
	options.scenarios.name[0] = oneway;
	options.pins.name[0] = one;
	options.batches = (struct size_list){.value = {64}, .count = 1};
	plan = build(options);
	CHECK(has(&plan, "raw/copy/self_loop/size=64/placement=1cpu"),
	      "without batches of its own");
	CHECK(!has(&plan, "raw/ring/oneway/size=64/placement=2cpu/batch=64"),
	      "not in a placement that was not asked for");
	plan_free(&plan);
}

static void naming_a_backend_keeps_its_raw_mechanism(void)
{
	struct plan_options options = {0};
	static char name[] = "pipe";
	struct plan plan;

	options.backend_names.name[0] = name;
	options.backend_names.count = 1;
	plan = build(options);
	HAS("raw/pipe/oneway/size=64/placement=1cpu");
	LACKS("raw/sysv_msg/oneway/size=64/placement=1cpu");
	plan_free(&plan);
}

static void baselines_come_along_with_what_stands_on_them(void)
{
	struct plan_options options = {0};
	static char backend[] = "pipe", scenario[] = "oneway", raw[] = "raw";
	static char queue[] = "queue";
	struct plan plan;

	options.backend_names.name[0] = backend;
	options.backend_names.count = 1;
	options.scenarios.name[0] = scenario;
	options.scenarios.count = 1;
	plan = build(options);
	HAS("raw/ring/oneway/size=64/placement=2cpu");
	CHECK(has(&plan, "raw/copy/self_loop/size=64/placement=1cpu"),
	      "of another scenario");
	CHECK(!has(&plan, "raw/cacheline/pingpong/placement=2cpu"),
	      "nothing here is compared with it");
	plan_free(&plan);
	options.ifaces.name[0] = queue;
	options.ifaces.count = 1;
	plan = build(options);
	CHECK(!has(&plan, "raw/ring/oneway/size=64/placement=2cpu"),
	      "nothing raw was asked for");
	plan_free(&plan);
	options.ifaces.name[0] = raw;
	plan = build(options);
	HAS("raw/ring/oneway/size=64/placement=2cpu");
	plan_free(&plan);
}

static void an_order_is_a_permutation_that_the_seed_repeats(void)
{
	struct plan plan = build((struct plan_options){0});
	size_t *first = calloc(plan.count, sizeof(*first));
	size_t *again = calloc(plan.count, sizeof(*again));
	size_t *other = calloc(plan.count, sizeof(*other));
	unsigned char *seen = calloc(plan.count, 1);

	CHECK(first && again && other && seen, "no memory");
	plan_shuffle(&plan, 7, 0, first);
	plan_shuffle(&plan, 7, 0, again);
	plan_shuffle(&plan, 7, 1, other);
	CHECK(!memcmp(first, again, plan.count * sizeof(*first)), "same seed");
	CHECK(memcmp(first, other, plan.count * sizeof(*first)),
	      "another repetition has another order");
	for (size_t i = 0; i < plan.count; i++)
		CHECK(!seen[first[i]]++, "cell %zu twice", first[i]);
	free(first);
	free(again);
	free(other);
	free(seen);
	plan_free(&plan);
}

static void a_verification_pass_fits_its_tally(void)
{
	struct axes axes = {.size_bytes = 64, .depth = 1024};

	CHECK(plan_verify_count(&axes) > 2 * 1024, "goes around the ring");
	axes.depth = 1;
	CHECK(plan_verify_count(&axes) >= 1000, "a mutant has time to strike");
	axes.size_bytes = 16 << 20;
	axes.depth = 64;
	CHECK(plan_verify_count(&axes) >= 16, "large messages");
	axes.size_bytes = 8;
	axes.depth = 131072;
	CHECK(plan_verify_count(&axes) <= TALLY_MAX, "tally");
}

static void objects_have_a_few_quick_cells_and_many_full_ones(void)
{
	struct plan plan = build((struct plan_options){0});

	HAS("rlock/pipe/uncontended/placement=1cpu");
	HAS("semaphore/pipe/uncontended/placement=1cpu");
	HAS("lock/pipe/handoff/placement=2cpu");
	HAS("manager/pipe/dict_get/size=65536/placement=1cpu/clients=1");
	HAS("manager/pipe/dict_set/size=64/placement=2cpu/clients=8");
	LACKS("manager/pipe/dict_get/size=64/placement=2cpu/clients=64");
	LACKS("manager/pipe/dict_get/size=1024/placement=2cpu/clients=8");
	HAS("pool/pipe/map/placement=2cpu/tasks=10000");
	LACKS("pool/pipe/map/placement=2cpu/tasks=100000");
	LACKS("pool/pipe/map/placement=1cpu/tasks=1");
	HAS("raw/process/start_join/placement=1cpu");
	HAS("lock/pipe/lock_contended/placement=2cpu");
	CHECK(!has(&plan, "lock/pipe/lock_contended/placement=2cpu"
			  "/contenders=4"),
	      "four contend only with --full");
	CHECK(!has(&plan, "queue/pipe/endurance/size=64/placement=2cpu"),
	      "endurance only with --full or by name");
	plan_free(&plan);
	plan = build((struct plan_options){.full = true});
	HAS("lock/pipe/lock_contended/placement=1cpu/contenders=8");
	CHECK(has(&plan, "semaphore/pipe/contended/placement=2cpu"
			 "/contenders=4"),
	      "four for two permits");
	HAS("barrier/shm_ring/handoff/placement=1cpu");
	LACKS("barrier/shm_ring/handoff/placement=free");
	HAS("manager/pipe/dict_set/size=8/placement=2cpu/clients=1");
	HAS("manager/pipe/dict_get/size=64/placement=2cpu/clients=64");
	HAS("pool/shm_ring/map/placement=2cpu/tasks=100000");
	HAS("queue/pipe/startup/size=64/placement=1cpu");
	HAS("lock/pipe/recovery/placement=1cpu");
	CHECK(has(&plan, "queue/pipe/recovery_put/size=64/placement=2cpu"),
	      "recovery of put");
	HAS("queue/pipe/endurance/size=64/placement=2cpu");
	plan_free(&plan);
}

static void only_what_is_listed_is_planned(void)
{
	static const char *const ids[] = {
		"queue/shm_ring/oneway/size=64/placement=2cpu",
		"raw/ring/oneway/size=64/placement=2cpu",
		"raw/ring/oneway/size=64/placement=2cpu",
		"competitor/boost_mq/oneway/size=64/placement=2cpu",
	};
	struct plan_options options = {.only = ids, .only_count = 4};
	struct plan plan = build(options);

	HAS(ids[0]);
	CHECK(has(&plan, ids[1]), "a baseline that is listed");
	CHECK(plan.count == 2, "%zu cells", plan.count);
	plan_free(&plan);
	options.only = &ids[1];
	options.only_count = 1;
	plan = build(options);
	CHECK(plan.count == 1, "%zu cells: nothing stands on it", plan.count);
	plan_free(&plan);
	options.only = ids;
	plan = build(options);
	CHECK(plan.count == 1, "%zu cells: its baseline is not listed",
	      plan.count);
	plan_free(&plan);
}

static void what_is_written_in_place_needs_memory(void)
{
	struct plan_options options = {.full = true};
	struct plan plan;

	options.sizes.value[0] = 8;
	options.sizes.value[1] = 65536;
	options.sizes.count = 2;
	plan = build(options);
	HAS("queue/shm_ring/in_place/size=65536/placement=2cpu");
	HAS("raw/ring/in_place/size=65536/placement=2cpu");
	HAS("queue/shm_ring/mpmc/size=8/placement=2cpu"
	    "/producers=4/consumers=4");
	CHECK(!has(&plan, "queue/shm_ring/in_place/size=8/placement=2cpu"),
	      "one word proves nothing in place");
	plan_free(&plan);
	options.sizes.value[0] = 4;
	plan = build(options);
	LACKS("queue/shm_ring/mpmc/size=4/placement=2cpu");
	plan_free(&plan);
	plan = build((struct plan_options){.full = true});
	HAS("queue/shm_ring/in_place/size=4096/placement=1cpu");
	CHECK(!has(&plan, "queue/shm_ring/mpmc/size=65536/placement=2cpu"
			  "/producers=4/consumers=4"),
	      "other sizes from many to many are asked for");
	plan_free(&plan);
	plan = build((struct plan_options){0});
	HAS("raw/futex/wake_latency/size=64/placement=2cpu/gap=1ms");
	LACKS("queue/shm_ring/in_place/size=65536/placement=2cpu");
	LACKS("raw/ring/in_place/size=65536/placement=2cpu");
	plan_free(&plan);
}

static void scale_is_measured_in_full(void)
{
	struct plan plan =
		build((struct plan_options){.full = true, .competitors = true});

	HAS("queue/shm_ring/backlog/size=64/placement=1cpu/depth=1");
	HAS("queue/pipe/backlog/size=64/placement=1cpu/depth=100000");
	HAS("queue/shm_ring/queues_10000/size=64/placement=1cpu");
	HAS("queue/shm_ring/mpmc/size=64/placement=2cpu"
	    "/producers=32/consumers=32");
	LACKS("competitor/boost_mq/mpmc/size=64/placement=2cpu"
	      "/producers=32/consumers=32");
	plan_free(&plan);
	plan = build((struct plan_options){0});
	LACKS("queue/shm_ring/backlog/size=64/placement=1cpu/depth=1");
	LACKS("queue/shm_ring/queues_1/size=64/placement=1cpu");
	plan_free(&plan);
}

static void a_name_or_a_placement_overrides_the_selection(void)
{
	struct plan_options options = {0};
	static char name[] = "endurance", pin[] = "1cpu";
	struct plan plan;

	options.scenarios.name[0] = name;
	options.scenarios.count = 1;
	plan = build(options);
	CHECK(plan.count == 2, "%zu cells, not one a back-end", plan.count);
	HAS("queue/pipe/endurance/size=64/placement=2cpu");
	plan_free(&plan);
	options.pins.name[0] = pin;
	options.pins.count = 1;
	plan = build(options);
	HAS("queue/pipe/endurance/size=64/placement=1cpu");
	plan_free(&plan);
}

static size_t count_competitors(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->cell[i].scenario->iface == IFACE_COMPETITOR;
	return count;
}

static void competitors_have_one_quick_size_and_five_full_ones(void)
{
	struct plan_options options = {.competitors = true};
	struct plan plan = build(options);

	HAS("competitor/zeromq/roundtrip/size=64/placement=1cpu");
	HAS("competitor/cpython_lock/lock_contended/placement=2cpu");
	CHECK(!has(&plan,
		   "competitor/zeromq/roundtrip/size=1024/placement=1cpu"),
	      "64 B only");
	LACKS("competitor/nng/oneway/size=64/placement=free");
	HAS("competitor/ck_ring/oneway/size=64/placement=2cpu");
	CHECK(!has(&plan,
		   "competitor/boost_spsc/oneway/size=64/placement=1cpu"),
	      "both sides spin");
	HAS("competitor/boost_mq/mpmc/size=64/placement=2cpu"
	    "/producers=4/consumers=4");
	HAS("competitor/zeromq/mpmc/size=64/placement=2cpu"
	    "/producers=2/consumers=2");
	HAS("competitor/cpython_process/start_join/placement=1cpu");
	HAS("competitor/cpython_manager/dict_get/size=64/placement=2cpu"
	    "/clients=8");
	HAS("competitor/cpython_pool/map/placement=2cpu/tasks=10000");
	LACKS("competitor/cpython_pool/map/placement=2cpu/tasks=100000");
	CHECK(count_competitors(&plan) == 47, "%zu", count_competitors(&plan));
	plan_free(&plan);
	options.full = true;
	plan = build(options);
	HAS("competitor/nng/oneway/size=65536/placement=2cpu");
	LACKS("competitor/nng/oneway/size=16384/placement=2cpu");
	LACKS("competitor/nng/oneway/size=64/placement=free");
	HAS("competitor/cpython_manager/dict_set/size=1024/placement=2cpu"
	    "/clients=1");
	HAS("competitor/cpython_manager/dict_get/size=64/placement=2cpu"
	    "/clients=64");
	CHECK(!has(&plan, "competitor/cpython_manager/dict_get/size=1024"
			  "/placement=2cpu/clients=8"),
	      "many clients at one size");
	plan_free(&plan);
	options.sizes.value[0] = 16384;
	options.sizes.count = 1;
	plan = build(options);
	CHECK(has(&plan, "competitor/nng/oneway/size=16384/placement=2cpu"),
	      "a size that is asked for");
	plan_free(&plan);
}

static void every_competitor_has_a_program_and_a_share_of_the_time(void)
{
	struct plan plan =
		build((struct plan_options){.competitors = true, .full = true});
	struct plan ours = competitors_left_out(&plan);

	for (size_t i = 0; i < plan.count; i++) {
		const struct plan_cell *cell = &plan.cell[i];

		if (cell->scenario->iface != IFACE_COMPETITOR) {
			CHECK(cell->scenario->start_s == 0, "%s", cell->id);
			continue;
		}
		CHECK(competitor_find(cell->axes.backend), "%s", cell->id);
		CHECK(cell->scenario->start_s > 0, "%s", cell->id);
	}
	CHECK(count_competitors(&plan) > 100, "%zu", count_competitors(&plan));
	CHECK(count_competitors(&ours) == 0, "%zu", count_competitors(&ours));
	CHECK(ours.count + count_competitors(&plan) == plan.count,
	      "others were left out, too");
	plan_free(&plan);
}

static void every_scenario_row_is_complete(void)
{
	const struct scenario *row;
	size_t count = 0;

	for (; (row = scenario_at(count)); count++)
		CHECK(!scenario_flaw(row), "%s %s: %s", iface_name(row->iface),
		      row->name ? row->name : "?", scenario_flaw(row));
	CHECK(count > 70, "%zu rows", count);
}

int main(void)
{
	every_scenario_row_is_complete();
	ids_are_stable();
	the_full_plan_has_every_point();
	the_full_plan_has_every_way_to_wait();
	hardware_threads_are_measured_where_there_are_any();
	every_id_is_unique_and_clean();
	filters_select_and_negate();
	a_baseline_comes_along_whatever_narrows_the_plan();
	naming_a_backend_keeps_its_raw_mechanism();
	baselines_come_along_with_what_stands_on_them();
	an_order_is_a_permutation_that_the_seed_repeats();
	a_verification_pass_fits_its_tally();
	objects_have_a_few_quick_cells_and_many_full_ones();
	only_what_is_listed_is_planned();
	what_is_written_in_place_needs_memory();
	scale_is_measured_in_full();
	a_name_or_a_placement_overrides_the_selection();
	competitors_have_one_quick_size_and_five_full_ones();
	every_competitor_has_a_program_and_a_share_of_the_time();
	return check_failures() ? 1 : 0;
}
