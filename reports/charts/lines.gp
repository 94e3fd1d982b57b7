# SPDX-License-Identifier: MIT
# A figure by message size (or depth, idle time), a line for each back-end, named
# at its end.
# In:  chart, title           texts
#      low, high              range of y, the same for charts side by side
#      left, right            range of x
#      xwords, logx           what x is; 1 if it is logarithmic
#      xticks, yticks         are set before
#      lines                  how many blocks $figures has, one a back-end:
#                             size, median, end of interval, other end
#      styles                 their line types, "1 2 5"
#      baselines              points of $baseline; 0: there is none
#      $baseline              size, figure of the machine's baseline
#      basewords, basex, basey, basedy   its name, and where it stands
#      $names                 size, height, name, colour: where names stand
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
if (logx) set logscale x 2
set logscale y 10
set xrange [left:right]
set yrange [low:high]
set xlabel xwords
if (baselines) set label 2 basewords at basex, basey left offset 0.8,basedy textcolor rgb "#7a838c"
plot for [i=1:(baselines > 0)] $baseline using 1:2 with linespoints \
         linecolor rgb "#7a838c" linewidth 1.5 dashtype 2 pointtype 1 pointsize 0.5, \
     for [i=0:lines-1] $figures index i using 1:3:4 with filledcurves \
         fillcolor rgb word(colours,i+1) fillstyle transparent solid 0.14 noborder, \
     for [i=0:lines-1] $figures index i using 1:2 with linespoints \
         linetype (word(styles,i+1)+0), \
     $names using 1:2:3:4 with labels left offset 0.7,0 textcolor rgb variable
unset output
unset logscale
