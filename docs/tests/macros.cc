// SPDX-License-Identifier: MIT
// Every macro of the public headers, used as C++17.
#include <ipcmark/ipcmark.h>

int main()
{
	ipcm_queue_options queue = IPCM_QUEUE_OPTIONS_INIT;
	ipcm_pipe_options pipe = IPCM_PIPE_OPTIONS_INIT;
	ipcm_barrier_options barrier = IPCM_BARRIER_OPTIONS_INIT;
	ipcm_semaphore_options semaphore = IPCM_SEMAPHORE_OPTIONS_INIT;
	ipcm_value_options value = IPCM_VALUE_OPTIONS_INIT;
	ipcm_access access = IPCM_ACCESS_INIT;
	auto limit = IPCM_ITEM_MAX_BYTES + IPCM_MESSAGE_MAX_BYTES;

	(void)queue;
	(void)pipe;
	(void)barrier;
	(void)semaphore;
	(void)value;
	(void)access;
	(void)limit;
	return IPCM_FOREVER > 0 && IPCM_BARRIER_DEFAULT < 0 ? 0 : 1;
}
