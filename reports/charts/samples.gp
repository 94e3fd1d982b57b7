# SPDX-License-Identifier: MIT
# Every sample of some rows, in the order they were taken.
# In:  chart, title      texts
#      low, high, ytics  as in lines.gp
#      last              end of the x range
#      $samples          sample, figure, colour, marker
#      $names            as in lines.gp
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set logscale y 10
set xrange [0:last+1]
set yrange [low:high]
set xlabel "samples, in the order they were taken"
plot $samples using 1:2:4:3 with points pointsize 0.6 pointtype variable linecolor rgb variable, \
     $names using 1:2:3:4 with labels left offset 1.2,0 textcolor rgb variable
unset output
unset logscale
