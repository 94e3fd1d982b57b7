# SPDX-License-Identifier: MIT
# Style of all charts. palette.c adds a line type for each back-end: colour, dash
# and marker.
# No background and plain black text: the page recolours them when it is dark.
set encoding utf8
set terminal svg size 560,360 dynamic noenhanced font "system-ui,sans-serif,12" linewidth 1
set micro
set border 3 linewidth 0.8
set grid linetype 1 linecolor rgb "#d0d4d8" linewidth 0.6
set xtics nomirror
set ytics nomirror
set tics out scale 0.5
unset key
set rmargin 13
set lmargin 10
set tmargin 3
