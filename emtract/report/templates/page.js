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

  // Plotly cannot read CSS variables: colours are looked up here and set again when the theme changes.
  const tones = (data) => data.map((trace) => css("--" + ((trace.meta && trace.meta.tone) || "other")));
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
      if (note.name && note.name.startsWith("tone:")) update[`annotations[${i}].font.color`] = css("--" + note.name.slice(5));
    });
    return update;
  };
  const paint = (box) => {
    const colours = tones(box.data);
    return Plotly.update(box, { "line.color": colours, "marker.color": colours }, furniture(box.layout));
  };

  const draw = (box) => {
    const figure = JSON.parse(document.getElementById(box.id + "-data").textContent);
    if (coarse) figure.layout.dragmode = false;
    const buttons = document.querySelectorAll(`button[data-plot="${box.id}"]`);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const [traces, layout] = figure.views[Number(button.dataset.view)];
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        Plotly.update(box, structuredClone(traces), structuredClone(layout));
      });
    }
    return Plotly.newPlot(box, figure.data, figure.layout, config).then(() => paint(box));
  };
  if (window.Plotly) {
    for (const box of plots) draw(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(paint));
    // Paper is light and about 680 px wide, whatever the screen is; printing does not wait for promises.
    addEventListener("beforeprint", () => {
      document.documentElement.dataset.print = "";
      for (const box of plots) { Plotly.relayout(box, { width: 680 }); paint(box); }
    });
    addEventListener("afterprint", () => {
      delete document.documentElement.dataset.print;
      for (const box of plots) { Plotly.relayout(box, { width: null, autosize: true }); paint(box); }
    });
  }

  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => {
      const box = document.getElementById(button.dataset.save);
      const size = { width: box.clientWidth, height: box.clientHeight };
      Plotly.downloadImage(box, { ...size, format: button.dataset.format, filename: document.body.dataset.name + "-" + box.id, scale: 2 });
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
