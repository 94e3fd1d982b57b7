/* SPDX-License-Identifier: MIT */
/*
 * What reference.cmake makes of the folder reference/: the script as one
 * text, and the wanted deviations.
 */
#ifndef IPCMARK_CONFORMANCE_REFERENCE_REFERENCE_TEXT_H
#define IPCMARK_CONFORMANCE_REFERENCE_REFERENCE_TEXT_H

#include <stddef.h>

struct reference_deviation {
	const char *id;
	const char *why;
};

extern const char reference_script[];
extern const size_t reference_script_bytes;
/** Ended by a NULL id. */
extern const struct reference_deviation reference_deviations[];

#endif
