/* SPDX-License-Identifier: MIT */
/*
 * An event as a traffic light: while it is clear, cars wait; set lets all of
 * them pass at once, and those that come later pass without waiting.
 */
#include "example.h"

enum { CARS = 4 };

struct crossing {
	struct ipcm_event *green;
	/** One permit for each car that has come, and that has passed. */
	struct ipcm_semaphore *come, *passed;
};

static int drive(void *argument)
{
	struct crossing *crossing = argument;

	MUST(ipcm_semaphore_release(crossing->come));
	MUST(ipcm_event_wait(crossing->green, IPCM_FOREVER));
	MUST(ipcm_semaphore_release(crossing->passed));
	return 0;
}

static void print_passed(struct crossing *crossing, const char *light)
{
	int64_t passed;

	MUST(ipcm_semaphore_value(crossing->passed, &passed));
	printf("%s: %d cars have passed\n", light, (int)passed);
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_process *cars[CARS];
	struct crossing crossing;

	options.initial = 0;
	MUST(ipcm_event_create(backend, &crossing.green));
	MUST(ipcm_semaphore_create(backend, &options, &crossing.come));
	MUST(ipcm_semaphore_create(backend, &options, &crossing.passed));

	/* red: a new event is clear */
	for (int i = 0; i < CARS; i++)
		cars[i] = example_start(drive, &crossing);
	for (int i = 0; i < CARS; i++)
		MUST(ipcm_semaphore_acquire(crossing.come, IPCM_FOREVER));
	example_sleep_ms(50);
	print_passed(&crossing, "red");

	MUST(ipcm_event_set(crossing.green));
	for (int i = 0; i < CARS; i++)
		example_join(cars[i]);
	print_passed(&crossing, "green");

	/* one more finds it green */
	example_join(example_start(drive, &crossing));
	print_passed(&crossing, "still green");

	ipcm_semaphore_free(crossing.passed);
	ipcm_semaphore_free(crossing.come);
	ipcm_event_free(crossing.green);
	return 0;
}
