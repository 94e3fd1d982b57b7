/* SPDX-License-Identifier: MIT */
/*
 * The faults that mutant.c can plant, and what it keeps about a wrapped
 * back-end and about each open object. Private to mutant.c: the names of the
 * faults for others are in mutant.h.
 */
#ifndef IPCMARK_RECORD_MUTANT_FAULTS_H
#define IPCMARK_RECORD_MUTANT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"

enum fault {
	FAULT_DROP,
	FAULT_DOUBLE,
	FAULT_SWAP,
	FAULT_FLIP,
	FAULT_CUT,
	FAULT_DELAY,
	FAULT_NO_WAIT,
	FAULT_NO_EOF,
	FAULT_NO_CLOEXEC,
	FAULT_LEAK_DESCRIPTOR,
	FAULT_LEAK_OBJECT,
	FAULT_TWO_TOKENS,
	FAULT_LOSE_TOKEN,
	FAULT_COUNT
};

static const struct {
	const char *name;
	unsigned every;
	const char *summary;
} faults[FAULT_COUNT] = {
	{"drop", 7, "a frame is lost; a stored item is emptied"},
	{"double", 7, "a frame comes twice; a stored item repeats the last"},
	{"swap", 7, "two neighbours change places"},
	{"flip", 7, "one bit of the last byte is turned over"},
	{"cut", 7, "the last byte is cut off"},
	{"delay", 1, "a send takes 100 us longer"},
	{"no-wait", 1, "waiting returns at once: a busy loop"},
	{"no-eof", 1, "the end of file is reported as empty"},
	{"no-cloexec", 1, "descriptors are not close-on-exec"},
	{"leak-descriptor", 1, "every open leaves a descriptor behind"},
	{"leak-object", 1, "close closes nothing"},
	{"two-tokens", 5, "a lock's token is taken and still there"},
	{"lose-token", 5, "a lock's token is not given back"},
};

/* The state behind the header is the real one, behind it is KEEP_BYTES of room
 * for one frame or item. */
enum { WRAPPERS = 6, KEEP_BYTES = 1 << 16, HEADER_BYTES = 128 };

struct mutant {
	enum fault fault;
	unsigned every;
	struct ipcm_backend backend;
	const struct ipcm_backend *real;
	struct ipcm_queue_ops queue;
	struct ipcm_pipe_ops pipe;
	struct ipcm_lock_ops lock;
	struct ipcm_port_ops queue_port, pipe_port;
	struct ipcm_store_ops store;
	struct ipcm_token_ops token;
};

/* In front of every state. */
struct header {
	struct mutant *mutant;
	union {
		const struct ipcm_port_ops *port;
		const struct ipcm_store_ops *store;
		const struct ipcm_token_ops *token;
	} real;
	/* A frame or an item that is kept for later. */
	uint8_t *kept;
	size_t kept_bytes;
	bool has_kept;
	/* Where the kept item lies in a store. */
	uint32_t head, at, items, number;
};

_Static_assert(sizeof(struct header) <= HEADER_BYTES, "state stays aligned");

#endif
