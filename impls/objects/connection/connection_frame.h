/* SPDX-License-Identifier: MIT */
/*
 * The frame of a pipe: 16 bytes before each piece of a message.
 *
 *   stamp   message number (31 bits, never 0) << 32 | bytes of the whole
 *           message; positive, as backend.h demands of a frame's first 8 bytes
 *   offset  where in the message this piece belongs
 *   check   a hash of both, so that foreign or shifted bytes are noticed
 *
 * A message that carries a descriptor is one frame without bytes; the flag
 * FRAME_CARRIER in its length says so. FRAME_AFTER_WITHDRAWN, in a message's
 * first frame, says that its sender gave up the message before in the middle.
 *
 * The length of a piece follows from stamp, offset and the frame size of the
 * channel, so that a stream of frames can be split without a length field.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_FRAME_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ipcmark/pipe.h"

/** In the low half of a stamp, above every length that a message can have. */
#define FRAME_CARRIER	      (UINT32_C(1) << 31)
#define FRAME_AFTER_WITHDRAWN (UINT32_C(1) << 30)

_Static_assert(IPCM_MESSAGE_MAX_BYTES < FRAME_AFTER_WITHDRAWN,
	       "the flags are no length");

/** As it lies in the channel, at any alignment; native byte order. */
struct frame_header {
	int64_t stamp;
	uint32_t offset;
	uint32_t check;
};

_Static_assert(sizeof(struct frame_header) == 16, "no padding in a frame");

/** A piece of a message found in a buffer. */
struct frame {
	/** Without FRAME_AFTER_WITHDRAWN: the same in all pieces. */
	int64_t stamp;
	/** Of its message. */
	uint32_t number;
	size_t total;
	size_t offset;
	const uint8_t *data;
	size_t data_bytes;
	/** Header and data. */
	size_t bytes;
	/** It is meant to carry a descriptor. */
	bool carrier;
	/** The message with the number before was withdrawn. */
	bool after_withdrawn;
};

/** Number n of a message, reduced to the range of a stamp. */
static inline uint32_t frame_number(uint32_t n)
{
	return (n & UINT32_C(0x7fffffff)) ? n & UINT32_C(0x7fffffff) : 1;
}

/** The number after n. */
static inline uint32_t frame_number_next(uint32_t n)
{
	return frame_number(n + 1);
}

static inline int64_t frame_stamp(uint32_t number, size_t total)
{
	return (int64_t)((uint64_t)number << 32 | total);
}

static inline uint32_t frame_check(int64_t stamp, uint32_t offset)
{
	uint64_t mixed =
		(uint64_t)stamp ^ offset * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ UINT64_C(0x69706361726b7069)) *
		UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(mixed >> 32);
}

/** Bytes of a message that its piece at offset carries. */
static inline size_t frame_data_bytes(size_t frame_bytes, size_t total,
				      size_t offset)
{
	size_t space = frame_bytes - sizeof(struct frame_header);

	return total - offset < space ? total - offset : space;
}

/** Write header and data. @return bytes of the frame */
static inline size_t frame_write(uint8_t *frame, size_t frame_bytes,
				 uint32_t number, const uint8_t *message,
				 size_t total, size_t offset)
{
	size_t data = frame_data_bytes(frame_bytes, total, offset);
	struct frame_header header = {.stamp = frame_stamp(number, total),
				      .offset = (uint32_t)offset};

	header.check = frame_check(header.stamp, header.offset);
	memcpy(frame, &header, sizeof(header));
	if (data)
		memcpy(frame + sizeof(header), message + offset, data);
	return sizeof(header) + data;
}

/** The frame in the buffer begins a message behind a withdrawn one. */
static inline void frame_mark_after_withdrawn(uint8_t *frame)
{
	struct frame_header header;

	memcpy(&header, frame, sizeof(header));
	header.stamp |= FRAME_AFTER_WITHDRAWN;
	header.check = frame_check(header.stamp, header.offset);
	memcpy(frame, &header, sizeof(header));
}

/** Write the frame that carries a descriptor. @return bytes of the frame */
static inline size_t frame_write_carrier(uint8_t *frame, uint32_t number)
{
	struct frame_header header = {
		.stamp = frame_stamp(number, FRAME_CARRIER)};

	header.check = frame_check(header.stamp, header.offset);
	memcpy(frame, &header, sizeof(header));
	return sizeof(header);
}

/**
 * Find the frame at the start of a buffer; everything in it is checked.
 * @return false if these bytes are no whole frame
 */
static inline bool frame_read(const uint8_t *buffer, size_t bytes,
			      size_t frame_bytes, struct frame *ret_frame)
{
	struct frame_header header;
	struct frame frame;

	if (bytes < sizeof(header))
		return false;
	memcpy(&header, buffer, sizeof(header));
	if (header.stamp <= 0 ||
	    header.check != frame_check(header.stamp, header.offset))
		return false;
	frame.after_withdrawn = header.stamp & FRAME_AFTER_WITHDRAWN;
	frame.stamp = header.stamp & ~(int64_t)FRAME_AFTER_WITHDRAWN;
	frame.number = (uint32_t)((uint64_t)frame.stamp >> 32);
	frame.carrier = (uint32_t)frame.stamp == FRAME_CARRIER;
	frame.total = frame.carrier ? 0 : (uint32_t)frame.stamp;
	frame.offset = header.offset;
	if (frame.total > IPCM_MESSAGE_MAX_BYTES ||
	    (frame.offset && frame.offset >= frame.total))
		return false;
	frame.data = buffer + sizeof(header);
	frame.data_bytes =
		frame_data_bytes(frame_bytes, frame.total, frame.offset);
	frame.bytes = sizeof(header) + frame.data_bytes;
	*ret_frame = frame;
	return frame.bytes <= bytes;
}

#endif
