/* SPDX-License-Identifier: MIT */
/* The table of metrics; what each includes is told in README.md. */
#include "metrics.h"

static const struct metric_info metrics[METRIC_COUNT] = {
	[METRIC_RTT] = {"rtt_ns", "ns", "lower", "time"},
	[METRIC_RTT_MEAN] = {"rtt_mean_ns", "ns", "lower", "time"},
	[METRIC_RTT_BLOCK] = {"rtt_block_ns", "ns", "lower", "time"},
	[METRIC_MESSAGES] = {"messages_per_s", "1/s", "higher", "rate"},
	[METRIC_MIB] = {"mib_per_s", "MiB/s", "higher", "rate"},
	[METRIC_PAIR] = {"pair_ns", "ns", "lower", "time"},
	[METRIC_ACQUIRES] = {"acquires_per_s", "1/s", "higher", "rate"},
	[METRIC_LEAST_SHARE] = {"least_share", "1", "higher", "ratio"},
	[METRIC_CALL] = {"call_ns", "ns", "lower", "time"},
	[METRIC_USER_SEND] = {"cpu_user_ns_per_message_send", "ns", "lower",
			      "time"},
	[METRIC_USER_RECV] = {"cpu_user_ns_per_message_recv", "ns", "lower",
			      "time"},
	[METRIC_SYSTEM_SEND] = {"cpu_system_ns_per_message_send", "ns", "lower",
				"time"},
	[METRIC_SYSTEM_RECV] = {"cpu_system_ns_per_message_recv", "ns", "lower",
				"time"},
	[METRIC_VOLUNTARY] = {"voluntary_switches_per_message", "1", "lower",
			      "count"},
	[METRIC_INVOLUNTARY] = {"involuntary_switches_per_message", "1",
				"lower", "count"},
	[METRIC_FAULTS] = {"page_faults_per_message", "1", "lower", "count"},
	[METRIC_SPILLED] = {"spilled_items", "1", "lower", "count"},
	[METRIC_PROBE] = {"probe_ns", "ns", "lower", "time"},
};

const struct metric_info *metric_info(enum metric metric)
{
	return &metrics[metric];
}
