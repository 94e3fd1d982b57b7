# SPDX-License-Identifier: MIT
# Lines as text, for a terminal: a letter for each back-end, whose name is at the
# end of its line.
# In:  chart, title, low, high, left, right, logx, xwords, lines, styles,
#      $figures and $names as in lines.gp
set output chart.".txt"
set label 1 title at graph 0, graph 1.08 left
if (logx) set logscale x
set logscale y 10
set xrange [left:right]
set yrange [low:high]
set xlabel xwords
unset grid
plot for [i=0:lines-1] $figures index i using 1:2 with linespoints \
         linetype (word(styles,i+1)+0) pointtype (word(styles,i+1)+0), \
     $names using 1:2:3 with labels left offset 2.5,0
unset output
unset logscale
