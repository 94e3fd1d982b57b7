# SPDX-License-Identifier: MIT
# IPCMARK_SANITIZE is a list for -fsanitize=, for example "address;undefined".
set(IPCMARK_SANITIZE "" CACHE STRING "Sanitizers to build with")
add_library(ipcmark_sanitizers INTERFACE)
if(IPCMARK_SANITIZE)
  string(REPLACE ";" "," flags "${IPCMARK_SANITIZE}")
  target_compile_options(ipcmark_sanitizers INTERFACE
    -fsanitize=${flags} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # gcc warns that the thread sanitizer does not model fences; the words that
  # ours order are atomic, so nothing is reported that is not there.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND "thread" IN_LIST IPCMARK_SANITIZE)
    target_compile_options(ipcmark_sanitizers INTERFACE -Wno-tsan)
  endif()
  target_link_options(ipcmark_sanitizers INTERFACE -fsanitize=${flags})
  target_compile_definitions(ipcmark_sanitizers INTERFACE
    IPCMARK_SANITIZED="${flags}")
endif()
