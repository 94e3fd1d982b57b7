# SPDX-License-Identifier: MIT
# What tests may run beside each other. `ctest -j` counts slots, six a CPU
# (scripts/test): most tests sleep for most of their time and take one.
#
# ipcmark_test_load(TEST... [SECONDS n] [SLOTS n])
#   SECONDS: about, alone; the longest start first, also on a fresh clone.
#   SLOTS: 6 for what computes all the time, 4 for half of it, 12 for two CPUs.
# ipcmark_test_limits(TEST... [BACKEND name] [REACHES])
#   The tests make queues of back-ends whose number is limited for all processes
#   of a user (IPCMARK_BACKENDS_LIMITED): a few, of several back-ends; or those
#   of BACKEND, one such test at a time if its limit is IPCMARK_LIMIT_NARROW; or,
#   with REACHES, so many that nothing else with such queues may run.

# After which a test has hung: far beyond what any needs on a slow and busy
# machine. A verdict that depends on less would be one about the machine.
set(IPCMARK_HANG 900)

# ctest knows exclusive locks only: who makes a few holds one share of each
# back-end, who reaches the limit of a back-end holds all shares of it. With fewer
# shares than there are such tests, two would wait for each other that need not.
set(IPCMARK_LIMIT_SHARES 128)
# An ordinary user may have about ten of these queues, of others thousands.
set(IPCMARK_LIMIT_NARROW posix_mq)
set_property(GLOBAL PROPERTY IPCMARK_LIMIT_NEXT 0)

function(ipcmark_test_load)
  cmake_parse_arguments(arg "" "SECONDS;SLOTS" "" ${ARGN})
  if(arg_SECONDS)
    set_tests_properties(${arg_UNPARSED_ARGUMENTS}
      PROPERTIES COST ${arg_SECONDS})
  endif()
  if(arg_SLOTS)
    set_tests_properties(${arg_UNPARSED_ARGUMENTS}
      PROPERTIES PROCESSORS ${arg_SLOTS})
  endif()
endfunction()

# The locks of who reaches the limits of these back-ends.
function(ipcmark_all_limits ret_locks)
  foreach(backend IN LISTS ARGN)
    list(APPEND locks ${backend})
    foreach(i RANGE 1 ${IPCMARK_LIMIT_SHARES})
      list(APPEND locks ${backend}_${i})
    endforeach()
  endforeach()
  set(${ret_locks} "${locks}" PARENT_SCOPE)
endfunction()

function(ipcmark_test_limits)
  cmake_parse_arguments(arg "REACHES" "BACKEND" "" ${ARGN})
  get_property(limited GLOBAL PROPERTY IPCMARK_BACKENDS_LIMITED)
  if(arg_BACKEND AND NOT arg_BACKEND IN_LIST limited)
    return()
  endif()
  foreach(test IN LISTS arg_UNPARSED_ARGUMENTS)
    if(arg_REACHES AND arg_BACKEND)
      ipcmark_all_limits(locks ${arg_BACKEND})
    elseif(arg_REACHES)
      ipcmark_all_limits(locks ${limited})
    elseif(arg_BACKEND IN_LIST IPCMARK_LIMIT_NARROW)
      set(locks ${arg_BACKEND})
    else()
      get_property(next GLOBAL PROPERTY IPCMARK_LIMIT_NEXT)
      math(EXPR next "${next} % ${IPCMARK_LIMIT_SHARES} + 1")
      set_property(GLOBAL PROPERTY IPCMARK_LIMIT_NEXT ${next})
      set(locks ${limited})
      if(arg_BACKEND)
        set(locks ${arg_BACKEND})
      endif()
      list(TRANSFORM locks APPEND _${next})
    endif()
    set_tests_properties(${test} PROPERTIES RESOURCE_LOCK "${locks}")
  endforeach()
endfunction()
