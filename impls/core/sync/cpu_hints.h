/* SPDX-License-Identifier: MIT */
/*
 * Hints to the CPU: this is a spin loop; this line will soon be written, or
 * read.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_CPU_HINTS_H
#define IPCMARK_IMPLS_CORE_SYNC_CPU_HINTS_H

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("isb" ::: "memory");
#else
	__asm__ __volatile__("" ::: "memory");
#endif
}

static inline void cpu_will_write(const void *address)
{
#if defined(__x86_64__)
	/* the compiler's builtin asks for a shared copy unless told -mprfchw */
	__asm__ __volatile__("prefetchw %0" ::"m"(*(const char *)address));
#else
	__builtin_prefetch(address, 1);
#endif
}

static inline void cpu_will_read(const void *address)
{
	__builtin_prefetch(address, 0);
}

#endif
