# SPDX-License-Identifier: MIT
# One figure a back-end as a bar from zero, with its number and interval.
# In:  chart, title          texts
#      high                  end of the x range
#      rows                  how many bars
#      xticks, yticks        are set before
#      $bars                 row, figure, end of interval, other end, colour,
#                            label
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set xrange [0:high]
set yrange [rows-0.4:-0.6]
set border 1
set ytics scale 0
set grid noytics
set lmargin 12
set rmargin 4
unset ylabel
plot $bars using (0):1:(0):2:($1-0.32):($1+0.32):5 with boxxyerror fillstyle solid 0.85 noborder linecolor rgb variable, \
     $bars using 2:1:3:4 with xerrorbars linetype 1 linecolor rgb "black" dashtype 1 pointtype 0 linewidth 1, \
     $bars using 4:1:6 with labels left offset 0.8,0
unset output
