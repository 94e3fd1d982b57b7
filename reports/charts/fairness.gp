# SPDX-License-Identifier: MIT
# Shares between 0 and 1: a column for each number of processes, in it a mark for
# each back-end. Filled: the figure of the chart, with its interval; hollow: the
# second figure.
# In:  chart, title   texts
#      columns        how many
#      xwords, xtics  what they are
#      $shares        place, figure, end of interval, other end, colour, marker
#      $others        place, figure, colour, marker
#      $names         height, mark and name, colour: the key at the right
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set xrange [-0.5:columns-0.5]
set yrange [0:1.04]
set ytics 0.25
set grid noxtics
set xlabel xwords
set for [i=1:columns-1] arrow i+1 from i-0.5, graph 0 to i-0.5, graph 1 nohead linecolor rgb "#d0d4d8" linewidth 0.6
plot $shares using 1:3:(0):($4-$3):5 with vectors nohead linewidth 1.4 linecolor rgb variable, \
     $others using 1:2:4:3 with points pointsize 0.7 pointtype variable linecolor rgb variable, \
     $shares using 1:2:6:5 with points pointsize 0.7 pointtype variable linecolor rgb variable, \
     $names using (columns-0.5):1:2:3 with labels left offset 1.2,0 textcolor rgb variable
unset output
