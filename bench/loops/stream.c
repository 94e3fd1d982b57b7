/* SPDX-License-Identifier: MIT */
/* The parts of stream.h that are not in the timed loops. */
#include "stream.h"

#define BYTES_PER_MIB 1048576.0

const char wire_wrong_size[] = "a message of another size arrived";
const char wire_cut_off[] = "a part of the message is missing";

void stream_call_failed(struct post *post, const char *call, uint64_t seq,
			const char *text)
{
	bool damaged = text == wire_wrong_size || text == wire_cut_off ||
		       text == ipcm_status_text(IPCM_CORRUPT);

	post_fail(post, damaged ? OUTCOME_VOID : OUTCOME_ERROR,
		  "%s of message %llu: %s", call, (unsigned long long)seq,
		  text);
}

void stream_mismatch(struct post *post, const unsigned char *message,
		     size_t bytes, uint64_t seq)
{
	uint64_t got = payload_number(message, bytes, seq);

	if (got == seq)
		post_fail(post, OUTCOME_VOID,
			  "message %llu is damaged: its last word does not "
			  "belong to its first",
			  (unsigned long long)seq);
	if (!payload_closed(message, bytes))
		post_fail(post, OUTCOME_VOID,
			  "damaged data arrived in place of message %llu",
			  (unsigned long long)seq);
	post_fail(post, OUTCOME_VOID,
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
