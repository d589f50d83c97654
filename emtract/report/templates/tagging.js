(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const order = data.texts.map(([key]) => key);
  const posts = new Map(data.texts);
  const place = `emtract tags ${data.digest} ${data.tagger}`;
  // Answers in the order in which they were given: the last is the one to take back.
  let given = [];
  let kept = true;
  let saved = true;

  // What was kept or saved may be of another page, or edited: only answers of this sample count, each once.
  const usable = (answers) => {
    const found = new Map();
    for (const answer of Array.isArray(answers) ? answers : []) {
      const [key, label] = Array.isArray(answer) ? answer : [];
      if (posts.has(key) && data.labels.includes(label)) found.set(key, label);
    }
    return [...found];
  };
  const keep = () => {
    saved = false;
    try { localStorage.setItem(place, JSON.stringify(given)); } catch { kept = false; }
    at("refused").hidden = kept;
  };
  const recall = () => {
    let told = null;
    try { told = localStorage.getItem(place); } catch { kept = false; }
    try { given = usable(JSON.parse(told || "[]")); } catch { given = []; }
    // Whether anything is kept is tried elsewhere: what was written as the page was left may arrive after this.
    try { localStorage.setItem(`${place}, opened`, ""); } catch { kept = false; }
    at("refused").hidden = kept;
  };

  const next = () => {
    const done = new Map(given);
    return order.find((key) => !done.has(key));
  };
  const show = () => {
    const key = next();
    const over = key === undefined;
    at("post").textContent = over ? "" : posts.get(key);
    at("post").scrollTop = 0;
    at("post").hidden = over;
    at("done").hidden = !over;
    for (const button of at("answers").children) button.disabled = over;
    at("undo").disabled = !given.length;
    at("count").textContent = `${given.length.toLocaleString("en")} of ${order.length.toLocaleString("en")}`;
    at("bar").max = order.length;
    at("bar").value = given.length;
    if (over) at("done").focus();
  };
  const flash = (label) => {
    for (const button of at("answers").children) button.classList.toggle("hit", button.dataset.label === label);
  };
  const answer = (label) => {
    const key = next();
    if (key === undefined) return;
    given.push([key, label]);
    keep();
    flash(label);
    at("said").textContent = "";
    show();
  };
  const undo = () => {
    const last = given.pop();
    if (!last) return;
    keep();
    flash(null);
    at("said").textContent = `Taken back: ${last[1]}.`;
    show();
  };
  const save = () => {
    const told = {
      format: data.format, version: data.version, digest: data.digest, tagger: data.tagger,
      count: given.length, of: order.length, answers: given,
    };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(told, null, 1) + "\n"], { type: "application/json" }));
    link.download = data.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    saved = true;
    at("said").textContent = `${given.length.toLocaleString("en")} answers saved in ${data.file}.`;
  };
  const open = async (file) => {
    let told = null;
    try { told = JSON.parse(await file.text()); } catch { /* said below */ }
    const mine = told && told.digest === data.digest && told.tagger === data.tagger;
    at("said").textContent = mine ? "" : "That file holds no answers of this sample and tagger.";
    if (!mine) return;
    const before = given.length;
    given = usable([...usable(told.answers), ...given]);
    keep();
    at("said").textContent = `${(given.length - before).toLocaleString("en")} answers taken from the file.`;
    show();
  };

  for (const button of at("answers").children) button.addEventListener("click", () => answer(button.dataset.label));
  at("undo").addEventListener("click", undo);
  at("save").addEventListener("click", save);
  at("open").addEventListener("change", ({ target }) => { if (target.files[0]) open(target.files[0]); target.value = ""; });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
    // A key that is held down answers once.
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // The place of the key, since French keyboards need Shift for a digit.
    const digit = /^(?:Digit|Numpad)([0-7])$/.exec(event.code) || /^([0-7])$/.exec(event.key);
    if (digit) answer(data.labels[(Number(digit[1]) + 7) % 8]);
    if (event.key === "Backspace") {
      event.preventDefault();
      undo();
    }
  });
  // Answers that arrive late, or are given in another window, before the first one here.
  addEventListener("storage", ({ key }) => { if (key === place && !given.length) { recall(); show(); } });
  addEventListener("beforeunload", (event) => { if (!kept && !saved) event.preventDefault(); });

  recall();
  // Who has begun knows how to tag.
  document.querySelector("details").open = !given.length;
  show();
})();
