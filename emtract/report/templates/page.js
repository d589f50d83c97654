(() => {
  "use strict";
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const plots = [...document.querySelectorAll(".plot")];
  if (!window.Plotly) {
    for (const box of plots) {
      box.style.height = "auto";
      box.textContent = "The figure needs plotly.min.js in the folder above this page; the tables hold the same numbers.";
    }
  }
  const coarse = matchMedia("(pointer: coarse)").matches;
  const config = {
    // The mode bar holds a button that sends the chart to a server: the page has its own buttons instead.
    responsive: true, displaylogo: false, displayModeBar: false, doubleClick: "reset",
  };

  // Plotly cannot read CSS variables: colours are looked up here before a figure is drawn, and again when the theme changes.
  const tones = (data) => data.map((trace) => css("--" + ((trace.meta && trace.meta.tone) || "other")));
  const toned = (note) => (note.name && note.name.startsWith("tone:") ? css("--" + note.name.slice(5)) : "");
  const furniture = (layout) => {
    const update = {
      "font.color": css("--text"), "hoverlabel.bgcolor": css("--page"), "hoverlabel.bordercolor": css("--strong"),
      "hoverlabel.font.color": css("--ink"),
    };
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(key)) {
        update[key + ".gridcolor"] = css("--rule");
        update[key + ".zerolinecolor"] = css("--strong");
        update[key + ".tickfont.color"] = css(key.startsWith("yaxis") && layout[key].ticktext ? "--text" : "--muted");
        if (layout[key].rangeslider) update[key + ".rangeslider.bgcolor"] = css("--slider");
      }
    }
    (layout.annotations || []).forEach((note, i) => {
      if (toned(note)) update[`annotations[${i}].font.color`] = toned(note);
    });
    return update;
  };
  const scale = (kind) => {
    const [low, middle, high] = ["low", "middle", "high"].map((end) => css("--heat-" + end));
    return kind === "both" ? [[0, low], [0.5, middle], [1, high]] : [[0, middle], [1, kind === "low" ? low : high]];
  };
  const looks = (data, layout) => {
    const colours = tones(data);
    const update = { "line.color": colours, "marker.color": [...colours] };
    const set = (name, i, value) => ((update[name] ||= Array(colours.length).fill(undefined))[i] = value);
    data.forEach((trace, i) => {
      const meta = trace.meta || {};
      if (meta.fill) set("fillcolor", i, colours[i] + meta.fill);
      if (meta.heat) {
        set("colorscale", i, scale(meta.heat));
        set("colorbar.tickfont.color", i, css("--muted"));
        delete update["line.color"];
        delete update["marker.color"];
      }
    });
    return [update, furniture(layout)];
  };
  const paint = (box) => Plotly.update(box, ...looks(box.data, box.layout));

  // Small panels stand side by side where there is room, and one below the other on a phone.
  const sized = (width) => (width < 620 ? "narrow" : "wide");
  const arrange = (box, figure, width) => {
    const size = sized(width);
    if (!figure[size] || box.dataset.size === size) return;
    box.dataset.size = size;
    box.style.height = figure[size].height + "px";
    Plotly.relayout(box, structuredClone(figure[size]));
  };

  // Colours and places are put into a figure before it is drawn, so that it is drawn once.
  const put = (object, path, value) => {
    const keys = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
    const last = keys.pop();
    keys.reduce((at, key) => (at[key] ||= {}), object)[last] = value;
  };
  // On a phone the names at the left break into lines, and the title below keeps to the width that they leave.
  const lines = (text, width) => {
    const done = [];
    for (const word of text.split(" ")) {
      const longer = done.length ? `${done.at(-1)} ${word}` : "";
      if (longer && longer.length <= width) done[done.length - 1] = longer;
      else done.push(word);
    }
    return done;
  };
  const broken = (name) => {
    const [head, ...rest] = name.split("<br>");
    return head.includes("<") ? name : [...lines(head, 19), ...rest].join("<br>");
  };
  const slim = (box, view) => {
    const names = view["yaxis.ticktext"];
    if (!names || sized(box.clientWidth) === "wide") return {};
    const title = (view["xaxis.title.text"] || "").split("<br>").flatMap((line) => lines(line, 26));
    const told = names.map(broken);
    const tall = told.length * (4 + 15 * Math.max(0, ...told.map((name) => name.split("<br>").length)));
    return {
      "yaxis.ticktext": told, ...(title[0] && { "xaxis.title.text": title.join("<br>"), "xaxis.automargin": true }),
      ...(view.height && { height: Math.max(view.height, tall + 76) + 16 * (title.length - 1) }),
    };
  };
  const slimmed = (box, figure) => {
    const { yaxis = {}, xaxis = {}, margin = {} } = figure.layout;
    const own = figure.views[0]?.[1].height;
    const first = slim(box, { "yaxis.ticktext": yaxis.ticktext, "xaxis.title.text": xaxis.title?.text, height: own });
    if (!first["yaxis.ticktext"]) return;
    const named = [first, ...figure.views.map(([, view]) => slim(box, view))].map((view) => view["yaxis.ticktext"] || []);
    const tall = Math.max(...named.map((names) => names.length * (4 + 15 * Math.max(0, ...names.map((n) => n.split("<br>").length)))));
    const height = first.height || Math.max(figure.layout.height, tall + (margin.t || 0) + (margin.b || 0) + 16);
    box.style.height = height + "px";
    // Names below the columns that would not fit side by side stand slantwise.
    const slant = (xaxis.ticktext || []).join("").length > 36 ? -45 : 0;
    const room = { "margin.r": (margin.r || 0) + 6, "xaxis.nticks": 4, "xaxis.tickangle": slant, height };
    for (const [path, value] of Object.entries({ ...first, ...room })) put(figure.layout, path, value);
  };
  const dress = (box, figure) => {
    const size = sized(box.clientWidth);
    slimmed(box, figure);
    if (figure[size]) {
      for (const [path, value] of Object.entries(structuredClone(figure[size]))) put(figure.layout, path, value);
      box.dataset.size = size;
      box.style.height = figure[size].height + "px";
    }
    if (size === "narrow") {
      // Headings that begin with the axis begin further left where every pixel counts; dates stand upright.
      for (const note of figure.layout.annotations || []) {
        if (note.x === 0 && note.xref === "paper" && note.xanchor === "left") note.xshift = -12;
      }
      for (const [name, axis] of Object.entries(figure.layout)) if (name.startsWith("xaxis") && axis.type === "date") axis.nticks = 4;
    }
    const [traces, layout] = looks(figure.data, figure.layout);
    for (const [path, values] of Object.entries(traces)) {
      values.forEach((value, i) => value === undefined || put(figure.data[i], path, value));
    }
    for (const [path, value] of Object.entries(layout)) put(figure.layout, path, value);
  };

  // A view is chosen by a button, or in a list where there are many; what is said of it, anywhere in the page, follows.
  const choose = (box, view) => {
    for (const part of document.querySelectorAll(`[data-says="${box.id}"]`)) part.hidden = part.dataset.view !== view;
    for (const button of document.querySelectorAll(`button[data-plot="${box.id}"]`)) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
  };
  for (const box of plots) {
    choose(box, "0");
    for (const control of document.querySelectorAll(`button[data-plot="${box.id}"], select[data-plot="${box.id}"]`)) {
      control.addEventListener(control.matches("select") ? "change" : "click", () => {
        const view = control.dataset.view ?? control.value;
        choose(box, view);
        box.dispatchEvent(new CustomEvent("view", { detail: Number(view) }));
      });
    }
  }

  const draw = (box) => {
    const figure = JSON.parse(document.getElementById(box.id + "-data").textContent);
    if (coarse) figure.layout.dragmode = false;
    const lines = [...new Set(figure.data.map((trace) => (trace.meta || {}).line))];
    for (const key of document.querySelectorAll(`button[data-key="${box.id}"]`)) {
      key.addEventListener("click", () => {
        const shown = key.getAttribute("aria-pressed") !== "true";
        key.setAttribute("aria-pressed", String(shown));
        const own = box.data.flatMap((trace, i) => (trace.meta.line === lines[Number(key.dataset.line)] ? [i] : []));
        Plotly.restyle(box, { visible: shown }, own);
      });
    }
    box.addEventListener("view", ({ detail }) => {
      const [traces, layout] = structuredClone(figure.views[detail]);
      for (const note of layout.annotations || []) if (toned(note)) note.font = { ...note.font, color: toned(note) };
      const change = { ...layout, ...slim(box, layout) };
      if (change.height) box.style.height = change.height + "px";
      Plotly.update(box, traces, change);
    });
    dress(box, figure);
    Plotly.newPlot(box, figure.data, figure.layout, config);
    if (figure.narrow) new ResizeObserver(() => box.data && arrange(box, figure, box.clientWidth)).observe(box);
  };
  // A closed part has no width: its figures are drawn when it opens.
  const parts = [...document.querySelectorAll("details.part")];
  const waiting = new Set(plots);
  const drawn = () => plots.filter((box) => !waiting.has(box));
  const drawOpen = () => {
    for (const box of window.Plotly ? waiting : []) {
      if (!box.closest("details:not([open])")) { waiting.delete(box); draw(box); }
    }
  };
  drawOpen();
  for (const part of document.querySelectorAll("details")) part.addEventListener("toggle", drawOpen);
  // A link into a closed part opens it before the page scrolls there.
  const reveal = (address) => {
    const at = document.getElementById(decodeURIComponent(address.slice(1)));
    for (let part = at; part; part = part.parentElement) if (part.matches("details")) part.open = true;
    drawOpen();
    return at;
  };
  for (const link of document.querySelectorAll('a[href^="#"]')) link.addEventListener("click", () => reveal(link.hash));
  if (location.hash) reveal(location.hash)?.scrollIntoView();
  const all = document.querySelector("[data-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      const opens = parts.some((part) => !part.open);
      for (const part of parts) part.open = opens;
      all.textContent = opens ? "Close all" : "Open all";
    });
  }
  if (window.Plotly) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn().forEach(paint));
  }
  // Paper is light and about 680 px wide, whatever the screen is, and nobody opens a part of it; printing waits for no promise.
  let shut = [];
  addEventListener("beforeprint", () => {
    shut = [...document.querySelectorAll("details:is(.part, .fold, .more):not([open])")];
    for (const part of shut) part.open = true;
    document.documentElement.dataset.print = "";
    drawOpen();
    for (const box of drawn()) { Plotly.relayout(box, { width: 680 }); paint(box); }
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.print;
    for (const box of drawn()) { Plotly.relayout(box, { width: null, autosize: true }); paint(box); }
    for (const part of shut) part.open = false;
  });

  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => {
      const box = document.getElementById(button.dataset.save);
      const size = { width: box.clientWidth, height: box.clientHeight };
      // The keys of the lines stand in the page: a saved figure takes them with it as a legend.
      const keyed = document.querySelector(`button[data-key="${box.id}"]`);
      const layout = keyed ? { ...box.layout, showlegend: true, legend: { orientation: "h", y: -0.25 } } : box.layout;
      const name = document.body.dataset.name + "-" + box.id;
      Plotly.downloadImage({ data: box.data, layout, config }, { ...size, format: button.dataset.format, filename: name, scale: 2 });
    });
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => {
      const source = document.getElementById(button.dataset.copy);
      getSelection().selectAllChildren(source);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
    });
  }
})();
