/* SPDX-License-Identifier: MIT */
/*
 * A run of bytes: where it is and how long. It owns nothing.
 */
#ifndef IPCMARK_BYTES_H
#define IPCMARK_BYTES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Read only; data may be NULL if there are 0 bytes. */
struct ipcm_bytes {
	const void *data;
	size_t size_bytes;
};

#ifdef __cplusplus
}
#endif

#endif
