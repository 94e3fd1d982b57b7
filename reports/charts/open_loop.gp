# SPDX-License-Identifier: MIT
# Latency by offered load: a line for each back-end, counted from the intended
# start; dotted, in the same colour, from the actual start.
# In:  chart, title           texts
#      low, high, yticks      as in lines.gp
#      left, right, xticks    range and ticks of x
#      xwords                 what x is
#      lines, styles, colours, $names  as in lines.gp
#      dotted                 how many blocks $service has
#      dotted_colours         their colours; gnuplot reads one even if there is
#                             no block
#      $figures, $service     offered messages per second, nanoseconds
#      $hollow                the same, where more was offered than can be
#                             carried, and a colour
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set logscale x 10
set logscale y 10
set xrange [left:right]
set yrange [low:high]
set xlabel xwords
plot for [i=0:lines-1] $figures index i using 1:2 with linespoints \
         linetype (word(styles,i+1)+0), \
     for [i=0:dotted-1] $service index i using 1:2 with lines \
         linecolor rgb word(dotted_colours,i+1) dashtype "." linewidth 1.6, \
     $hollow using 1:2:3 with points pointtype 6 pointsize 1.3 linewidth 1.4 \
         linecolor rgb variable, \
     $names using 1:2:3:4 with labels left offset 0.7,0 textcolor rgb variable
unset output
unset logscale
