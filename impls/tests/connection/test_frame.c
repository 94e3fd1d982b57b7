/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the pipe's frames: what is written is read back, and whatever
 * else lies in a buffer, forged headers with a right check included, never
 * makes the reader look beyond it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/testkit/check.h"
#include "impls/objects/connection/connection_frame.h"

#define FORGERIES 2000000

static void test_there_and_back(void)
{
	static const size_t totals[] = {0, 1, 111, 112, 113, 224, 225, 5000};
	uint8_t message[5000];
	uint8_t buffer[128];
	struct frame frame = {0};

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 13);
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		size_t offset = 0;

		do {
			size_t bytes = frame_write(buffer, sizeof(buffer), 7,
						   message, totals[i], offset);

			if (!CHECK(frame_read(buffer, bytes, sizeof(buffer),
					      &frame)))
				return;
			CHECK(!frame_read(buffer, bytes - 1, sizeof(buffer),
					  &frame));
			CHECK(frame.bytes == bytes && frame.offset == offset);
			CHECK(frame.total == totals[i]);
			CHECK(!memcmp(frame.data, message + offset,
				      frame.data_bytes));
			offset += frame.data_bytes;
		} while (offset < totals[i]);
		CHECK(offset == totals[i]);
	}
}

/* A random header; most have a right check, so that the rest is looked at. */
static struct frame_header forge(uint32_t *state)
{
	struct frame_header header;
	uint32_t high = random_next(state);
	uint32_t low = random_next(state);

	/* small values are where the borders are */
	if (high & 1)
		low &= 0xff;
	if (high & 2)
		low = (uint32_t)IPCM_MESSAGE_MAX_BYTES + (low & 3) - 1;
	header.stamp = (int64_t)((uint64_t)high << 32 | low);
	header.offset = random_next(state);
	if (high & 4)
		header.offset = low + (header.offset & 3) - 1;
	if (high & 8)
		header.offset &= 0xff;
	header.check = frame_check(header.stamp, header.offset);
	if ((high & 0xf0) == 0)
		header.check ^= 1u << (high >> 27);
	return header;
}

static void test_forged(void)
{
	uint32_t seed = (uint32_t)now_ns() | 1;
	uint32_t state = seed;
	uint8_t buffer[128] = "";
	unsigned good = 0;

	printf("seed %u for the forgeries\n", seed);
	for (int i = 0; i < FORGERIES; i++) {
		struct frame_header header = forge(&state);
		size_t bytes = random_next(&state) % (sizeof(buffer) + 1);
		struct frame frame = {0};

		memcpy(buffer, &header, sizeof(header));
		if (!frame_read(buffer, bytes, sizeof(buffer), &frame))
			continue;
		good++;
		if (!CHECK(frame.bytes <= bytes) ||
		    !CHECK(frame.data_bytes <= frame.total - frame.offset) ||
		    !CHECK(frame.data_bytes || !frame.total) ||
		    !CHECK(frame.total <= IPCM_MESSAGE_MAX_BYTES) ||
		    !CHECK(header.check ==
			   frame_check(header.stamp, header.offset)))
			return;
	}
	CHECK(good > 0);
}

int main(void)
{
	check_subject("-", "frames");
	test_there_and_back();
	test_forged();
	return check_failures() ? 1 : 0;
}
