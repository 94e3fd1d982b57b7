/* SPDX-License-Identifier: MIT */
/* The proofs must see what they are for: every kind of damage and loss. */
#include "impls/testkit/check.h"
#include "bench/loops/in_place.h"
#include "bench/workers/payload.h"

#define SEED 42

static void a_single_wrong_byte_is_seen(void)
{
	static const size_t sizes[] = {8, 15, 16, 64, 100, 1024};
	unsigned char message[1024];

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		size_t bytes = sizes[s];

		payload_fill(message, bytes, SEED, 7);
		CHECK(payload_intact(message, bytes, SEED), "%zu B", bytes);
		/* the first word is the number itself: another message */
		for (size_t at = 8; at < bytes; at++) {
			message[at] ^= 1;
			CHECK(!payload_intact(message, bytes, SEED),
			      "byte %zu of %zu", at, bytes);
			message[at] ^= 1;
		}
		/* up to 16 B there is nothing but the number and its mark */
		if (bytes > 16)
			CHECK(!payload_intact(message, bytes, SEED + 1),
			      "content of another run, %zu B", bytes);
	}
}

static void marks_tell_messages_from_each_other(void)
{
	unsigned char message[64] = {0};

	payload_mark(message, sizeof(message), 5);
	CHECK(payload_marked(message, sizeof(message), 5), "its own");
	CHECK(!payload_marked(message, sizeof(message), 6), "the next one");
	message[63] ^= 0x80;
	CHECK(!payload_marked(message, sizeof(message), 5), "torn");
}

static void small_messages_carry_what_fits(void)
{
	unsigned char message[8];

	for (size_t bytes = 1; bytes < 8; bytes++) {
		uint64_t turn = UINT64_C(1) << (8 * bytes);

		for (uint64_t seq = 0; seq < 600; seq++) {
			memset(message, 0xee, sizeof(message));
			payload_fill(message, bytes, SEED, seq);
			CHECK(message[bytes] == 0xee, "writes beyond %zu B",
			      bytes);
			CHECK(payload_intact(message, bytes, SEED), "intact");
			CHECK(payload_marked(message, bytes, seq), "its own");
			CHECK(!payload_marked(message, bytes, seq + 1), "next");
			CHECK(payload_number(message, bytes, seq + 1) == seq &&
				      payload_number(message, bytes,
						     seq + turn / 2 - 1) == seq,
			      "a late one of %zu B", bytes);
			CHECK(payload_number(message, bytes, seq - 1) == seq,
			      "an early one of %zu B", bytes);
			/* the documented limit of the proof */
			CHECK(payload_marked(message, bytes, seq + turn),
			      "a whole turn later");
		}
	}
}

static void a_tally_of_small_messages_sees_faults(void)
{
	static struct tally tally;
	unsigned char message[1];

	tally_begin(&tally, 1000);
	for (uint64_t seq = 0; seq < 1000; seq++) {
		payload_mark(message, 1, seq == 300 ? 301 : seq);
		if (seq != 500)
			tally_take(&tally, message, 1, SEED);
		if (seq == 700)
			tally_take(&tally, message, 1, SEED);
	}
	CHECK(tally_lost(&tally) == 2, "300 and 500: %d",
	      (int)tally_lost(&tally));
	CHECK(tally.doubled == 2, "301 and 700: %d", (int)tally.doubled);
}

static void the_tally_names_each_fault(void)
{
	static struct tally tally;

	tally_begin(&tally, 4);
	for (uint64_t seq = 0; seq < 4; seq++)
		tally_note(&tally, seq, true);
	CHECK(tally_clean(&tally), "a clean run");

	tally_begin(&tally, 4);
	tally_note(&tally, 0, true);
	tally_note(&tally, 2, true);
	tally_note(&tally, 1, true);
	tally_note(&tally, 3, true);
	CHECK(tally.overtaken == 1 && !tally_clean(&tally), "order");

	tally_begin(&tally, 4);
	tally_note(&tally, 0, true);
	tally_note(&tally, 0, true);
	CHECK(tally.doubled == 1 && tally_lost(&tally) == 3, "doubled, lost");

	tally_begin(&tally, 4);
	tally_note(&tally, 1, false);
	tally_note(&tally, 4, true);
	tally_note(&tally, UINT64_MAX, true);
	CHECK(tally.damaged == 3 && tally_lost(&tally) == 4, "damaged");
}

/* In place every word counts, wherever it is. */
static void a_wrong_word_in_place_is_seen(void)
{
	static const size_t sizes[] = {16, 24, 64, 200, 1024};
	static uint64_t words[128];

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		size_t bytes = sizes[s];

		in_place_write(words, bytes, 7);
		CHECK(in_place_read(words, bytes, 7), "%zu bytes", bytes);
		CHECK(!in_place_read(words, bytes, 8), "%zu bytes: the next",
		      bytes);
		for (size_t i = 0; i < bytes / 8; i++) {
			words[i] ^= 1;
			CHECK(!in_place_read(words, bytes, 7),
			      "%zu bytes: word %zu", bytes, i);
			words[i] ^= 1;
		}
		if (bytes < 32)
			continue;
		/* the sum stays as it was, the ends do not */
		words[0] += 1;
		words[1] -= 1;
		CHECK(!in_place_read(words, bytes, 7), "%zu bytes: moved",
		      bytes);
	}
}

int main(void)
{
	a_wrong_word_in_place_is_seen();
	a_single_wrong_byte_is_seen();
	marks_tell_messages_from_each_other();
	small_messages_carry_what_fits();
	a_tally_of_small_messages_sees_faults();
	the_tally_names_each_fault();
	return check_failures() ? 1 : 0;
}
