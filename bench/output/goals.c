/* SPDX-License-Identifier: MIT */
/* The table of goals. */
#include "goals.h"

#include <stdlib.h>

/* One row a size: the table has four columns, of which a goal may leave out
 * some. */
#define SHM(scenario, bytes, rest)                                             \
	"queue/shm_ring/" scenario "/size=" bytes "/placement=" rest
#define RATE(name, what, subject, reference, needed)                           \
	{                                                                      \
		name, what, subject, reference, METRIC_MESSAGES, needed        \
	}
#define TRIP(name, what, subject, reference, needed)                           \
	{                                                                      \
		name, what, subject, reference, METRIC_RTT, needed             \
	}

#define ONE_WAY(bytes, size, blocking, busy)                                   \
	RATE("oneway_" bytes,                                                  \
	     "one way, " size ", blocking default, of the ring baseline",      \
	     SHM("oneway", bytes, "2cpu"),                                     \
	     "raw/ring/oneway/size=" bytes "/placement=2cpu", blocking),       \
		RATE("oneway_spin_" bytes,                                     \
		     "one way, " size ", spinning, of the ring baseline",      \
		     SHM("oneway", bytes, "2cpu/wait=spin"),                   \
		     "raw/ring/oneway/size=" bytes "/placement=2cpu", busy),   \
		RATE("oneway_poll_" bytes,                                     \
		     "one way, " size ", polling, of the ring baseline",       \
		     SHM("oneway", bytes, "2cpu/wait=poll"),                   \
		     "raw/ring/oneway/size=" bytes "/placement=2cpu", busy)

#define BATCH(bytes, size, needed)                                             \
	RATE("batch_" bytes,                                                   \
	     "one way, " size ", batches of 64, of the ring baseline that "    \
	     "publishes 64",                                                   \
	     SHM("oneway", bytes, "2cpu/batch=64"),                            \
	     "raw/ring/oneway/size=" bytes "/placement=2cpu/batch=64", needed)

#define BOOST(bytes, size, needed)                                             \
	RATE("boost_" bytes,                                                   \
	     "one way, " size ", blocking default, of Boost's message_queue",  \
	     SHM("oneway", bytes, "2cpu"),                                     \
	     "competitor/boost_mq/oneway/size=" bytes "/placement=2cpu",       \
	     needed)

#define SPIN_TRIP(bytes, size, needed)                                         \
	TRIP("roundtrip_spin_" bytes,                                          \
	     "round trip, " size ", spinning, of the spin mailbox",            \
	     SHM("roundtrip", bytes, "2cpu/wait=spin"),                        \
	     "raw/mailbox/roundtrip/size=" bytes "/placement=2cpu", needed)

#define ONE_CPU_TRIP(bytes, size)                                              \
	TRIP("roundtrip_1cpu_" bytes,                                          \
	     "round trip, " size ", one CPU, of the yielding mailbox",         \
	     SHM("roundtrip", bytes, "1cpu"),                                  \
	     "raw/yielding_mailbox/roundtrip/size=" bytes "/placement=1cpu",   \
	     1.2)

#define KERNEL(name, bytes, size)                                              \
	TRIP("kernel_roundtrip_queue_" name "_" bytes,                         \
	     "round trip, " size ", one CPU, " name                            \
	     " queue, of the mechanism's own",                                 \
	     "queue/" name "/roundtrip/size=" bytes "/placement=1cpu",         \
	     "raw/" name "/roundtrip/size=" bytes "/placement=1cpu", 1.15),    \
		TRIP("kernel_roundtrip_pipe_" name "_" bytes,                  \
		     "round trip, " size ", one CPU, duplex pipe over " name   \
		     ", of the mechanism's own",                               \
		     "pipe/" name "/roundtrip/size=" bytes "/placement=1cpu",  \
		     "raw/" name "/roundtrip/size=" bytes "/placement=1cpu",   \
		     1.15),                                                    \
		RATE("kernel_oneway_" name "_" bytes,                          \
		     "one way, " size ", one CPU, " name                       \
		     " queue, of the mechanism's own",                         \
		     "queue/" name "/oneway/size=" bytes "/placement=1cpu",    \
		     "raw/" name "/oneway/size=" bytes "/placement=1cpu",      \
		     0.95)
#define KERNELS(name)                                                          \
	KERNEL(name, "8", "8 B"), KERNEL(name, "64", "64 B"),                  \
		KERNEL(name, "1024", "1 KiB")

#define QUICKER(name, bytes, size)                                             \
	TRIP("quickest_" bytes "_" name,                                       \
	     "round trip, " size ", two CPUs, blocking default, of the " name  \
	     " queue",                                                         \
	     SHM("roundtrip", bytes, "2cpu"),                                  \
	     "queue/" name "/roundtrip/size=" bytes "/placement=2cpu", 1.0)
