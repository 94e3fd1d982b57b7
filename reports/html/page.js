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
			/* Numbers of several units have no order. */
			if (head.hasAttribute("data-mixed"))
				return;
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

	function fits(row, classes, words) {
		var text = row.textContent.toLowerCase();
		return classes.every(function (name) {
			return row.classList.contains(name);
		}) && words.every(function (word) {
			return text.includes(word);
		});
	}

	function makeFindable(tools) {
		var table = document.getElementById(tools.getAttribute("data-for"));
		var input = tools.querySelector("input");
		var buttons = Array.from(tools.querySelectorAll("button"));
		var nothing = tools.querySelector(".nothing");

		/* All filters that are on, and all words. */
		function update() {
			var wanted = buttons.filter(function (button) {
				return button.getAttribute("aria-pressed") === "true";
			}).map(function (button) {
				return button.getAttribute("data-rows");
			});
			var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
			var all = 0;
			Array.from(table.tBodies).forEach(function (body) {
				var shown = 0;
				Array.from(body.rows).forEach(function (row) {
					if (row.classList.contains("section"))
						return;
					var stays = fits(row, wanted, words);
					row.classList.toggle("gone", !stays);
					shown += stays ? 1 : 0;
				});
				body.classList.toggle("gone", shown === 0);
				all += shown;
			});
			nothing.textContent = all ? "" :
				"Nothing matches: clear the search or a filter.";
		}

		buttons.forEach(function (button) {
			button.addEventListener("click", function () {
				button.setAttribute("aria-pressed",
					String(button.getAttribute("aria-pressed") !== "true"));
				update();
			});
		});
		input.addEventListener("input", update);
		tools.hidden = false;
	}

	/* A link opens what it leads to, and all that this is folded in. */
	function openTarget() {
		var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		if (!target)
			return;
		for (var at = target; at; at = at.parentElement)
			if (at.tagName === "DETAILS")
				at.open = true;
		if (target.tagName === "SECTION" && target.firstElementChild.tagName === "DETAILS")
			target.firstElementChild.open = true;
		target.scrollIntoView();
	}

	/* Each row has an address: its first cell links to it. */
	function linkRows(table) {
		Array.from(table.tBodies).forEach(function (body) {
			Array.from(body.rows).forEach(function (row) {
				if (!row.id)
					return;
				var link = document.createElement("a");
				link.className = "anchor";
				link.href = "#" + encodeURIComponent(row.id);
				link.textContent = "#";
				link.setAttribute("aria-label", "Link to this row");
				/* before the small print, which is a block */
				var small = row.cells[0].querySelector("small");
				row.cells[0].insertBefore(document.createTextNode(" "), small);
				row.cells[0].insertBefore(link, small);
			});
		});
	}

	/* Paper has no handles: the clauses are printed unfolded. */
	function unfoldForPrint() {
		var folded = [];
		window.addEventListener("beforeprint", function () {
			folded = Array.from(document.querySelectorAll("#conformance details:not([open])"));
			folded.forEach(function (details) {
				details.open = true;
			});
		});
		window.addEventListener("afterprint", function () {
			folded.forEach(function (details) {
				details.open = false;
			});
		});
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
		module.exports = { sortRows: sortRows, compare: compare, fits: fits };
		return;
	}
	document.querySelectorAll("table.sortable").forEach(makeSortable);
	document.querySelectorAll("table").forEach(linkRows);
	unfoldForPrint();
	document.querySelectorAll(".tools").forEach(makeFindable);
	makeThemes(document.getElementById("theme"));
	window.addEventListener("hashchange", openTarget);
	openTarget();
}());
