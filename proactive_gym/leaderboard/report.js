// Sorts a table by the column whose head is clicked; without it the tables stand as they are.
document.documentElement.classList.add("scripted");
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const words = head.classList.contains("words");
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : !words && head.textContent !== "rank";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const cell = row.cells[column];
        if (words) return cell.textContent.trim();
        return cell.dataset.sort === undefined ? null : Number(cell.dataset.sort);
      };
      // Cells without a value stay at the end either way.
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        const order = words ? x.localeCompare(y) : x - y;
        return down ? -order : order;
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
