/* SPDX-License-Identifier: MIT */
/* The baselines that several scenario files share. */
#include "baseline_sets.h"

const struct baseline_set baselines_stream = {
	.two_cpus = {"ring", "oneway", METRIC_MESSAGES, 1, .same_size = true,
		     .same_batch = true},
	.one_cpu = {"copy", "self_loop", METRIC_MESSAGES, 1, .same_size = true},
};

const struct baseline_set baselines_roundtrip = {
	.two_cpus = {"mailbox", "roundtrip", METRIC_RTT, 1, .same_size = true},
	.one_cpu = {"yielding_mailbox", "roundtrip", METRIC_RTT, 1,
		    .same_size = true},
};

const struct baseline_set baselines_latency = {
	.two_cpus = {"cacheline", "pingpong", METRIC_RTT, .share = 0.5},
	.one_cpu = {"sched_yield", "context_switch", METRIC_RTT, .share = 0.5},
};

const struct baseline_set baselines_lock_alone = {
	.one_cpu = {"spin_lock", "lock_uncontended", METRIC_PAIR, .share = 1},
};

const struct baseline_set baselines_lock_shared = {
	.two_cpus = {"spin_lock", "lock_uncontended", METRIC_ACQUIRES,
		     .share = 1},
	.one_cpu = {"spin_lock", "lock_uncontended", METRIC_ACQUIRES,
		    .share = 1},
};

const struct baseline_set baselines_semaphore_alone = {
	.one_cpu = {"atomics", "uncontended", METRIC_PAIR, .share = 1},
};

const struct baseline_set baselines_start_join = {
	.one_cpu = {"fork", "start_join", METRIC_START_JOIN, .share = 1},
};

const struct baseline_set baselines_call = {
	.one_cpu = {"call", "empty_call", METRIC_CALL, .share = 1},
};
