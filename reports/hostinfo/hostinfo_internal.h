/* SPDX-License-Identifier: MIT */
/*
 * What the files of impls/record share with each other and with nobody else:
 * reading the kernel's small text files, and putting a value or the reason
 * for its absence into a block.
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
#define SOURCE_TEXT_BYTES 4096

/**
 * Read a small text file, without white space at its end.
 * @return false if it cannot be read, is empty, or fills the buffer
 */
bool source_text(const char *path, char *ret_text, size_t bytes);

/** Read a file that starts with a whole number. @return false if not. */
bool source_integer(const char *path, int64_t *ret_value);

/** Copy the value behind "key" + white space or ":" in a multi-line text. */
bool source_field(const char *text, const char *key, char *ret_value,
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
json_t *env_clock(void);
json_t *env_cpu(void);
json_t *env_kernel(void);
json_t *env_limits(void);
json_t *env_process(void);
json_t *env_virt(void);

/** Share of one CPU's time limit by cgroup, in CPUs; negative if none. */
double env_cgroup_cpus(void);

/** Ticks of all CPUs since boot, from /proc/stat. */
struct cpu_ticks {
	uint64_t busy;
	uint64_t steal;
	uint64_t total;
};
bool cpu_ticks_read(struct cpu_ticks *ret_ticks);

/** SHA-256 of a text as 64 hexadecimal digits and NUL. */
#define SHA256_HEX_BYTES 65
void sha256_hex(const void *data, size_t bytes, char ret_hex[SHA256_HEX_BYTES]);

/** The "run" block of a new run; see run.c. */
json_t *run_begin(const char *verb, int argc, char *const *argv, uint64_t seed);
/** Now, in UTC, as RFC 3339 text. */
json_t *run_now(void);

/** Version of ipcmark. */
const char *build_tool_version(void);
/** Name of the first sanitizer, or "" */
const char *build_sanitizers(void);
bool build_optimised(void);
const char *build_type(void);

#endif
