"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Colour theme: system, light, dark.
  const theme = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const paint = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.textContent = "Theme: " + name;
    theme.setAttribute("aria-label", "Colour theme: " + name + ". Change it.");
  };
  let chosen = 0;
  try { chosen = Math.max(0, themes.indexOf(localStorage.getItem("theme"))); } catch (e) { /* a local file may have no storage */ }
  paint(themes[chosen]);
  theme.addEventListener("click", () => {
    chosen = (chosen + 1) % themes.length;
    paint(themes[chosen]);
    try { localStorage.setItem("theme", themes[chosen]); } catch (e) { /* as above */ }
  });

  // Tables: a button in every head sorts its column; what has no value stays last.
  const keyOf = (row, column) => {
    const text = row.cells[column].dataset.v;
    if (text === "") return null;
    const number = Number(text);
    return Number.isNaN(number) ? text.toLowerCase() : number;
  };
  const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
  for (const table of all("figure.table table")) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = all("tbody tr", table).map((row) => [keyOf(row, column), row]);
        rows.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return up ? compare(a, b) : compare(b, a);
        });
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }
})();
