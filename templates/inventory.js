"use strict";
(() => {
  const table = document.getElementById("models");
  const form = document.getElementById("search");
  if (!table || !form) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const count = document.getElementById("count");
  const fields = ["tier", "stage", "gate"].map((name) => [name, form.elements[name]]);

  for (const [name, select] of fields) {
    for (const value of [...new Set(rows.map((row) => row.dataset[name]))].sort()) {
      select.add(new Option(value, value));
    }
  }

  const show = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const found = words.every((word) => texts.get(row).includes(word))
        && fields.every(([name, select]) => !select.value || row.dataset[name] === select.value)
        && (!form.elements.attention.checked || row.dataset.attention === "yes");
      row.hidden = !found;
      shown += found;
    }
    count.textContent = `${shown} of ${rows.length} manifests`;
  };

  const sort = (heading, place) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[place].dataset.sort ?? row.cells[place].textContent.trim();
    const order = new Intl.Collator("en", { numeric: true });
    rows.sort((a, b) => (down ? -1 : 1) * order.compare(key(a), key(b)));
    body.append(...rows);
  };

  [...table.tHead.rows[0].cells].forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(heading, place));
    heading.replaceChildren(button);
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
})();
