# SPDX-License-Identifier: MIT
# Fastest back-end by case: a cell a size and back-end, its number says how many
# times worse than the best one there. Grey: there is no figure.
# In:  chart, title   texts
#      columns, rows  numbers
#      xwords, ywords what the columns and the rows are; ywords may be unset
#      xticks, yticks are set before
#      $cells         column, row, colour of the cell, colour of its text, text
set output chart.".svg"
set label 1 title at graph 0, graph 1.08 left
set xrange [-0.5:columns-0.5]
set yrange [rows-0.5:-0.5]
set border 0
set tics scale 0
unset grid
set rmargin 2
set lmargin 12
set xlabel xwords
if (exists("ywords")) set ylabel ywords; else unset ylabel
plot $cells using 1:2:(0.47):(0.46):3 with boxxyerror fillstyle solid noborder linecolor rgb variable, \
     $cells using 1:2:5:4 with labels textcolor rgb variable
unset output
