/* SPDX-License-Identifier: MIT */
/* The parts of stream.h that are not in the timed loops. */
#include "stream.h"

#define BYTES_PER_MIB 1048576.0

const char channel_wrong_size[] = "a message of another size arrived";
const char channel_cut_off[] = "a part of the message is missing";

void stream_call_failed(struct worker_context *worker, const char *call,
			uint64_t seq, const char *text)
{
	bool damaged = text == channel_wrong_size || text == channel_cut_off ||
		       text == ipcm_status_text(IPCM_CORRUPT);

	worker_fail(worker, damaged ? OUTCOME_INVALID : OUTCOME_ERROR,
		    "%s of message %llu: %s", call, (unsigned long long)seq,
		    text);
}

void stream_mismatch(struct worker_context *worker,
		     const unsigned char *message, size_t bytes, uint64_t seq)
{
	uint64_t got = payload_number(message, bytes, seq);

	if (got == seq)
		worker_fail(worker, OUTCOME_INVALID,
			    "message %llu is damaged: its last word does not "
			    "belong to its first",
			    (unsigned long long)seq);
	if (!payload_closed(message, bytes))
		worker_fail(worker, OUTCOME_INVALID,
			    "damaged data arrived in place of message %llu",
			    (unsigned long long)seq);
	worker_fail(worker, OUTCOME_INVALID,
		    "message %llu arrived in place of %llu: %s",
		    (unsigned long long)got, (unsigned long long)seq,
		    got > seq ? "one was lost or is late"
			      : "one was doubled or came late");
}

void stream_rates(const struct task *task, struct sample *sample)
{
	double seconds = (double)sample->elapsed_ns / (double)NS_PER_S;
	double rate = (double)sample->iterations / seconds;

	sample->value[METRIC_MESSAGES] = rate;
	sample->value[METRIC_MIB] =
		rate * (double)task->axes->size_bytes / BYTES_PER_MIB;
}
