# SPDX-License-Identifier: MIT
# Fastest back-end by case: a cell a size and back-end, its number says how many
# times worse than the best one there. Grey: there is no figure.
# In:  chart, title   texts
#      columns, rows  numbers
#      xwords, ywords what the columns and the rows are; ywords may be unset
#      xticks, yticks are set before
#      $cells         column, row, times worse than the best (-1: no figure),
#                     text
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
# From the best to far behind; the text on a cell is legible on both papers.
set palette defined (log(1) "#0b6b62", log(1.5) "#2f8f84", log(3) "#7fbdb0", log(8) "#c9dfd2", log(30) "#ecdcc0", log(120) "#e0b58a")
set cbrange [log(1):log(120)]
unset colorbox
plot $cells using ($3 < 0 ? $1 : NaN):2:(0.47):(0.46) with boxxyerror fillstyle solid noborder linecolor rgb "#b8bec4", \
     $cells using ($3 < 0 ? NaN : $1):2:(0.47):(0.46):($3 < 0 ? 0 : log($3)) with boxxyerror fillstyle solid noborder linecolor palette, \
     $cells using 1:2:4:($3 > 0 && $3 < 1.9 ? 0xfdfdfd : 0x14181c) with labels textcolor rgb variable
unset output
