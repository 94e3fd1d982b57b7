# SPDX-License-Identifier: MIT
# System calls per message: a bar for each back-end, a piece for each call.
# In:  chart, title   texts
#      high           end of x
#      rows           how many bars
#      ytics          are set before
#      $pieces        row, from, to, colour, names of all pieces (the first)
set terminal svg size 560,104+34*rows dynamic noenhanced font "system-ui,sans-serif,12" linewidth 1
set output chart.".svg"
set label 1 title at graph 0, graph 1 left offset 0,1
set xrange [0:high]
set yrange [rows-0.4:-0.6]
set border 1
set ytics scale 0
set grid noytics
set lmargin 12
set rmargin 4
set bmargin 4
set xlabel "calls per message, sender and receiver together"
unset ylabel
plot $pieces using (($2+$3)/2):1:2:3:($1-0.38):($1+0.02):4 with boxxyerror fillstyle solid 0.85 noborder linecolor rgb variable, \
     $pieces using 2:($1+0.24):5 with labels left
unset output
