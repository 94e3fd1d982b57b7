# SPDX-License-Identifier: MIT
# Writes syscall_table.h: a line `[__NR_read] = "read",` for each system call
# that <sys/syscall.h> of this machine has.
set(empty ${CMAKE_CURRENT_BINARY_DIR}/syscall_table.c)
file(WRITE ${empty} "")
execute_process(
  COMMAND ${CMAKE_C_COMPILER} -E -dM -include sys/syscall.h ${empty}
  OUTPUT_VARIABLE macros RESULT_VARIABLE failed)
string(REGEX MATCHALL "#define __NR_[a-z0-9_]+" calls "${macros}")
# how many there are, and where those of one architecture begin
list(REMOVE_ITEM calls "#define __NR_syscalls"
  "#define __NR_arch_specific_syscall")
if(failed OR NOT calls)
  message(FATAL_ERROR "no system call is defined in <sys/syscall.h>; "
    "install the kernel's headers (Debian: linux-libc-dev)")
endif()
list(SORT calls)
set(table "")
foreach(call IN LISTS calls)
  string(REPLACE "#define __NR_" "" call ${call})
  string(APPEND table "[__NR_${call}] = \"${call}\",\n")
endforeach()
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/syscall_table.h
  CONTENT "${table}")
