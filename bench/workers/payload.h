/* SPDX-License-Identifier: MIT */
/*
 * What the messages say. In a timed pass only the first and the last word of
 * a message change: the sequence number and its complement. In a verification
 * pass every byte follows from seed and sequence number and is compared by
 * the receiver; a tally says what was lost, doubled, overtaken or damaged.
 *
 * A message of 1 to 7 bytes is nothing but the low bytes of its number. Loss
 * and doubling still show (the count does not come out), and so does a message
 * in another's place, unless the two are a multiple of 256^bytes apart. It has
 * no last word: damage is seen as a wrong number.
 */
#ifndef IPCMARK_BENCH_WORKERS_PAYLOAD_H
#define IPCMARK_BENCH_WORKERS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A message holds its sequence number, or what fits of it. */
#define PAYLOAD_MIN_BYTES 1
/** From here on it holds the whole number. */
#define PAYLOAD_WHOLE_BYTES 8
/** Most messages of a verification pass. */
#define TALLY_MAX 8192
/** Sequence number of "that was all". */
#define SEQ_STOP UINT64_MAX

static inline void payload_put_low(unsigned char *message, size_t bytes,
				   uint64_t seq)
{
	for (size_t i = 0; i < bytes; i++)
		message[i] = (unsigned char)(seq >> (8 * i));
}

static inline void payload_mark(unsigned char *message, size_t bytes,
				uint64_t seq)
{
	uint64_t end = ~seq;

	if (__builtin_expect(bytes < PAYLOAD_WHOLE_BYTES, 0)) {
		payload_put_low(message, bytes, seq);
		return;
	}
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

/** The low bytes of its number, of a message too small for all of it. */
static inline uint64_t payload_low(const unsigned char *message, size_t bytes)
{
	uint64_t low = 0;

	for (size_t i = 0; i < bytes; i++)
		low |= (uint64_t)message[i] << (8 * i);
	return low;
}

/** The number of a message of any size: of those that it can be, the one
 *  nearest to the number that is expected. */
static inline uint64_t payload_number(const unsigned char *message,
				      size_t bytes, uint64_t expected)
{
	unsigned unused;
	uint64_t ahead;

	if (bytes >= PAYLOAD_WHOLE_BYTES)
		return payload_seq(message);
	unused = 64 - 8 * (unsigned)bytes;
	ahead = (payload_low(message, bytes) - expected) << unused;
	/* as a signed distance: half of the numbers are behind */
	return expected + (uint64_t)((int64_t)ahead >> unused);
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
	if (__builtin_expect(bytes < PAYLOAD_WHOLE_BYTES, 0))
		return payload_number(message, bytes, seq) == seq;
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

/** One message arrived: read its number, compare all its bytes. */
void tally_take(struct tally *tally, const unsigned char *message, size_t bytes,
		uint64_t seed);

/** Add what another receiver saw of the same sender; into->expected stays. */
void tally_merge(struct tally *into, const struct tally *from);

/** How many numbers were never seen. */
uint64_t tally_lost(const struct tally *tally);

/** Did every message arrive once, in order and intact? */
bool tally_clean(const struct tally *tally);

#endif
