/* SPDX-License-Identifier: MIT */
/* Message contents for verification passes, and the tally of what arrived. */
#include "payload.h"

/* Word number i of message seq: a multiplicative hash, so that a shifted, an
 * older or a neighbouring message never looks like this one. */
static uint64_t body_word(uint64_t seed, uint64_t seq, size_t i)
{
	uint64_t x = seed ^ (seq * UINT64_C(0x9e3779b97f4a7c15));

	x += (uint64_t)i * UINT64_C(0xd1342543de82ef95);
	x *= UINT64_C(0xff51afd7ed558ccd);
	return x ^ (x >> 32);
}

void payload_fill(unsigned char *message, size_t bytes, uint64_t seed,
		  uint64_t seq)
{
	size_t at = sizeof(uint64_t);

	for (; at < bytes; at += sizeof(uint64_t)) {
		uint64_t word = body_word(seed, seq, at);
		size_t left = bytes - at;

		memcpy(message + at, &word,
		       left < sizeof(word) ? left : sizeof(word));
	}
	payload_mark(message, bytes, seq);
}

bool payload_intact(const unsigned char *message, size_t bytes, uint64_t seed)
{
	uint64_t seq = bytes < PAYLOAD_WHOLE_BYTES ? 0 : payload_seq(message);
	size_t at = sizeof(uint64_t);
	size_t end = bytes >= 2 * sizeof(uint64_t) ? bytes - sizeof(uint64_t)
						   : bytes;

	for (; at < end; at += sizeof(uint64_t)) {
		uint64_t word = body_word(seed, seq, at);
		size_t left = end - at;

		if (memcmp(message + at, &word,
			   left < sizeof(word) ? left : sizeof(word)) != 0)
			return false;
	}
	return payload_closed(message, bytes);
}

void tally_begin(struct tally *tally, uint64_t expected)
{
	memset(tally, 0, sizeof(*tally));
	tally->expected = expected;
}

void tally_note(struct tally *tally, uint64_t seq, bool intact)
{
	uint64_t bit = UINT64_C(1) << (seq % 64);

	tally->received++;
	if (!intact || seq >= tally->expected || seq >= TALLY_MAX) {
		tally->damaged++;
		return;
	}
	if (tally->seen[seq / 64] & bit)
		tally->doubled++;
	else if (seq < tally->next)
		tally->overtaken++;
	tally->seen[seq / 64] |= bit;
	if (seq >= tally->next)
		tally->next = seq + 1;
}

void tally_take(struct tally *tally, const unsigned char *message, size_t bytes,
		uint64_t seed)
{
	tally_note(tally, payload_number(message, bytes, tally->next),
		   payload_intact(message, bytes, seed));
}

void tally_merge(struct tally *into, const struct tally *from)
{
	for (size_t i = 0; i < TALLY_MAX / 64; i++) {
		uint64_t both = into->seen[i] & from->seen[i];

		into->doubled += (uint64_t)__builtin_popcountll(both);
		into->seen[i] |= from->seen[i];
	}
	into->received += from->received;
	into->doubled += from->doubled;
	into->overtaken += from->overtaken;
	into->damaged += from->damaged;
	if (from->next > into->next)
		into->next = from->next;
}

uint64_t tally_lost(const struct tally *tally)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < TALLY_MAX / 64; i++)
		seen += (uint64_t)__builtin_popcountll(tally->seen[i]);
	return tally->expected - seen;
}

bool tally_clean(const struct tally *tally)
{
	return !tally->doubled && !tally->overtaken && !tally->damaged &&
	       !tally_lost(tally);
}
