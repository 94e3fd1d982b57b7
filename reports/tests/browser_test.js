// SPDX-License-Identifier: MIT
// The page in a real browser; see browser_test.sh.
// browser_test.js CHROMIUM PAGE HISTORY GATE
"use strict";
const fs = require("fs");
const { chromium } = require("playwright-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [, , executablePath, file, historyFile, gateFile] = process.argv;
let address = "file://" + file;
let failed = 0;

function check(what, holds, more) {
	if (holds)
		return;
	failed++;
	console.log(what + (more ? ": " + more : ""));
}

async function open(browser, width, colorScheme, hash) {
	const page = await browser.newPage({
		viewport: { width: width, height: 900 }, colorScheme: colorScheme
	});
	page.on("pageerror", (error) => check("an error in the page", false, String(error)));
	page.on("request", (request) => check("the page loads something",
		request.url().split("#")[0] === address, request.url()));
	await page.goto(address + (hash ? "#" + hash : ""));
	return page;
}

function unfold() {
	document.querySelectorAll("details").forEach((details) => { details.open = true; });
}

// The policy of the page forbids script tags: the source is evaluated.
async function runAxe(page, what) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
	found.violations.forEach((violation) => check("axe, " + what, false,
		violation.id + ": " + violation.help + ", " + violation.nodes.length + " times, first " +
		violation.nodes[0].html.slice(0, 160)));
}

async function testAccess(browser) {
	for (const [width, scheme] of [[1400, "light"], [390, "dark"]]) {
		const page = await open(browser, width, scheme);
		await runAxe(page, width + " " + scheme);
		await page.evaluate(unfold);
		await runAxe(page, width + " " + scheme + ", unfolded");
		await page.close();
	}
}

// Nothing sticks out of the page; what stands open is not cut either.
async function testWidths(browser) {
	for (const width of [1400, 1024, 390]) {
		const page = await open(browser, width, "light");
		const cut = await page.evaluate(() => Array.from(
			document.querySelectorAll("section:not(:has(> .fold)) .scroll"))
			.filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
			.map((box) => box.querySelector("table").id));
		check("cut at " + width, width === 390 || cut.length === 0, cut.join(" "));
		check("the needs are cut at " + width, !cut.includes("t_recommendation"));
		await page.evaluate(unfold);
		const folded = await page.evaluate(() => Array.from(document.querySelectorAll(".scroll"))
			.filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
			.map((box) => box.querySelector("table").id));
		check("cut at " + width + ", unfolded", width === 390 || folded.length === 0, folded.join(" "));
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		check("wider than the window at " + width, wide <= width, String(wide));
		await page.close();
	}
}

async function testLinks(browser) {
	let page = await open(browser, 1024, "light");
	const links = await page.$$eval("nav a", (list) => list.map((a) => a.hash));
	check("the menu", links.length >= 6, links.join(" "));
	const bare = await page.$$eval("h2", (list) => list.filter((h) => !h.querySelector("a[href]")).length);
	check("headings without a link", bare === 0, String(bare));
	await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
	check("the menu stays in sight", await page.evaluate(() => {
		const box = document.querySelector("nav").getBoundingClientRect();
		return box.top >= 0 && box.bottom <= innerHeight;
	}));
	await page.close();
	// a link to a folded row opens all that it is folded in
	page = await open(browser, 1024, "light", "cells-3");
	check("a link to a row", await page.locator("#cells-3").isVisible());
	await page.close();
	page = await open(browser, 1024, "light", "throughput");
	check("a link to a folded section", await page.locator("#throughput > details[open]").count() === 1);
	await page.close();
}

async function testKeyboard(browser) {
	const page = await open(browser, 1024, "light");
	await page.locator("#clauses > summary").focus();
	await page.keyboard.press("Enter");
	const text = page.locator("#t_matrix tbody th small").first();
	check("a clause's requirement without a mouse", await text.isVisible());
	check("it has words", (await text.textContent()).length > 10);
	await page.close();
}

async function testFilters(browser) {
	const page = await open(browser, 1024, "light", "clauses");
	const shown = () => page.$$eval("#t_matrix tbody tr:not(.section)",
		(rows) => rows.filter((row) => row.checkVisibility()).length);
	const all = await shown();
	const find = page.locator("[data-for=t_matrix] input");
	await page.locator("[data-rows=notpassed]").click();
	const notPassed = await shown();
	check("only what is not passed", notPassed > 0 && notPassed < all, notPassed + " of " + all);
	await page.locator("[data-rows=differs]").click();
	check("filters combine", await shown() <= notPassed);
	await find.fill("no such clause");
	check("nothing is left", await shown() === 0);
	check("and it is said", (await page.locator("[data-for=t_matrix] .nothing").textContent())
		.startsWith("Nothing matches"));
	await page.close();
}

