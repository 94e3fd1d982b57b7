# SPDX-License-Identifier: MIT
# Cache state of the two CPUs: a strip for each state.
# In:  chart, title   texts
#      last           end of the x range
#      $states        first and last sample of a slice, state (1, 2, 3)
set terminal svg size 560,200 dynamic noenhanced font "system-ui,sans-serif,12" linewidth 1
set output chart.".svg"
set label 1 title at graph 0, graph 1 left offset 0,1
set xrange [0:last+1]
set yrange [3.6:0.4]
set ytics ("shared" 1, "separate" 2, "discarded" 3) scale 0
set border 1
set rmargin 2
set bmargin 4
set xlabel "samples, in the order they were taken"
plot $states using (($1+$2)/2):3:1:2:($3-0.32):($3+0.32) with boxxyerror fillstyle solid 0.85 noborder linecolor rgb "#2a78d6"
unset output