#define QUICKEST(bytes, size)                                                  \
	QUICKER("pipe", bytes, size), QUICKER("socketpair", bytes, size),      \
		QUICKER("sysv_msg", bytes, size),                              \
		QUICKER("posix_mq", bytes, size)

#define MANY(bytes, size)                                                      \
	RATE("many_" bytes,                                                    \
	     "4 to 4, " size ", blocking default, of Boost's message_queue",   \
	     SHM("mpmc", bytes, "2cpu/producers=4/consumers=4"),               \
	     "competitor/boost_mq/mpmc/size=" bytes                            \
	     "/placement=2cpu/producers=4/consumers=4",                        \
	     2.0)

static const struct performance_target table[] = {
	ONE_WAY("8", "8 B", 0.6, 0.8),
	ONE_WAY("64", "64 B", 0.6, 0.8),
	ONE_WAY("1024", "1 KiB", 0.85, 0.9),
	ONE_WAY("65536", "64 KiB", 0.95, 0.95),
	BATCH("8", "8 B", 0.9),
	BATCH("64", "64 B", 0.9),
	BATCH("1024", "1 KiB", 0.95),
	RATE("in_place_65536",
	     "one way, 64 KiB written and read in place, of in-place streaming",
	     SHM("in_place", "65536", "2cpu"),
	     "raw/ring/in_place/size=65536/placement=2cpu", 0.95),
	BOOST("8", "8 B", 5.0),
	BOOST("64", "64 B", 6.0),
	BOOST("1024", "1 KiB", 4.0),
	BOOST("65536", "64 KiB", 2.5),
	SPIN_TRIP("8", "8 B", 1.3),
	SPIN_TRIP("64", "64 B", 1.3),
	SPIN_TRIP("1024", "1 KiB", 1.2),
	SPIN_TRIP("65536", "64 KiB", 1.1),
	ONE_CPU_TRIP("8", "8 B"),
	ONE_CPU_TRIP("64", "64 B"),
	ONE_CPU_TRIP("1024", "1 KiB"),
	ONE_CPU_TRIP("65536", "64 KiB"),
	KERNELS("pipe"),
	KERNELS("socketpair"),
	KERNELS("sysv_msg"),
	KERNELS("posix_mq"),
	QUICKEST("16384", "16 KiB"),
	QUICKEST("65536", "64 KiB"),
	MANY("8", "8 B"),
	MANY("64", "64 B"),
	MANY("1024", "1 KiB"),
	MANY("65536", "64 KiB"),
	{"lock",
	 "acquire and release of a lock, alone, of one locked instruction and "
	 "a store",
	 "lock/shm_ring/lock_uncontended/placement=1cpu",
	 "raw/spin_lock/lock_uncontended/placement=1cpu", METRIC_PAIR, 2.0},
	{"lock_fair_2",
	 "lock, 2 contenders, acquires of the least served of those of the "
	 "most served",
	 "lock/shm_ring/lock_contended/placement=2cpu", NULL,
	 METRIC_LEAST_SHARE, 0.3},
	{"lock_fair_4",
	 "lock, 4 contenders, acquires of the least served of those of the "
	 "most served",
	 "lock/shm_ring/lock_contended/placement=2cpu/contenders=4", NULL,
	 METRIC_LEAST_SHARE, 0.3},
	{"wake",
	 "put to a getter that has slept for 1 ms, 64 B, of a bare futex "
	 "wake",
	 SHM("wake_latency", "64", "2cpu/gap=1ms"),
	 "raw/futex/wake_latency/size=64/placement=2cpu/gap=1ms",
	 METRIC_LATENCY, 1.1},
};

#define GOAL_COUNT (sizeof(table) / sizeof(table[0]))

const struct performance_target *goal_at(size_t number)
{
	return number < GOAL_COUNT ? &table[number] : NULL;
}

static void choose(struct goals *chosen, const struct performance_target *goal)
{
	chosen->goal[chosen->count++] = goal;
	chosen->id[chosen->id_count++] = goal->subject;
	if (goal->reference)
		chosen->id[chosen->id_count++] = goal->reference;
}

int goals_choose(const regex_t *names, struct goals *ret_goals)
{
	struct goals chosen = {
		.goal = calloc(GOAL_COUNT, sizeof(*chosen.goal)),
		.id = calloc(2 * GOAL_COUNT, sizeof(*chosen.id)),
	};

	if (!chosen.goal || !chosen.id) {
		goals_free(&chosen);
		return -1;
	}
	for (size_t i = 0; i < GOAL_COUNT; i++)
		if (!regexec(names, table[i].name, 0, NULL, 0))
			choose(&chosen, &table[i]);
	*ret_goals = chosen;
	return 0;
}

void goals_free(struct goals *goals)
{
	free(goals->goal);
	free(goals->id);
	*goals = (struct goals){0};
}
