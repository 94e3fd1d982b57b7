# SPDX-License-Identifier: MIT
# Percentiles of latencies under load, of one back-end.
# In:  chart, title           texts
#      low, high, yticks      as in lines.gp
#      dashed, solid          how many blocks $dashed and $solid have
#      colour, style          of the back-end
#      $dashed, $solid        1 / (1 - share), nanoseconds
#      $names                 as in lines.gp: the loads
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set logscale x 10
set logscale y 10
set xrange [1.6:25000]
set yrange [low:high]
set xtics ("50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1000, "99.99 %%" 10000)
set xlabel "share of messages that were at most this late"
plot for [i=0:solid-1] $solid index i using 1:2 with linespoints \
         linecolor rgb colour dashtype 1 linewidth 1.6 pointtype 7 pointsize 0.35, \
     for [i=0:dashed-1] $dashed index i using 1:2 with linespoints \
         linecolor rgb colour dashtype 2 linewidth 1.6 pointtype 7 pointsize 0.35, \
     $names using 1:2:3:4 with labels left offset 0.7,0 textcolor rgb variable
unset output
unset logscale
