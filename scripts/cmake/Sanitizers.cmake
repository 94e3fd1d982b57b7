# SPDX-License-Identifier: MIT
# IPCMARK_SANITIZE is a list for -fsanitize=, for example "address;undefined".
set(IPCMARK_SANITIZE "" CACHE STRING "Sanitizers to build with")
add_library(ipcmark_sanitizers INTERFACE)
if(IPCMARK_SANITIZE)
  string(REPLACE ";" "," flags "${IPCMARK_SANITIZE}")
  target_compile_options(ipcmark_sanitizers INTERFACE
    -fsanitize=${flags} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ipcmark_sanitizers INTERFACE -fsanitize=${flags})
  target_compile_definitions(ipcmark_sanitizers INTERFACE
    IPCMARK_SANITIZED="${flags}")
endif()
