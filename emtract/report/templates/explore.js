(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const told = JSON.parse(at("data").textContent);
  // Names in the order in which they are offered.
  for (const key of ["outcomes", "moods", "windows"]) told[key] = Object.fromEntries(told[key]);
  const box = at("explorer");
  const MOST_POINTS = 4000;
  const BINS = 20;
  const DRAWN = { responsive: true, displaylogo: false, displayModeBar: false, doubleClick: "reset+autosize" };

  // The panel: a number a firm-session and column, NaN where there is none; rows of a firm stand together, by session.
  const inflate = async (id) => {
    const bytes = Uint8Array.from(atob(at(id).textContent), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  };
  const panel = { columns: {}, starts: [0], session: null, posts: {} };
  const unpack = async () => {
    const buffer = await inflate("numbers");
    panel.session = new Uint32Array(buffer, 0, told.rows);
    told.columns.forEach((name, i) => (panel.columns[name] = new Float32Array(buffer, 4 * told.rows * (i + 1), told.rows)));
    for (const [, rows] of told.firms) panel.starts.push(panel.starts.at(-1) + rows);
    panel.posts = JSON.parse(new TextDecoder().decode(await inflate("posts")));
    for (const id of ["numbers", "posts"]) at(id).remove();
  };
  const firms = told.firms.map(([symbol]) => symbol);
  const firmOf = (row) => {
    let low = 0, high = firms.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (panel.starts[middle] <= row) low = middle; else high = middle - 1;
    }
    return low;
  };
  const dayOf = (row) => told.sessions[panel.session[row]];
  const nameOf = (row) => `${firms[firmOf(row)]}, ${dayOf(row)}`;

  // Numbers and words.
  const number = (value, digits) => {
    if (!Number.isFinite(value)) return "\u2014";
    const text = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return (/[1-9]/.test(text) ? text : text.replace("-", "")).replace("-", "\u2212");
  };
  const count = (value) => value.toLocaleString("en");
  // Plotly reads a few tags in the words of a figure; symbols are nothing but words.
  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const outcomeText = (name, value) => {
    const { factor, unit } = told.outcomes[name];
    return number(value * factor, 2) + (unit && Number.isFinite(value) ? `\u00a0${unit}` : "");
  };
  const titled = (name) => told.outcomes[name].label + (told.outcomes[name].unit ? `, ${told.outcomes[name].unit}` : "");
  const moodTitle = () => `${told.moods[state.mood].label} ${told.windows[state.window]}`;

  // What is chosen stands in the address; a value that is not offered counts for none.
  const offered = {
    view: ["scatter", "series", "distribution"], window: Object.keys(told.windows), firm: ["", ...firms],
    mood: Object.keys(told.moods), outcome: Object.keys(told.outcomes), above: ["price", "return"],
  };
  const first = told.sessions[0], last = told.sessions.at(-1);
  const state = { from: first, to: last, row: null };
  const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text || "") && !Number.isNaN(Date.parse(text));
  const read = () => {
    const hash = new URLSearchParams(location.hash.slice(1));
    for (const [key, values] of Object.entries(offered)) state[key] = values.includes(hash.get(key)) ? hash.get(key) : values[0];
    state.from = isDay(hash.get("from")) ? hash.get("from") : first;
    state.to = isDay(hash.get("to")) ? hash.get("to") : last;
    const firm = firms.indexOf(hash.get("at"));
    const day = told.sessions.indexOf(hash.get("on"));
    state.row = null;
    if (firm >= 0 && day >= 0) {
      const found = panel.session.subarray(panel.starts[firm], panel.starts[firm + 1]).indexOf(day);
      if (found >= 0) state.row = panel.starts[firm] + found;
    }
  };
  const write = () => {
    const hash = new URLSearchParams();
    for (const [key, values] of Object.entries(offered)) if (state[key] !== values[0]) hash.set(key, state[key]);
    if (state.from !== first) hash.set("from", state.from);
    if (state.to !== last) hash.set("to", state.to);
    if (state.row !== null) {
      hash.set("at", firms[firmOf(state.row)]);
      hash.set("on", dayOf(state.row));
    }
    history.replaceState(null, "", `#${hash}`);
  };

  // Firm-sessions that are chosen and have a number in each of these columns.
  const column = (name) => panel.columns[name];
  const mood = () => column(`${state.mood}_${state.window}`);
  const shown = (values, whose = state.firm) => {
    const firm = firms.indexOf(whose);
    const [begin, end] = firm < 0 ? [0, told.rows] : [panel.starts[firm], panel.starts[firm + 1]];
    let low = told.sessions.findIndex((day) => day >= state.from);
    if (low < 0) low = told.sessions.length;
    const high = told.sessions.findLastIndex((day) => day <= state.to);
    const rows = [];
    for (let row = begin; row < end; row++) {
      const day = panel.session[row];
      if (day >= low && day <= high && values.every((value) => Number.isFinite(value[row]))) rows.push(row);
    }
    return rows;
  };
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minmax = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  // A frame for nearly all values, so that a few cannot squeeze the others into a line; null where it would leave out none.
  const framed = (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const [low, high] = [quantile(sorted, 0.005), quantile(sorted, 0.995)];
    const range = [low - 0.4 * (high - low), high + 0.4 * (high - low)];
    const out = values.filter((value) => value < range[0] || value > range[1]).length;
    return out ? { range, out } : null;
  };
  const moments = (x, y) => {
    const mx = mean(x), my = mean(y);
    let xx = 0, yy = 0, xy = 0;
    x.forEach((value, i) => { xx += (value - mx) ** 2; yy += (y[i] - my) ** 2; xy += (value - mx) * (y[i] - my); });
    return { mx, my, slope: xy / xx, r: xy / Math.sqrt(xx * yy), sd: Math.sqrt(xx / Math.max(1, x.length - 1)) };
  };
  const thinned = (rows) => {
    if (rows.length <= MOST_POINTS) return rows;
    return Array.from({ length: MOST_POINTS }, (_, i) => rows[Math.floor((i * rows.length) / MOST_POINTS)]);
  };
  // Means of equally many firm-sessions each, from the lowest mood to the highest.
  const binned = (x, y) => {
    const order = x.map((_, i) => i).sort((a, b) => x[a] - x[b]);
    const bins = Math.min(BINS, Math.floor(order.length / 10));
    return Array.from({ length: Math.max(0, bins) }, (_, b) => {
      const part = order.slice(Math.floor((b * order.length) / bins), Math.floor(((b + 1) * order.length) / bins));
      return [mean(part.map((i) => x[i])), mean(part.map((i) => y[i]))];
    });
  };

  // The look of a figure, by the theme of the moment.
  const axis = (more) => ({
    gridcolor: css("--rule"), zerolinecolor: css("--strong"), tickfont: { color: css("--muted") }, automargin: true, ...more,
  });
  const heading = (text, y) => ({
    text, xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor: "bottom", showarrow: false, font: { size: 13, color: css("--text") },
  });
  const layout = (more) => ({
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: "closest",
    margin: { l: 48, r: 14, t: 34, b: 44 }, font: { family: css("--sans"), size: 12, color: css("--text") },
    hoverlabel: { bgcolor: css("--page"), bordercolor: css("--strong"), font: { color: css("--ink") } },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    // A frame that was drawn by hand stays while only the firm-session changes.
    uirevision: JSON.stringify({ ...state, row: null }), ...more,
  });
  const tone = () => css(`--${told.moods[state.mood].tone}`);
  const ring = (x, y, more) => ({
    type: "scatter", mode: "markers", x, y, hoverinfo: "skip",
    marker: { size: 15, color: "rgba(0,0,0,0)", line: { width: 2.5, color: css("--ink") } }, ...more,
  });

  const whom = () => (state.firm ? ` of ${state.firm}` : "");
  const scatter = () => {
    const { factor } = told.outcomes[state.outcome];
    const [moods, outcomes] = [mood(), column(state.outcome)];
    const rows = shown([moods, outcomes]);
    const x = rows.map((row) => moods[row]), y = rows.map((row) => outcomes[row] * factor);
    const points = thinned(rows);
    const traces = [{
      type: "scatter", mode: "markers", x: points.map((row) => moods[row]), y: points.map((row) => outcomes[row] * factor),
      customdata: points, text: points.map((row) => plain(nameOf(row))), hovertemplate: "%{text}<br>%{x:.3f}, %{y:.2f}<extra></extra>",
      marker: { size: points.length > 800 ? 4 : 6, color: tone(), opacity: points.length > 800 ? 0.35 : 0.6 },
    }];
    let says = `${count(rows.length)} ${rows.length === 1 ? "firm-session" : "firm-sessions"}${whom()} ${rows.length === 1 ? "has" : "have"} both numbers.`;
    if (rows.length > 2) {
      const found = moments(x, y);
      const ends = minmax(x);
      traces.push({
        type: "scatter", mode: "lines", x: ends, y: ends.map((end) => found.my + found.slope * (end - found.mx)), hoverinfo: "skip",
        line: { color: css("--ink"), width: 1.5 },
      });
      const bins = binned(x, y);
      traces.push({
        type: "scatter", mode: "markers", x: bins.map(([a]) => a), y: bins.map(([, b]) => b), hovertemplate: "mean: %{x:.3f}, %{y:.2f}<extra></extra>",
        marker: { size: 9, color: css("--page"), line: { width: 2, color: css("--ink") } },
      });
      const unit = told.outcomes[state.outcome].unit === "%" ? " percentage points" : "";
      says += ` Correlation ${number(found.r, 3)}; a mood higher by one standard deviation (${number(found.sd, 2)}) goes with ${found.slope < 0 ? "" : "+"}${number(found.slope * found.sd, 3)}${unit}.`;
    }
    if (rows.includes(state.row)) traces.push(ring([moods[state.row]], [outcomes[state.row] * factor]));
    says += ` ${told.timing[state.window][state.outcome]}`;
    const part = points.length < rows.length ? `${count(points.length)} of ${count(rows.length)} points are drawn, evenly picked; line and open dots use all.` : "Dots are firm-sessions.";
    const frame = framed(y);
    const beyond = frame ? ` ${count(frame.out)} lie${frame.out === 1 ? "s" : ""} above or below the frame: double-click it to see all.` : "";
    return {
      traces, says, rows: points,
      note: `${part}${beyond} Line: least squares. Open dots: means of equally many firm-sessions. No fixed effects, no controls, no test: a picture, not an estimate.`,
      layout: layout({
        xaxis: axis({ title: { text: moodTitle(), standoff: 8, font: { size: 13 } }, zeroline: false }), yaxis: axis(frame ? { range: frame.range } : { autorange: true }),
        annotations: [heading(titled(state.outcome), 1.02)],
      }),
    };
  };

  // Means over firms of one column, a session each.
  const acrossFirms = (rows, values) => {
    const sums = new Map();
    for (const row of rows) {
      const value = values[row];
      if (!Number.isFinite(value)) continue;
      const [sum, n] = sums.get(panel.session[row]) || [0, 0];
      sums.set(panel.session[row], [sum + value, n + 1]);
    }
    return new Map([...sums].sort(([a], [b]) => a - b).map(([day, [sum, n]]) => [day, sum / n]));
  };
  const index = (returns) => {
    let level = 100;
    return returns.map((value, i) => (level *= i === 0 || !Number.isFinite(value) ? 1 : 1 + value));
  };
  const series = () => {
    const rows = shown([]);
    const moods = mood();
    const priced = state.above === "price";
    const { factor } = told.outcomes[state.outcome];
    const returns = column(priced ? "return_close_close" : state.outcome);
    let days, upper, lower, keys;
    if (state.firm) {
      days = rows.map(dayOf);
      upper = rows.map((row) => returns[row]);
      lower = rows.map((row) => moods[row]);
      keys = rows;
    } else {
      const means = acrossFirms(rows, moods), moved = acrossFirms(rows, returns);
      const sessions = [...new Set([...moved.keys(), ...means.keys()])].sort((a, b) => a - b);
      days = sessions.map((day) => told.sessions[day]);
      upper = sessions.map((day) => moved.get(day) ?? NaN);
      lower = sessions.map((day) => means.get(day) ?? NaN);
      keys = [];
    }
    const above = priced ? index(upper) : upper.map((value) => value * factor);
    const dots = days.length > 500 ? 3 : 5;
    const traces = [
      { type: "scatter", mode: priced ? "lines" : "markers", x: days, y: above, customdata: keys, line: { color: css("--other"), width: 1.5 }, marker: { color: css("--other"), size: dots, opacity: 0.6 }, hovertemplate: "%{x}: %{y:.2f}<extra></extra>" },
      { type: "scatter", mode: "lines+markers", x: days, y: lower, yaxis: "y2", customdata: keys, line: { color: tone(), width: 1 }, marker: { color: tone(), size: dots }, hovertemplate: "%{x}: %{y:.3f}<extra></extra>" },
    ];
    const place = state.row === null ? -1 : keys.indexOf(state.row);
    if (place >= 0) traces.push(ring([days[place]], [above[place]]), ring([days[place]], [lower[place]], { yaxis: "y2" }));
    const felt = lower.filter(Number.isFinite).length;
    const who = state.firm || "The equal-weighted mean of all firms";
    return {
      traces, rows: keys,
      says: `${who}: ${count(days.length)} ${days.length === 1 ? "session" : "sessions"}, ${count(felt)} of them with enough posts ${told.windows[state.window]}.${state.firm ? "" : " Choose a firm to look at its sessions."}`,
      note: priced ? "Price: close-to-close returns cumulated, the first session shown is 100; a missing return counts as none." : "",
      layout: layout({
        xaxis: axis({ type: "date", anchor: "y2", domain: [0, 1] }), yaxis: axis({ domain: [0.55, 1] }), yaxis2: axis({ domain: [0, 0.43] }),
        annotations: [heading(priced ? "Price, first session = 100" : titled(state.outcome), 1.01), heading(moodTitle(), 0.44)],
      }),
    };
  };

  const distribution = () => {
    const moods = mood();
    const rows = shown([moods]);
    const all = shown([moods], "");
    const [low, high] = all.length ? minmax(all.map((row) => moods[row])) : [0, 1];
    const bins = 40, width = (high - low) / bins || 1;
    const shares = (part) => {
      const counts = Array(bins).fill(0);
      for (const row of part) counts[Math.min(bins - 1, Math.floor((moods[row] - low) / width))] += 1;
      return counts.map((n) => (100 * n) / Math.max(1, part.length));
    };
    const middles = Array.from({ length: bins }, (_, b) => low + (b + 0.5) * width);
    // A bar stands for the firm-session of it with the most posts.
    const posts = column(`n_posts_${state.window}`);
    const busiest = Array(bins).fill(null);
    for (const row of rows) {
      const bin = Math.min(bins - 1, Math.floor((moods[row] - low) / width));
      if (busiest[bin] === null || posts[row] > posts[busiest[bin]]) busiest[bin] = row;
    }
    const traces = [{
      type: "bar", x: middles, y: shares(rows), width, customdata: busiest, marker: { color: tone(), line: { width: 0 } }, hovertemplate: "%{x:.3f}: %{y:.1f} %<extra></extra>",
    }];
    if (state.firm) traces.push({ type: "scatter", mode: "lines", x: middles, y: shares(all), line: { shape: "hvh", color: css("--ink"), width: 1.5 }, hoverinfo: "skip" });
    const values = rows.map((row) => moods[row]).sort((a, b) => a - b);
    const facts = values.length > 1 ? ` Mean ${number(mean(values), 3)}, standard deviation ${number(moments(values, values).sd, 3)}, median ${number(quantile(values, 0.5), 3)}, tenth and ninetieth percentile ${number(quantile(values, 0.1), 3)} and ${number(quantile(values, 0.9), 3)}.` : "";
    return {
      traces, rows,
      says: `${count(rows.length)} ${rows.length === 1 ? "firm-session" : "firm-sessions"}${whom()}.${facts}`,
      note: `${state.firm ? "Bars: the firm. Line: all firms. " : ""}A bar leads to its firm-session with the most posts.`,
      layout: layout({
        bargap: 0, xaxis: axis({ title: { text: moodTitle(), standoff: 8, font: { size: 13 } }, zeroline: false }), yaxis: axis({ rangemode: "tozero" }),
        annotations: [heading("Share of firm-sessions, %", 1.02)],
      }),
    };
  };

  let rows = [];
  const draw = () => {
    const figure = { scatter, series, distribution }[state.view]();
    rows = figure.rows;
    Plotly.react(box, figure.traces, figure.layout, DRAWN);
    at("says").textContent = figure.says;
    at("note").textContent = figure.note;
    box.setAttribute("aria-label", `${moodTitle()}${whom()}: ${figure.says}`);
  };

  // One firm-session: its numbers, and which posts stand behind them.
  const make = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const line = (cells, head) => {
    const row = make("tr");
    cells.forEach((text, i) => {
      const cell = make(head || i === 0 ? "th" : "td", text, i ? { className: "num" } : {});
      if (cell.tagName === "TH") cell.scope = head ? "col" : "row";
      row.append(cell);
    });
    return row;
  };
  const table = (head, lines) => {
    const made = make("table", "", { className: "plain" });
    const [top, body] = [make("thead"), make("tbody")];
    top.append(line(head, true));
    body.append(...lines.map((cells) => line(cells)));
    made.append(top, body);
    return made;
  };
  const windows = Object.keys(told.windows);
  const detail = () => {
    const row = state.row;
    at("hint").hidden = row !== null;
    at("point-title").textContent = row === null ? "A firm-session" : nameOf(row);
    if (row === null) return at("row").replaceChildren();
    const values = (base, digits) => windows.map((window) => number(column(`${base}_${window}`)?.[row] ?? NaN, digits));
    const moods = Object.entries(told.moods).map(([name, { label }]) => [label, ...values(name, 3)]);
    const left = make("div"), right = make("div");
    left.append(table(["", ...windows.map((window) => told.windows[window])], [
      ...moods, ["Posts", ...values("n_posts", 0)], ["Authors", ...values("n_authors", 0)],
    ]));
    right.append(table(["", "Value"], Object.entries(told.outcomes).map(([name, { label }]) => [label, outcomeText(name, column(name)[row])])));
    for (const window of windows) {
      const n = column(`n_posts_${window}`)[row];
      const ids = panel.posts[window][row] || [];
      const part = ids.length < n ? `, the first ${count(ids.length)} by time` : "";
      right.append(make("h3", `Posts ${told.windows[window]}: ${count(n)}${n ? part : ""}`, { style: "margin-top:1.2rem" }));
      const list = make("ul", "", { className: "ids" });
      list.append(...ids.map((id) => make("li", id)));
      if (ids.length) right.append(list);
    }
    const cells = make("div", "", { className: "cells" });
    cells.append(left, right);
    return at("row").replaceChildren(cells);
  };

  // Controls show the state, and change it.
  const show = () => {
    for (const key of ["firm", "mood", "outcome", "from", "to"]) at(key).value = state[key];
    for (const key of ["view", "window", "above"]) {
      for (const button of at(key).querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === state[key]));
    }
    at("above").hidden = state.view !== "series";
    at("reset").hidden = state.from === first && state.to === last;
    at("outcome").disabled = state.view === "distribution" || (state.view === "series" && state.above === "price");
  };
  const settle = () => { write(); show(); draw(); detail(); };
  const change = (key, value) => { state[key] = value; settle(); };
  const step = (by) => {
    const known = rows.length ? rows : shown([mood()]);
    if (!known.length) return;
    const place = known.indexOf(state.row);
    change("row", known[place < 0 ? (by > 0 ? 0 : known.length - 1) : (place + by + known.length) % known.length]);
  };
  const listen = () => {
    at("controls").addEventListener("submit", (event) => event.preventDefault());
    for (const key of ["firm", "mood", "outcome"]) at(key).addEventListener("change", () => change(key, at(key).value));
    for (const key of ["from", "to"]) {
      at(key).addEventListener("change", () => change(key, isDay(at(key).value) ? at(key).value : key === "from" ? first : last));
    }
    for (const key of ["view", "window", "above"]) {
      at(key).addEventListener("click", ({ target }) => target.closest("button") && change(key, target.closest("button").value));
    }
    at("reset").addEventListener("click", () => { Object.assign(state, { from: first, to: last }); settle(); });
    at("previous").addEventListener("click", () => step(-1));
    at("next").addEventListener("click", () => step(1));
    addEventListener("hashchange", () => { read(); show(); draw(); detail(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    addEventListener("beforeprint", () => { document.documentElement.dataset.print = ""; Plotly.relayout(box, { width: 680 }); draw(); });
    addEventListener("afterprint", () => { delete document.documentElement.dataset.print; Plotly.relayout(box, { width: null, autosize: true }); draw(); });
    for (const button of document.querySelectorAll("[data-format]")) {
      button.addEventListener("click", () => {
        const size = { width: box.clientWidth, height: box.clientHeight };
        Plotly.downloadImage(box, { ...size, format: button.dataset.format, filename: `${state.view}-${state.mood}-${state.window}`, scale: 2 });
      });
    }
  };

  const begin = async () => {
    if (!window.DecompressionStream) {
      at("says").textContent = "This browser is too old to unpack the panel: open the page in one of 2023 or later.";
      return;
    }
    await unpack();
    read();
    listen();
    show();
    draw();
    detail();
    box.on("plotly_click", ({ points }) => {
      const row = points.map((point) => point.customdata).find((value) => Number.isInteger(value));
      if (row !== undefined) change("row", row);
    });
  };
  begin();
})();
