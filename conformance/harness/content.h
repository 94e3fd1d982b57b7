/* SPDX-License-Identifier: MIT */
/*
 * Thousands of items above 4 KiB, every byte of which is compared: a byte that
 * is changed in one of 1000 such items is found.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CONTENT_H
#define IPCMARK_CONFORMANCE_HARNESS_CONTENT_H

#include "peer.h"

/** How they travel; both check that they succeed. */
struct content_calls {
	void (*put)(void *object, const void *item, size_t bytes);
	/** @return the size of the item */
	size_t (*get)(void *object, void *buffer, size_t bytes);
};

/** A peer puts them, the caller gets them, in this order. */
void content_pass(const struct content_calls *calls, void *object);

#endif
