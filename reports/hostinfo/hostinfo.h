/* SPDX-License-Identifier: MIT */
/*
 * Facts about this host, this process and this build, as they go into every
 * result file, and warnings about times measured now.
 */
#ifndef IPCMARK_REPORTS_HOSTINFO_HOSTINFO_H
#define IPCMARK_REPORTS_HOSTINFO_HOSTINFO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Environment of this host and process; new reference. See hostinfo.c. */
json_t *hostinfo_json(void);

/** Compiler, flags, libraries, sanitizers of this build; new reference. */
json_t *build_json(void);

/** Version of ipcmark. */
const char *build_tool_version(void);

/**
 * Reasons why times measured now are not reliable (debug build, sanitizer,
 * load, steal ...): a JSON array of sentences, empty if there is none.
 */
json_t *measurement_warnings(void);

/** Leave out the 100 ms in which the neighbours are watched: for short runs
 *  that are compared with one another in turns. */
void measurement_warnings_at_once(void);

/** Ticks of all CPUs since boot, from /proc/stat. */
struct cpu_ticks {
	uint64_t busy;
	uint64_t steal;
	uint64_t total;
};
bool cpu_ticks_read(struct cpu_ticks *ret_ticks);

#endif
