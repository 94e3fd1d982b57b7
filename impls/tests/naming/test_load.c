/* SPDX-License-Identifier: MIT */
/*
 * Unit test of ipcm_backend_load: what is loaded, what is refused, and that
 * the refusal says why. The shared objects are plugin.c in several kinds.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/check.h"

#define PLUGIN(kind) "./plugin_" kind ".so"

static void check_refused(const char *path, enum ipcm_status want,
			  const char *word)
{
	const struct ipcm_backend *backend =
		(const struct ipcm_backend *)(uintptr_t)0x5a5a;
	char why[256] = "";

	CHECK_IS(ipcm_backend_load(path, &backend, why, sizeof(why)), want);
	/* a call that fails writes nothing */
	CHECK(backend == (const struct ipcm_backend *)(uintptr_t)0x5a5a);
	if (!CHECK(strstr(why, word)))
		fprintf(stderr, "    it says \"%s\", not \"%s\"\n", why, word);
	CHECK(!strchr(why, '\n'));
	/* a listener is not needed */
	CHECK_IS(ipcm_backend_load(path, &backend, NULL, 0), want);
}

static void test_refused(void)
{
	check_refused(NULL, IPCM_INVALID, "no file");
	check_refused("", IPCM_INVALID, "no file");
	check_refused("./nowhere.so", IPCM_NOTFOUND, "no such file");
	check_refused("nowhere.so", IPCM_NOTFOUND, "cannot be loaded");
	check_refused("./CTestTestfile.cmake", IPCM_NOTFOUND,
		      "cannot be loaded");
	check_refused(PLUGIN("hides"), IPCM_NOTFOUND, "ipcm_backend_plugin");
	check_refused(PLUGIN("lacks"), IPCM_INVALID, "lacks port.send");
	check_refused(PLUGIN("other_abi"), IPCM_INVALID,
		      "version 77 of ipcmark/backend.h");
	check_refused(PLUGIN("taken"), IPCM_INVALID, "name pipe is taken");
	check_refused(PLUGIN("bad_name"), IPCM_INVALID, "lower case");
	CHECK_IS(ipcm_backend_load(PLUGIN("good"), NULL, NULL, 0),
		 IPCM_INVALID);
}

static void test_loaded(void)
{
	const struct ipcm_backend *first = NULL, *again = NULL;
	char why[256] = "";

	CHECK_OK(ipcm_backend_load(PLUGIN("good"), &first, why, sizeof(why)));
	if (!first)
		return;
	CHECK(!strcmp(first->name, "plugged"));
	/* it calls functions that this program does not */
	CHECK_OK(first->probe(why, sizeof(why)));
	/* once more, also by its bare name, is the same one */
	CHECK_OK(ipcm_backend_load(PLUGIN("good"), &again, NULL, 0));
	CHECK(again == first);
	again = NULL;
	CHECK_OK(ipcm_backend_load("plugin_good.so", &again, NULL, 0));
	CHECK(again == first);
	/* another file of that name would be the same column of a table */
	check_refused(PLUGIN("twin"), IPCM_INVALID, "another loaded");
	/* the built-in list stays as it is */
	CHECK(!ipcm_backend_find("plugged"));
}

int main(void)
{
	check_subject("plug-in", "load");
	if (chdir(PLUGIN_FOLDER)) {
		perror(PLUGIN_FOLDER);
		return 1;
	}
	test_refused();
	test_loaded();
	return check_failures() ? 1 : 0;
}