async function testSorting(browser) {
	const page = await open(browser, 1024, "light", "data");
	await page.evaluate(unfold);
	const mixed = await page.$$eval("th[data-mixed] button", (list) => list.length);
	check("a column of several units can be sorted", mixed === 0);
	const button = page.locator("#t_cells thead th").nth(4).locator("button");
	await button.click();
	const values = await page.$$eval("#t_cells tbody tr", (rows) => rows.map(
		(row) => row.cells[4] && Number(row.cells[4].dataset.sort)).filter(Number.isFinite));
	check("not sorted", values.length > 3 && values.every((v, i) => !i || values[i - 1] <= v));
	await page.close();
}

async function testPrint(browser) {
	const page = await open(browser, 1024, "light");
	await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
	check("clauses are not printed", await page.locator("#clauses").getAttribute("open") !== null);
	// the width of A4 with margins of 12 mm
	await page.setViewportSize({ width: 703, height: 1000 });
	await page.emulateMedia({ media: "print" });
	check("wider than the paper", await page.evaluate(() => document.documentElement.scrollWidth) <= 703);
	const boxes = await page.$$eval(".answer", (list) => list.map((figure) => {
		const box = figure.getBoundingClientRect();
		const ends = Array.from(figure.querySelectorAll(".f")).map((e) => e.getBoundingClientRect().right);
		return [box.top, box.bottom, box.right, Math.max(...ends)];
	}));
	check("small charts overlap on paper", boxes.every(([top, , right, end], i) =>
		end <= right + 1 && (!i || top >= boxes[i - 1][1])), JSON.stringify(boxes));
	const cut = await page.$$eval(".scroll table, #t_recommendation th", (list) => list.filter((e) =>
		e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map((e) => e.id || e.textContent));
	check("cut on paper", cut.length === 0, cut.join(" "));
	for (const id of ["limits", "method", "data"])
		check("not on paper: " + id, await page.locator("#" + id + " > details > :is(ul, div, p):not(.lead)").first().isVisible());
	const sizes = await page.$$eval("#t_recommendation small", (list) => list.filter((e) =>
		parseFloat(getComputedStyle(e).fontSize) >= parseFloat(getComputedStyle(e.parentElement).fontSize)).length);
	check("small print larger than print", sizes === 0, String(sizes));
	await page.emulateMedia({ media: "screen" });
	await page.evaluate(() => dispatchEvent(new Event("afterprint")));
	check("clauses stay open", await page.locator("#clauses").getAttribute("open") === null);
	await page.close();
}

// What is wider than the window, has no room of its own to be scrolled in, or
// is cut where it has.
function cutBoxes(limit) {
	return Array.from(document.querySelectorAll("table, svg, .scroll, .wide")).filter((e) =>
		e.checkVisibility() && (e.getBoundingClientRect().right > limit + 1 || e.scrollWidth > e.clientWidth + 1))
		.map((e) => e.tagName + " " + (e.id || e.getAttribute("aria-label")));
}

// The pages that are not the report's: a history, a gate.
async function testOther(browser, name, other) {
	address = "file://" + other;
	for (const width of [1400, 1024, 390])
		for (const scheme of ["light", "dark"]) {
			const page = await open(browser, width, scheme);
			await page.evaluate(unfold);
			const what = name + " " + width + " " + scheme;
			await runAxe(page, what);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			check(what + ": wider than the window", wide <= width, String(wide));
			const cut = width > 390 ? await page.evaluate(cutBoxes, width) : [];
			check(what + ": cut", cut.length === 0, cut.join(", "));
			await page.close();
		}
	const page = await open(browser, 1024, "light");
	await page.setViewportSize({ width: 703, height: 1000 });
	await page.emulateMedia({ media: "print" });
	const cut = await page.evaluate(cutBoxes, 703);
	check(name + ", cut on paper", cut.length === 0, cut.join(", "));
	await page.close();
}

(async function () {
	const browser = await chromium.launch({
		executablePath: executablePath, args: ["--no-sandbox"], timeout: 60000
	});
	const tests = [testAccess, testWidths, testLinks, testKeyboard, testFilters, testSorting, testPrint];
	for (const test of tests)
		await test(browser);
	await testOther(browser, "history", historyFile);
	await testOther(browser, "gate", gateFile);
	await browser.close();
	console.log("browser: " + failed + " failures");
	process.exit(failed ? 1 : 0);
}()).catch((error) => {
	console.log(String(error));
	process.exit(1);
});
