"use strict";
/* Sorting, finding, light and dark. The page is complete without it. */
(function () {
	function key(row, column) {
		var cell = row.cells[column];
		var number = cell.getAttribute("data-sort");
		if (number !== null)
			return Number(number);
		var text = cell.textContent.trim();
		/* Cells without a figure sort behind those with one. */
		return text === "" || text === "\u2013" ? null : text;
	}

	function compare(a, b) {
		if (a === null || b === null)
			return (a === null) - (b === null);
		if (typeof a !== typeof b)
			return typeof a === "number" ? -1 : 1;
		if (typeof a === "number")
			return a - b;
		return a.localeCompare(b, "en", { numeric: true });
	}

	function sortRows(rows, column, down) {
		return rows.map(function (row, place) {
			return { row: row, key: key(row, column), place: place };
		}).sort(function (a, b) {
			var order = compare(a.key, b.key);
			if (down && a.key !== null && b.key !== null)
				order = -order;
			return order || a.place - b.place;
		}).map(function (item) {
			return item.row;
		});
	}

	function makeSortable(table) {
		var heads = Array.from(table.tHead.rows[0].cells);
		heads.forEach(function (head, column) {
			var button = document.createElement("button");
			button.type = "button";
			button.className = "sort";
			button.textContent = head.textContent;
			head.textContent = "";
			head.appendChild(button);
			button.addEventListener("click", function () {
				var down = head.getAttribute("aria-sort") === "ascending";
				heads.forEach(function (other) {
					other.removeAttribute("aria-sort");
				});
				head.setAttribute("aria-sort", down ? "descending" : "ascending");
				var body = table.tBodies[0];
				sortRows(Array.from(body.rows), column, down).forEach(function (row) {
					body.appendChild(row);
				});
			});
		});
	}

	function makeFindable(tools) {
		var table = document.getElementById(tools.getAttribute("data-for"));
		var input = tools.querySelector("input");
		var buttons = Array.from(tools.querySelectorAll("button"));
		var wanted = "all";

		function fits(row) {
			if (wanted === "differs" && !row.classList.contains("differs"))
				return false;
			if (wanted === "notpassed" && row.className === "same")
				return false;
			return row.textContent.toLowerCase().includes(input.value.toLowerCase());
		}

		function update() {
			Array.from(table.tBodies).forEach(function (body) {
				var shown = 0;
				Array.from(body.rows).forEach(function (row) {
					if (row.classList.contains("section"))
						return;
					var stays = fits(row);
					row.classList.toggle("gone", !stays);
					shown += stays ? 1 : 0;
				});
				body.classList.toggle("gone", shown === 0);
			});
		}

		buttons.forEach(function (button) {
			button.addEventListener("click", function () {
				wanted = button.getAttribute("data-rows");
				buttons.forEach(function (other) {
					other.setAttribute("aria-pressed", String(other === button));
				});
				update();
			});
		});
		input.addEventListener("input", update);
		tools.hidden = false;
	}

	/* A link to evidence opens it. */
	function openTarget() {
		var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		if (target && target.tagName === "DETAILS")
			target.open = true;
	}

	function makeThemes(button) {
		var root = document.documentElement;
		var dark = matchMedia("(prefers-color-scheme: dark)").matches;

		function show() {
			root.setAttribute("data-theme", dark ? "dark" : "light");
			button.textContent = dark ? "Light" : "Dark";
		}

		button.textContent = dark ? "Light" : "Dark";
		button.hidden = false;
		button.addEventListener("click", function () {
			dark = !dark;
			show();
		});
	}

	if (typeof document === "undefined") {
		/* The test of sorting runs this without a page. */
		module.exports = { sortRows: sortRows, compare: compare };
		return;
	}
	document.querySelectorAll("table.sortable").forEach(makeSortable);
	document.querySelectorAll(".tools").forEach(makeFindable);
	makeThemes(document.getElementById("theme"));
	window.addEventListener("hashchange", openTarget);
	openTarget();
}());
