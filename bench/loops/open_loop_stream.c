/* SPDX-License-Identifier: MIT */
/* What the scenarios share that send at fixed times. */
#include "open_loop_stream.h"

void open_loop_send(const struct channel_ops *ops, struct channel *channel,
		    struct worker_context *worker, unsigned char *message,
		    size_t bytes, uint64_t seq)
{
	const char *failed = ops->send(channel, message, bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(worker, "put", seq, failed);
	worker_progress(worker, seq + 1);
}

struct arrival open_loop_receive(const struct channel_ops *ops,
				 struct channel *channel,
				 struct worker_context *worker,
				 unsigned char *buffer, size_t bytes,
				 uint64_t seq)
{
	const char *failed = ops->receive(channel, buffer, bytes);
	struct arrival arrival;

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(worker, "get", seq, failed);
	arrival.now_ns = clock_now();
	if (__builtin_expect(!payload_marked(buffer, bytes, seq), 0) &&
	    !payload_marked(buffer, bytes, SEQ_STOP))
		stream_mismatch(worker, buffer, bytes, seq);
	memcpy(&arrival.intended_ns, buffer + 8, sizeof(int64_t));
	memcpy(&arrival.sent_ns, buffer + 16, sizeof(int64_t));
	if (__builtin_expect(arrival.intended_ns > arrival.sent_ns ||
				     arrival.sent_ns > arrival.now_ns,
			     0))
		worker_fail(
			worker, OUTCOME_INVALID,
			"message %llu is damaged: its times are not in order",
			(unsigned long long)seq);
	return arrival;
}

static void hist_numbers(const struct hist *hist, double *ret_median,
			 double *ret_mean)
{
	if (hist->count == 0)
		return;
	*ret_median = (double)hist_quantile(hist, 0.5);
	*ret_mean = (double)hist->sum / (double)hist->count;
}

void open_loop_numbers(const struct task *task, struct sample *sample)
{
	double *value = sample->value;

	hist_numbers(&task->group->trips, &value[METRIC_LATENCY],
		     &value[METRIC_LATENCY_MEAN]);
	hist_numbers(&task->group->service, &value[METRIC_SERVICE],
		     &value[METRIC_SERVICE_MEAN]);
}
