(() => {
  "use strict";
  const table = document.querySelector("table.results");
  const body = table.tBodies[0];
  const key = (row, column) => row.cells[column].dataset.sort;
  // Rows without a number come last, whichever way the others run.
  const compare = (one, two, down) => {
    if (one === "" || two === "") return (one === "") - (two === "");
    const [a, b] = [Number(one), Number(two)];
    const order = Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(two) : a - b;
    return down ? -order : order;
  };
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const [head, column] = [button.closest("th"), Number(button.dataset.column)];
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...[...body.rows].sort((a, b) => compare(key(a, column), key(b, column), down)));
    });
  }
})();
