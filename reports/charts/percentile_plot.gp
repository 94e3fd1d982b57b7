# SPDX-License-Identifier: MIT
# Percentiles of a round trip: how long the slowest 10 %, 1 %, 0.1 % take.
# In:  chart, title           texts
#      low, high, yticks      as in lines.gp
#      lines, styles, $names  as in lines.gp
#      $figures               1 / (1 - share), nanoseconds
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set logscale x 10
set logscale y 10
set xrange [1.6:25000]
set yrange [low:high]
set xtics ("50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1000, "99.99 %%" 10000)
set xlabel "share of round trips that were at most this long"
plot for [i=0:lines-1] $figures index i using 1:2 with linespoints \
         linetype (word(styles,i+1)+0), \
     $names using 1:2:3:4 with labels left offset 0.7,0 textcolor rgb variable
unset output
unset logscale
