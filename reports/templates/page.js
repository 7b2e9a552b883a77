(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Runs: filter by text and status.
  const filter = document.getElementById("run-filter");
  const state = document.getElementById("run-status");
  const runs = all("#table-runs tbody tr");
  const statusColumn = all("#table-runs thead th").findIndex((head) => head.textContent === "Status");
  const sift = () => {
    const text = filter.value.trim().toLowerCase();
    let count = 0;
    for (const row of runs) {
      const whole = row.textContent + " " + all("[data-v]", row).map((cell) => cell.dataset.v).join(" ");
      const fits = (!text || whole.toLowerCase().includes(text)) &&
        (!state.value || row.cells[statusColumn].dataset.v === state.value);
      row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    document.getElementById("run-count").textContent = count + " of " + runs.length + " runs";
  };
  filter.addEventListener("input", sift);
  state.addEventListener("change", sift);
  sift();

  // Pictures: seed, step and methods are switched by hand.
  const sheets = {};
  for (const block of all("script.sheets")) sheets[block.dataset.part] = JSON.parse(block.textContent);
  for (const gallery of all(".gallery")) {
    const known = sheets[gallery.dataset.part];
    const show = () => {
      const seed = gallery.querySelector('[data-role="seed"]').value;
      const step = gallery.querySelector('[data-role="step"]').value;
      const ticked = new Set(all('[data-role="method"]', gallery).filter((box) => box.checked).map((box) => box.value));
      for (const card of all(".card[data-method]", gallery)) {
        const source = known[[gallery.dataset.panel, card.dataset.method, seed, step].join("|")];
        const image = card.querySelector("img");
        card.hidden = !ticked.has(card.dataset.method);
        card.querySelector(".zoom").hidden = !source;
        card.querySelector(".missing").hidden = Boolean(source);
        if (source && image.getAttribute("src") !== source) image.src = source;
      }
    };
    gallery.addEventListener("change", show);
    show();
  }

  // What differs between two runs.
  const told = document.getElementById("told");
  if (told) {
    const runsTold = JSON.parse(told.textContent);
    const choices = [document.getElementById("one"), document.getElementById("other")];
    const body = document.querySelector("#differences tbody");
    const differ = () => {
      const [one, other] = choices.map((choice) => runsTold[Number(choice.value)].told);
      const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => one[name] !== other[name]);
      body.replaceChildren(...names.map((name) => {
        const row = document.createElement("tr");
        [name, one[name] ?? "\u2013", other[name] ?? "\u2013"].forEach((text, i) => {
          const cell = document.createElement(i === 0 ? "th" : "td");
          if (i === 0) cell.scope = "row";
          cell.textContent = text;
          row.append(cell);
        });
        return row;
      }));
    };
    choices.forEach((choice) => choice.addEventListener("change", differ));
    differ();
  }

  // One click larger.
  const dialog = document.getElementById("larger");
  for (const button of all(".zoom")) {
    button.addEventListener("click", () => {
      const shown = button.querySelector("img");
      const gallery = button.closest(".gallery");
      const caption = button.closest("figure").querySelector("figcaption").textContent;
      const where = gallery && button.closest("[data-method]")
        ? ", seed " + gallery.querySelector('[data-role="seed"]').value + ", step " + gallery.querySelector('[data-role="step"]').value
        : "";
      dialog.classList.toggle("chart", !gallery);
      dialog.querySelector("img").src = shown.src;
      dialog.querySelector("img").alt = shown.alt;
      document.getElementById("larger-title").textContent = caption + where;
      dialog.showModal();
    });
  }
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
