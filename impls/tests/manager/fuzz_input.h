/* SPDX-License-Identifier: MIT */
/*
 * The input of the fuzzer: records, each with a head and its bytes. Shared by
 * the fuzzer (fuzz_server.c) and the program that makes its first inputs
 * (fuzz_seeds.c).
 */
#ifndef IPCMARK_IMPLS_TESTS_MANAGER_FUZZ_INPUT_H
#define IPCMARK_IMPLS_TESTS_MANAGER_FUZZ_INPUT_H

#include <stdint.h>

#define FUZZ_CLIENTS 4

enum fuzz_action {
	/** The bytes are a message as it is. */
	FUZZ_RAW,
	/** The same, with zeros behind up to the size of a piece. */
	FUZZ_PIECE,
	/** The bytes are the arguments of a request; its header is right. */
	FUZZ_REQUEST,
	/** The client is gone, and another one comes. */
	FUZZ_REPLACE,
	/** From now on no reply can be sent to it. */
	FUZZ_BREAK,
	FUZZ_ACTIONS
};

struct fuzz_head {
	/** enum fuzz_action, modulo FUZZ_ACTIONS. */
	uint8_t action;
	/** Modulo FUZZ_CLIENTS; the first two are of one process. */
	uint8_t client;
	uint8_t size_bytes;
	/* Of FUZZ_REQUEST: */
	uint8_t flags;
	uint8_t thread;
	/** 0: the manager; else the object of that kind. */
	uint8_t object;
	uint8_t op[2]; /* little endian */
};

#endif
