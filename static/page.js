// What every page adds where scripts run: copying, keys, menus, filters. Nothing here is needed to do the work.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const text = (number, one, many) => (number === 1 ? one : many.replace("{n}", number.toLocaleString("en")));

  // Copy buttons: <button data-copy="text">. The word answers, and is read out.
  all("[data-copy]").forEach((button) => {
    const word = button.querySelector("span");
    word.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        word.textContent = "Copied";
      } catch {
        select(button.previousElementSibling);
        word.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { word.textContent = "Copy"; }, 2000);
    });
  });

  // Without a clipboard (plain http) the text is selected, so that one key copies it.
  function select(element) {
    if (!element) return;
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  // Keys: "/" goes to the search, Escape closes the open menu (focus back on it) or the drawer.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = [document.getElementById("q"), document.getElementById("find")].find((field) => field?.offsetParent);
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "Escape") {
      const open = all("details.menu[open]").pop();
      if (open) { open.open = false; open.querySelector("summary").focus(); }
      else if (location.hash === "#nav") { location.hash = "main"; }
    }
  });

  // Browsers that do not know <details name> still show one menu at a time.
  all("details.menu").forEach((menu) => menu.addEventListener("toggle", () => {
    if (menu.open) all("details.menu[open]").filter((other) => other !== menu).forEach((other) => { other.open = false; });
  }));

  // After a mistake the summary takes the focus; so does the task that the address opened.
  (document.querySelector("[data-focus]") ?? document.querySelector(".task-head [tabindex]"))?.focus();

  // On a phone the tabs scroll sideways: the current one is brought into sight.
  const tab = document.querySelector(".nav-tabs [aria-current]");
  if (tab) tab.closest(".nav-tabs").scrollLeft = tab.offsetLeft - 16;

  // A search that narrows a list on the page: <input data-filters="list-id">.
  all("[data-filters]").forEach((field) => {
    const items = all("li", document.getElementById(field.dataset.filters));
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      items.forEach((item) => {
        const line = item.textContent.toLowerCase();
        item.hidden = !words.every((word) => line.includes(word));
      });
    });
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  });

  // "2 of 41 selected" under such a list; its task's button may count with it.
  all("[data-picked]").forEach((status) => {
    const list = document.getElementById(status.dataset.picked);
    const boxes = all("input", list);
    const button = list.closest("form")?.querySelector("[data-counts='#" + list.id + "']");
    const plain = button?.textContent;
    const say = () => {
      const chosen = boxes.filter((box) => box.checked).length;
      status.textContent = `${chosen} of ${status.dataset.total || boxes.length} selected`;
      if (button) button.textContent = chosen === 0 ? plain : text(chosen, button.dataset.one, button.dataset.many);
    };
    list.addEventListener("change", say);
    say();
  });

  // What the chosen sources received before, above what to do with it.
  all("[data-leads-of]").forEach((line) => {
    const list = document.getElementById(line.dataset.leadsOf);
    if (!list) return;
    const plain = line.textContent;
    const say = () => {
      const chosen = all("input:checked", list);
      const leads = chosen.reduce((sum, box) => sum + Number(box.dataset.leads || 0), 0);
      const said = leads === 1 ? "1 lead" : `${leads === 0 ? "no" : leads.toLocaleString("en")} leads`;
      line.textContent = chosen.length === 0 ? plain : text(chosen.length, line.dataset.one, line.dataset.many).replace("{leads}", said);
    };
    list.addEventListener("change", say);
    say();
  });

  // What each choice means for them: how many, since when, worth what.
  all("[data-waiting]").forEach((line) => {
    const list = document.getElementById(line.dataset.waiting);
    const say = () => {
      const chosen = all("input:checked", list).filter((box) => Number(box.dataset.leads));
      const sum = (name) => chosen.reduce((total, box) => total + Number(box.dataset[name]), 0);
      const leads = text(sum("leads"), "1 lead", "{n} leads");
      if (chosen.length === 0) { line.textContent = ""; return; }
      if ("leave" in line.dataset) { line.textContent = `The ${leads} ${sum("leads") === 1 ? "stays" : "stay"} without a partner.`; return; }
      const first = chosen.map((box) => box.dataset.first).sort()[0].slice(11);
      const worth = (sum("cents") / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
      line.textContent = `${leads}, the first of ${first}. Adds ${line.dataset.all.replace("0.00", worth)} to the payout.`;
    };
    list?.addEventListener("change", say);
    if (list) say();
  });

  // How many leads came since a day: the server counts, as its button does without a script.
  all("[data-since]").forEach((line) => {
    const form = line.closest("form");
    let turns = 0;
    form.addEventListener("change", async ({ target }) => {
      if (target.name === "since") form.elements.credit.value = "since";
      if (!["since", "source"].includes(target.name)) return;
      const turn = ++turns;
      line.textContent = "";
      if (!form.elements.since.value) return;
      const sent = new URLSearchParams(new FormData(form));
      sent.set("search", "1");
      try {
        const answer = await fetch(form.action, { method: "POST", body: sent });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (turn === turns) line.textContent = page.querySelector("[data-since]")?.textContent ?? "";
      } catch { /* the amount is missing, nothing else */ }
    });
  });

  // A field of the type "choice" needs values: they stand among its rules.
  all(".map-row select").forEach((type) => type.addEventListener("change", () => {
    if (type.value === "choice") type.closest(".map-row").querySelector("details").open = true;
  }));

  // What stands for one address each, about as the server reads it (operations/addresses.py): of "Name <address>" the address.
  const addressesIn = (typed) => new Set(typed.toLowerCase().replace(/"[^"\n]*"/g, " ").split(/[,;\n]|(?<=>)/).flatMap((part) => {
    const inside = part.match(/<([^<>]*)>/);
    return inside ? [inside[1].trim(), ...part.slice(0, inside.index).split(/\s+/).filter((word) => word.includes("@"))] : part.split(/\s+/);
  }).filter(Boolean));

  // "Send 3 invites": the button counts the addresses in the field it names.
  all("button[data-counts]").forEach((button) => {
    const field = document.querySelector(button.dataset.counts);
    if (!field || field.value === undefined) return;
    const plain = button.textContent;
    const say = () => {
      const addresses = addressesIn(field.value);
      button.textContent = addresses.size === 0 ? plain : text(addresses.size, button.dataset.one, button.dataset.many);
    };
    field.addEventListener("input", say);
    say();
  });

  // A job's progress: <p data-job="address">; when the job ends the page is shown anew.
  all("[data-job]").forEach((line) => {
    const [bar, words] = [line.querySelector("progress"), line.querySelector("[role=status]")];
    const ask = async () => {
      try {
        const job = await (await fetch(line.dataset.job)).json();
        if (job.state !== "queued" && job.state !== "running") { location.reload(); return; }
        if (job.total) { bar.max = job.total; bar.value = job.done; }
        words.textContent = job.words;
      } catch { /* the next look may find the server again */ }
      setTimeout(ask, 1000);
    };
    setTimeout(ask, 1000);
  });

  // A form is sent once: a second click while the first is on its way does nothing.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));
})();
