// SPDX-License-Identifier: MIT
// Sorting of page.js, and the contrast of the colour pairs of page.css.
"use strict";
const fs = require("fs");
const path = require("path");
const { sortRows } = require(path.resolve(process.argv[2]));
const css = fs.readFileSync(process.argv[3], "utf8");
let failed = 0;

function expect(what, got, wanted) {
	if (JSON.stringify(got) === JSON.stringify(wanted))
		return;
	failed++;
	console.log(what + ": " + JSON.stringify(got) + " instead of " +
		JSON.stringify(wanted));
}

function row(text, number) {
	return {
		name: text,
		cells: [{
			textContent: text,
			getAttribute: () => number === undefined ? null : String(number)
		}]
	};
}

function sorted(rows, down) {
	return sortRows(rows, 0, down).map((r) => r.name);
}

const sizes = [row("64 KiB", 65536), row("64 B", 64), row("1 KiB", 1024)];
expect("numbers", sorted(sizes, false), ["64 B", "1 KiB", "64 KiB"]);
expect("numbers down", sorted(sizes, true), ["64 KiB", "1 KiB", "64 B"]);
const gaps = [row("–"), row("2", 2), row(""), row("1", 1)];
expect("gaps last", sorted(gaps, false), ["1", "2", "–", ""]);
expect("gaps last down", sorted(gaps, true), ["2", "1", "–", ""]);
const texts = [row("run 10"), row("Run 2"), row("alpha")];
expect("texts", sorted(texts, false), ["alpha", "Run 2", "run 10"]);
const same = [row("b", 1), row("a", 1), row("c", 0)];
expect("stable", sorted(same, false), ["c", "b", "a"]);
expect("stable down", sorted(same, true), ["b", "a", "c"]);

function luminance(colour) {
	const part = (at) => {
		const c = parseInt(colour.slice(at, at + 2), 16) / 255;
		return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
	};
	return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(a, b) {
	const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
	return (x + 0.05) / (y + 0.05);
}

// Each block of variables is a theme.
const themes = css.match(/\{[^{}]*--paper: #[^{}]*\}/g).map((block) =>
	Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6})/g)]
		.map((m) => [m[1], m[2]])));
expect("themes", themes.length, 3);
const pairs = [["ink", "paper"], ["soft", "paper"], ["link", "paper"],
	["ink", "raised"], ["soft", "raised"], ["good", "paper"], ["bad", "paper"],
	["open", "paper"], ["good", "good-paper"], ["bad", "bad-paper"],
	["open", "open-paper"], ["ink", "open-paper"], ["quiet", "quiet-paper"]];
themes.forEach((theme, i) => pairs.forEach(([a, b]) => {
	const ratio = contrast(theme[a], theme[b]);
	if (ratio < 4.5) {
		failed++;
		console.log("theme " + i + ": " + a + " on " + b + " has contrast " +
			ratio.toFixed(2));
	}
}));
console.log("script: " + failed + " failures");
process.exit(failed ? 1 : 0);
