/* SPDX-License-Identifier: MIT */
/*
 * A virtual CPU can stand still for a while. Then its timers are late, and
 * whom they wake looks asleep. Who concludes from threads that sleep that none
 * of them will be woken first makes sure that every CPU has gone on.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CPUS_H
#define IPCMARK_CONFORMANCE_HARNESS_CPUS_H

/** Run for a moment on each CPU that this thread may use. */
void cpus_catch_up(void);

#endif
