// Selecting rows of a list: all at once, counting them, and saying the count on the buttons that act on them.
(() => {
  "use strict";
  document.querySelectorAll("form.panel").forEach((panel) => {
    const bar = panel.querySelector(".bulk");
    const every = panel.querySelector("[data-all]");
    const boxes = [...panel.querySelectorAll("tbody .check input")];
    if (!bar || !every || !boxes.length) return;
    const status = bar.querySelector("[data-selected]");
    const counted = [...bar.querySelectorAll("[data-counted]")];
    const matching = bar.querySelector("[data-matching]");
    let last = null;

    function say() {
      const chosen = boxes.filter((box) => box.checked).length;
      every.checked = chosen === boxes.length;
      every.indeterminate = chosen > 0 && chosen < boxes.length;
      if (matching && chosen < boxes.length) matching.checked = false;
      const all = matching?.checked ? matching.dataset.matching : "";
      status.textContent = all ? `All ${all} selected` : `${chosen} of ${boxes.length} selected`;
      const noun = !all && chosen === 1 ? bar.dataset.nounOne : bar.dataset.noun;
      counted.forEach((button) => { button.textContent = `${button.dataset.counted} ${all || chosen} ${noun}`; });
    }

    function tick(checked) {
      boxes.forEach((box) => { box.checked = checked; });
      say();
    }

    every.addEventListener("change", () => tick(every.checked));

    // All that match are those of this page too.
    matching?.addEventListener("change", () => (matching.checked ? tick(true) : say()));

    // Shift and a click select everything between two rows.
    boxes.forEach((box, index) => box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(last, index), Math.max(last, index)];
        boxes.slice(from, to + 1).forEach((between) => { between.checked = box.checked; });
      }
      last = index;
      say();
    }));

    panel.addEventListener("reset", () => setTimeout(() => {
      tick(false);
      every.focus();
    }));

    say();
    addEventListener("pageshow", say);
  });
})();
