(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Leaderboard: filters by data set, regime and question; without this script everything is shown.
  const filters = document.getElementById("filters");
  if (!filters) return;
  const [dataset, preset, question] = ["dataset", "preset", "question"].map((name) => document.getElementById("f-" + name));
  const rows = all("#table-leads tbody tr");
  const sift = () => {
    const fits = (of) => (!dataset.value || of.dataset.dataset === dataset.value) &&
      (!preset.value || of.dataset.preset === preset.value) &&
      (!question.value || of.dataset.questions.split("|").includes(question.value));
    for (const one of [...rows, ...all(".board")]) one.hidden = !fits(one);
    for (const table of all("#table-leads table, .board table")) {
      all("thead th", table).forEach((head, column) => {
        const hide = Boolean(question.value && head.dataset.q && head.dataset.q !== question.value);
        for (const row of table.rows) if (row.cells[column]) row.cells[column].hidden = hide;
      });
    }
    document.getElementById("f-count").textContent = all(".board").filter((one) => !one.hidden).length + " of " + all(".board").length + " boards";
  };
  filters.hidden = false;
  filters.addEventListener("change", sift);
  sift();
})();
