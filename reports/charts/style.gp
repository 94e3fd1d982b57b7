# SPDX-License-Identifier: MIT
# Style of all charts: one colour, dash and marker a back-end, by its place in
# the fixed order, so that a back-end looks the same everywhere. The colours
# are legible on white and on dark paper; page.css has the same ones.
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

set linetype 1 linecolor rgb "#2a78d6" dashtype 1 pointtype 7  pointsize 0.6 linewidth 1.8
set linetype 2 linecolor rgb "#cf4a5b" dashtype 2 pointtype 5  pointsize 0.6 linewidth 1.8
set linetype 3 linecolor rgb "#2e8b57" dashtype 3 pointtype 9  pointsize 0.7 linewidth 1.8
set linetype 4 linecolor rgb "#8e5bd0" dashtype 4 pointtype 11 pointsize 0.7 linewidth 1.8
set linetype 5 linecolor rgb "#c97b00" dashtype 5 pointtype 13 pointsize 0.7 linewidth 1.8
set linetype 6 linecolor rgb "#7a838c" dashtype 2 pointtype 6  pointsize 0.6 linewidth 1.4
