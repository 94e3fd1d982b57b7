/* SPDX-License-Identifier: MIT */
/*
 * What the messages say. In a timed pass only the first and the last word of
 * a message change: the sequence number and its complement. In a verification
 * pass every byte follows from seed and sequence number and is compared by
 * the receiver; a tally says what was lost, doubled, overtaken or damaged.
 */
#ifndef IPCMARK_BENCH_PAYLOAD_H
#define IPCMARK_BENCH_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A message holds its sequence number, so it cannot be smaller. */
#define PAYLOAD_MIN_BYTES 8
/** Most messages of a verification pass. */
#define TALLY_MAX 8192
/** Sequence number of "that was all". */
#define SEQ_STOP UINT64_MAX

static inline void payload_mark(unsigned char *message, size_t bytes,
				uint64_t seq)
{
	uint64_t end = ~seq;

	memcpy(message, &seq, sizeof(seq));
	if (bytes >= 2 * sizeof(seq))
		memcpy(message + bytes - sizeof(end), &end, sizeof(end));
}

static inline uint64_t payload_seq(const unsigned char *message)
{
	uint64_t seq;

	memcpy(&seq, message, sizeof(seq));
	return seq;
}

/** Does the last word belong to the first one? */
static inline bool payload_closed(const unsigned char *message, size_t bytes)
{
	uint64_t end;

	if (bytes < 2 * sizeof(end))
		return true;
	memcpy(&end, message + bytes - sizeof(end), sizeof(end));
	return end == ~payload_seq(message);
}

static inline bool payload_marked(const unsigned char *message, size_t bytes,
				  uint64_t seq)
{
	return payload_seq(message) == seq && payload_closed(message, bytes);
}

/** Fill every byte from seed and sequence number. */
void payload_fill(unsigned char *message, size_t bytes, uint64_t seed,
		  uint64_t seq);

/** Is every byte as payload_fill makes it, for the number it carries? */
bool payload_intact(const unsigned char *message, size_t bytes, uint64_t seed);

/** What a receiver saw in a verification pass; may lie in shared memory. */
struct tally {
	uint64_t expected;
	uint64_t received;
	uint64_t doubled;
	/** Came after one with a higher number. */
	uint64_t overtaken;
	uint64_t damaged;
	/** One more than the highest number seen. */
	uint64_t next;
	uint64_t seen[TALLY_MAX / 64];
};

void tally_begin(struct tally *tally, uint64_t expected);

/** One message arrived. */
void tally_note(struct tally *tally, uint64_t seq, bool intact);

/** How many numbers were never seen. */
uint64_t tally_lost(const struct tally *tally);

/** Did every message arrive once, in order and intact? */
bool tally_clean(const struct tally *tally);

#endif
