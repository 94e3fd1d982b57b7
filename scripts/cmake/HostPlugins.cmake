# SPDX-License-Identifier: MIT
# ipcmark_host_plugins(TARGET)
#   makes a program a host of back-ends in shared objects: they may call every
#   public function of the library, which therefore is inside as a whole, and
#   its names, but no others, are visible to them.
function(ipcmark_host_plugins target)
  target_link_libraries(${target} PRIVATE ipcmark::ipcmark)
  target_link_options(${target} PRIVATE
    "-Wl,--whole-archive,$<TARGET_FILE:ipcmark>,--no-whole-archive"
    "-Wl,--export-dynamic-symbol=ipcm_*")
endfunction()
