// The builder shows what a kind of question needs; the report draws its charts and draws them anew when answers come in.
"use strict";

const COLORS = ["#067a43", "#b3261e", "#0b57a4", "#8a5a00", "#6b3fa0", "#00687a"];

function showFields(select) {
  for (const field of select.form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(select.value);
  }
}

function radarOf({ names, lines: all }) {
  const lines = all.filter(({ values }) => values.some((value) => value !== null)); // hidden or empty: no line at all
  return {
    color: COLORS,
    legend: lines.length > 1 ? { bottom: 0 } : undefined,
    radar: { indicator: names.map((name) => ({ name, max: 100 })), radius: "62%", axisName: { color: "#191919", fontSize: 14 } },
    series: [{
      type: "radar",
      data: lines.map(({ name, values }) => ({ name, value: values.map((value) => value ?? 0), areaStyle: { opacity: 0.15 } })),
      label: lines.length > 1 ? undefined : { show: true, color: "#191919", formatter: ({ value }) => Number(value).toFixed(1) },
    }],
  };
}

function barsOf({ names, lines }, wide) {
  const shorten = (name) => (name.length > (wide ? 24 : 11) ? `${name.slice(0, wide ? 23 : 10)}…` : name);
  return {
    color: COLORS,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText" },
    legend: lines.length > 1 ? { top: 0 } : undefined,
    grid: { left: 8, right: 48, top: lines.length > 1 ? 36 : 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", min: 0, max: 100 },
    yAxis: { type: "category", inverse: true, data: names, axisLabel: { formatter: shorten, color: "#191919" } },
    series: lines.map(({ name, values }) => ({
      name, type: "bar", data: values, barMaxWidth: 18,
      label: { show: lines.length < 3, position: "right", formatter: ({ value }) => (value == null ? "" : Number(value).toFixed(1)) },
    })),
  };
}

// The places have no id: htmx would carry the old one's style over to the new one, and the page's policy forbids that.
let charts = [];

function drawAll() {
  if (!window.echarts) return;
  for (const chart of charts.filter((one) => !one.getDom().isConnected)) chart.dispose();
  for (const place of document.querySelectorAll("[data-chart]")) {
    const values = JSON.parse(place.dataset.values);
    if (place.dataset.chart === "bars") {
      const tall = values.names.length * (10 + 20 * values.lines.length) + 56; // px: as high as its bars need
      place.style.height = `${Math.max(tall, 110)}px`;
    }
    const chart = echarts.getInstanceByDom(place) || echarts.init(place);
    chart.resize();
    const option = place.dataset.chart === "radar" ? radarOf(values) : barsOf(values, place.clientWidth > 600);
    chart.setOption({ animation: false, ...option }, true);
    place.dataset.drawn = "1";
  }
  charts = [...document.querySelectorAll("[data-drawn]")].map((place) => echarts.getInstanceByDom(place));
}

document.addEventListener("change", (event) => {
  if ("kind" in event.target.dataset) showFields(event.target);
});

document.addEventListener("click", (event) => {
  const name = event.target.dataset.save;
  if (!name) return;
  const place = document.querySelector(`[data-chart="${name}"]`);
  const chart = echarts.getInstanceByDom(place);
  const link = document.createElement("a");
  link.href = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: "#fff" });
  link.download = `${place.dataset.title}-${name}.png`;
  link.click();
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.querySelector?.("[data-chart]") || event.target.closest?.("[data-report]")) drawAll();
});

window.addEventListener("resize", () => {
  for (const chart of charts) chart.resize();
  drawAll(); // on a narrow page names are cut shorter
});

document.querySelectorAll("[data-kind]").forEach(showFields);
drawAll();
