# SPDX-License-Identifier: MIT
# The time series of a run: a line and a band around 1.
# In:  chart, title      texts
#      low, high, ytics  as in lines.gp
#      last              end of the x range
#      $slices           sample, middle, lower and upper end of the band
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set logscale y 10
set xrange [0:last+1]
set yrange [low:high]
set rmargin 2
set xlabel "samples, in the order they were taken"
set arrow 1 from 0, first 1 to last+1, first 1 nohead dashtype 2 linecolor rgb "black" linewidth 0.8
plot $slices using 1:3:4 with filledcurves fillcolor rgb "#2a78d6" fillstyle transparent solid 0.16 noborder, \
     $slices using 1:2 with lines linetype 1 linewidth 1.4
unset output
unset logscale
