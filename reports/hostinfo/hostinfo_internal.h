/* SPDX-License-Identifier: MIT */
/*
 * What only the files of this folder share: reading the kernel's small text
 * files, and putting a value or the reason for its absence into a block.
 *
 * A block is a JSON object. A fact that cannot be known is null, and the
 * block's "why" object holds a sentence under the same key.
 */
#ifndef IPCMARK_REPORTS_HOSTINFO_HOSTINFO_INTERNAL_H
#define IPCMARK_REPORTS_HOSTINFO_HOSTINFO_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longest text taken from a file of /proc or /sys, with its NUL. */
#define TEXT_BYTES 4096

/**
 * Read a small text file, without white space at its end.
 * @return false if it cannot be read, is empty, or fills the buffer
 */
bool read_text(const char *path, char *ret_text, size_t bytes);

/** Read a file that starts with a whole number. @return false if not. */
bool read_integer(const char *path, int64_t *ret_value);

/** Copy the value behind "key" + white space or ":" in a multi-line text. */
bool text_field(const char *text, const char *key, char *ret_value,
		size_t bytes);

/** Put a value; NULL puts null and, unless why is NULL, its reason. */
void block_put(json_t *block, const char *key, json_t *value, const char *why);

/** Put a file's text, or null + why. */
void block_put_text(json_t *block, const char *key, const char *path,
		    const char *why);

/** Put a file's whole number, or null + why. */
void block_put_integer(json_t *block, const char *key, const char *path,
		       const char *why);

/** The blocks of the environment; each returns a new object. */
json_t *hostinfo_clock(void);
json_t *hostinfo_cpu(void);
json_t *hostinfo_kernel(void);
json_t *hostinfo_limits(void);
json_t *hostinfo_process(void);
json_t *hostinfo_virtualization(void);

/** Share of one CPU's time limit by cgroup, in CPUs; negative if none. */
double cgroup_cpus(void);

/** Name of the first sanitizer, or "" */
const char *build_sanitizers(void);
bool build_optimised(void);
const char *build_type(void);

#endif
