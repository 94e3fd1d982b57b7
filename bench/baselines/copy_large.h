/* SPDX-License-Identifier: MIT */
/*
 * How the baselines copy messages of COPY_LARGE_BYTES and more into shared
 * memory and out of it: the best of the ways that were measured (METHOD.md,
 * "Baselines"). memcpy of the C library copies such sizes by one string
 * instruction, which is slower for lines that come from another CPU.
 */
#ifndef IPCMARK_BENCH_BASELINES_COPY_LARGE_H
#define IPCMARK_BENCH_BASELINES_COPY_LARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "impls/core/sync/cpu_hints.h"

#define COPY_LARGE_BYTES ((size_t)8192)
#define COPY_LINE	 64
/* How far ahead a reader asks for lines that the other CPU wrote. */
#define COPY_AHEAD 768

#if defined(__x86_64__)

typedef long long copy_half_line
	__attribute__((vector_size(32), aligned(1), may_alias));

/* Whole lines; the caller has the rest. */
__attribute__((target("avx"))) static inline void copy_lines(
	unsigned char *to, const unsigned char *from, size_t bytes, bool fetch)
{
	for (size_t at = 0; at < bytes; at += COPY_LINE) {
		const copy_half_line *in = (const void *)(from + at);
		copy_half_line *out = (void *)(to + at);
		copy_half_line first, second;

		if (fetch)
			cpu_will_read(from + at + COPY_AHEAD);
		first = in[0];
		second = in[1];
		out[0] = first;
		out[1] = second;
	}
}

static inline bool copy_has_lines(void)
{
	return __builtin_cpu_supports("avx");
}

#else

static inline void copy_lines(unsigned char *to, const unsigned char *from,
			      size_t bytes, bool fetch)
{
	(void)fetch;
	memcpy(to, from, bytes);
}

static inline bool copy_has_lines(void)
{
	return false;
}

#endif

static inline void copy_message(void *to, const void *from, size_t bytes,
				bool fetch)
{
	size_t whole = bytes / COPY_LINE * COPY_LINE;

	if (bytes < COPY_LARGE_BYTES || !copy_has_lines()) {
		memcpy(to, from, bytes);
		return;
	}
	copy_lines(to, from, whole, fetch);
	memcpy((unsigned char *)to + whole, (const unsigned char *)from + whole,
	       bytes - whole);
}

/** Either way, line after line. */
static inline void copy_plain(void *to, const void *from, size_t bytes)
{
	copy_message(to, from, bytes, false);
}

/** Out of memory that the other CPU has just written. */
static inline void copy_fetched(void *to, const void *from, size_t bytes)
{
	copy_message(to, from, bytes, true);
}

#endif
