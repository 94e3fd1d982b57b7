/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include "ipcmark/status.h"

_Thread_local struct interrupt_state interrupt_state;

bool ipcm_set_interruptible(bool interruptible)
{
	bool was = interrupt_state.wanted;

	interrupt_state.wanted = interruptible;
	interrupt_state.came = false;
	return was;
}
