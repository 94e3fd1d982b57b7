# SPDX-License-Identifier: MIT
# Dots with intervals, one in each line.
# In:  chart, title   texts
#      low, high      range of x
#      room           characters at the right, for the labels
#      rows           height of the last line; lines are counted from 0
#      mark           where a line goes down; 0: nowhere
#      xtics, ytics   are set before
#      margin         room for the names, in letters
#      $dots          height, figure, end of interval, other end, colour,
#                     marker, label
set terminal svg size 560,104+26*(rows+1) dynamic noenhanced font "system-ui,sans-serif,12" linewidth 1
set output chart.".svg"
set label 1 title at graph 0, graph 1 left offset 0,1
set logscale x 10
set xrange [low:high]
set yrange [rows+0.6:-0.6]
set border 1
set ytics scale 0
set lmargin 15
set rmargin room
set bmargin 3
unset ylabel
if (margin > 15) set lmargin margin
if (mark > 0) set arrow 1 from mark, graph 0 to mark, graph 1 nohead dashtype 2 linecolor rgb "black" linewidth 1
plot $dots using 3:1:($4-$3):(0):5 with vectors nohead linetype 1 linewidth 2 dashtype 1 linecolor rgb variable, \
     $dots using 2:1:6:5 with points pointsize 0.9 pointtype variable linecolor rgb variable, \
     $dots using (high):1:7 with labels left offset 0.6,0
unset output
unset logscale
