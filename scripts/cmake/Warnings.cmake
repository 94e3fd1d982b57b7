# SPDX-License-Identifier: MIT
# Warning flags as a target, linked PRIVATE by everything the project compiles.
# What an initializer leaves out is zero, on purpose.
option(IPCMARK_WERROR "Treat warnings as errors" OFF)
add_library(ipcmark_warnings INTERFACE)
target_compile_options(ipcmark_warnings INTERFACE
  -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wconversion -Wpointer-arith -Wundef -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>
  $<$<BOOL:${IPCMARK_WERROR}>:-Werror>)
