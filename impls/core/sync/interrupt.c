/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include "ipcmark/status.h"

_Thread_local struct interrupt_state interrupt_state;

bool ipcm_set_interruptible(bool interruptible)
{
	bool was = interrupt_state.interruptible;

	interrupt_state.interruptible = interruptible;
	interrupt_state.by_handler = false;
	return was;
}
