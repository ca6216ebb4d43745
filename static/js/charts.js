// Charts read their data from <script type="application/json" id> and their colours from the palette.
// <canvas data-chart="lines|bars|scatter" data-source="id">; redrawn when the theme changes.
const Chart = window.Chart;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--cs-${name}`).trim();
const tint = (hex, share) => `rgba(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ")}, ${share})`;
const grouped = (value, digits = 0) => {
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 ? `\u2212${text}` : text;
};
const short = (value) => {
  const size = Math.abs(value);
  if (size && size < 1) return String(value);
  const [unit, letter] = size >= 1e6 ? [1e6, "M"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  return grouped(value / unit, unit > 1 && (size / unit) % 1 ? 1 : 0) + letter;
};

function shared(data) {
  const text = css("text-3");
  const ticks = { color: text, font: { size: 12 }, maxTicksLimit: 6, padding: 8 };
  const title = (words) => ({ display: Boolean(words), text: words, color: text, font: { size: 12, weight: 400 } });
  return {
    responsive: true, maintainAspectRatio: false, animation: false, normalized: true,
    layout: { padding: { right: data.end_words ? roomForEnds(data) : 8, top: 8 } },
    plugins: { legend: { display: false }, tooltip: tips() },
    scales: {
      x: { border: { color: css("line-2") }, grid: { display: false }, ticks, title: title(data.x_title) },
      y: { border: { display: false }, grid: { color: css("line"), tickLength: 0 }, title: title(data.y_title),
        beginAtZero: !data.y_from, min: data.y_from, ticks: { ...ticks, maxTicksLimit: 5, callback: (value) => `${data.prefix || ""}${short(value)}${data.suffix || ""}` } },
    },
  };
}
function tips() {
  return { backgroundColor: css("surface"), titleColor: css("text"), bodyColor: css("text-2"), borderColor: css("line-2"), borderWidth: 1,
    cornerRadius: 6, padding: 8, displayColors: false, titleFont: { size: 12, weight: 600 }, bodyFont: { size: 12 } };
}

// Week by week: what happened, what was said, the range; the hidden weeks are a shaded field with its name.
function lines(data) {
  const options = shared(data);
  options.scales.x.ticks.maxRotation = 0;
  options.scales.x.ticks.callback = function tick(value) {
    const label = this.getLabelForValue(value);
    const step = this.chart.width < 660 ? 2 * data.every : data.every;
    return data.every ? (Number(label) % step === 0 ? `${data.x_word || ""} ${label}` : null) : label;
  };
  if (data.every) Object.assign(options.scales.x.ticks, { autoSkip: false, maxTicksLimit: 400 });
  options.interaction = { mode: "index", intersect: false };
  const looks = { happened: [css("text"), []], said: [css("data"), [5, 4]], quiet: [css("fill"), []] };
  const sets = data.lines.map((line) => ({
    label: line.label, data: line.values, borderColor: looks[line.look || "quiet"][0], borderDash: looks[line.look || "quiet"][1],
    borderWidth: 1.75, pointRadius: 0, tension: 0, endWords: line.label, order: 1,
  }));
  const edge = { pointRadius: 0, borderWidth: 0, order: 2, isBand: true };
  if (data.band) sets.push({ ...edge, label: "up to", data: data.band.high, fill: "+1", backgroundColor: tint(css("data"), 0.16) }, { ...edge, label: "from", data: data.band.low });
  options.plugins.tooltip.callbacks = {
    title: (points) => `${data.x_word || ""} ${points[0].label}`,
    label: (point) => `${point.dataset.label} ${data.prefix || ""}${grouped(point.parsed.y)}`,
  };
  return { type: "line", data: { labels: data.labels, datasets: sets }, options, plugins: [field(data), endWords(data)] };
}
function field(data) {
  return { id: "field", beforeDatasetsDraw({ ctx, chartArea: area, scales }) {
    if (data.hidden_from === undefined) return;
    const x = scales.x.getPixelForValue(data.labels.indexOf(data.hidden_from));
    ctx.save();
    ctx.fillStyle = css("bg");
    ctx.fillRect(x, area.top, area.right - x, area.height);
    ctx.fillStyle = css("fill-soft");
    ctx.fillRect(x - 0.75, area.top, 1.5, area.height);
    ctx.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    ctx.fillStyle = css("text-2");
    ctx.textAlign = "right";
    ctx.fillText("it learned from these", x - 10, area.top + 14);
    ctx.textAlign = "left";
    ctx.fillText("hidden from it", x + 10, area.top + 14);
    ctx.restore();
  } };
}
function roomForEnds(data) {
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const widths = data.lines.map((line) => {
    pen.font = `600 12px ${family}`;
    const figure = pen.measureText(grouped(line.values.findLast((one) => one !== null) ?? 0)).width;
    pen.font = `12px ${family}`;
    return figure + pen.measureText(line.label).width;
  });
  return Math.ceil(Math.max(...widths)) + 20;
}
// Lines carry their end values, so that nobody looks from a legend to a line and back.
function endWords(data) {
  return { id: "ends", afterDatasetsDraw(chart) {
    if (!data.end_words) return;
    const { ctx } = chart;
    const ends = chart.data.datasets.flatMap((set, at) => {
      const point = set.isBand ? undefined : chart.getDatasetMeta(at).data.findLast((one) => !one.skip && !Number.isNaN(one.y));
      return point ? [{ x: point.x, y: point.y, set, value: set.data.findLast((one) => one !== null) }] : [];
    }).sort((a, b) => a.y - b.y);
    ends.forEach((end, at) => { if (at && end.y - ends[at - 1].y < 16) end.y = ends[at - 1].y + 16; });
    ctx.save();
    ctx.textBaseline = "middle";
    const family = getComputedStyle(document.body).fontFamily;
    for (const { x, y, set, value } of ends) {
      ctx.fillStyle = set.borderColor;
      ctx.font = `600 12px ${family}`;
      const figure = grouped(value);
      ctx.fillText(figure, x + 8, y);
      const width = ctx.measureText(figure).width;
      ctx.font = `12px ${family}`;
      ctx.fillText(set.label, x + 12 + width, y);
    }
    ctx.restore();
  } };
}

function bars(data) {
  const options = shared(data);
  options.scales.x.ticks = { ...options.scales.x.ticks, autoSkip: data.labels.length > 16, maxTicksLimit: 60, maxRotation: 0 };
  const looks = { happened: css("fill"), said: css("data"), soft: css("fill-soft"), loss: css("bad-fill") };
  const sets = data.bars.map((bar) => ({ label: bar.label, data: bar.values, backgroundColor: looks[bar.look || "happened"], borderRadius: 2, categoryPercentage: 0.68, barPercentage: 0.94 }));
  options.plugins.legend = { display: sets.length > 1, align: "start", position: "top", onClick: null,
    labels: { color: css("text-2"), font: { size: 12 }, boxWidth: 10, boxHeight: 10, padding: 12 } };
  options.plugins.tooltip.callbacks = { label: (point) => `${point.dataset.label} ${data.prefix || ""}${grouped(point.parsed.y, data.digits || 0)}` };
  return { type: "bar", data: { labels: data.labels, datasets: sets }, options };
}

// Value against chance of leaving: the quadrants are named in words, only customers worth opening are labelled.
function scatter(data) {
  const options = shared(data);
  Object.assign(options.scales.x, { type: "logarithmic", min: data.x_min, max: data.x_max, grid: { display: false } });
  options.scales.x.afterBuildTicks = (axis) => { axis.ticks = decades(axis).map((value) => ({ value })); };
  Object.assign(options.scales.x.ticks, { autoSkip: false, maxRotation: 0, maxTicksLimit: 40, callback: (value) => `${data.prefix || ""}${short(value)}` });
  Object.assign(options.scales.y, { min: 0, max: 100, ticks: { ...options.scales.y.ticks, stepSize: 25, callback: (value) => `${value} %` } });
  const colour = (point) => (point.tone === "bad" ? css("bad-fill") : point.tone === "good" ? css("data") : tint(css("fill"), 0.55));
  const sets = [{ data: data.points, pointRadius: data.points.map((point) => (point.label ? 4 : 2.75)), pointHoverRadius: 5,
    backgroundColor: data.points.map(colour), borderWidth: 0 }];
  options.plugins.tooltip.callbacks = {
    title: (points) => points[0].raw.name || points[0].raw.label || "",
    label: ({ raw }) => `${data.prefix || ""}${grouped(raw.x)}, ${grouped(raw.y)} % ${data.y_words || ""}`,
  };
  options.onClick = (event, hit, chart) => { const url = hit[0] && chart.data.datasets[0].data[hit[0].index].url; if (url) location.assign(url); };
  return { type: "scatter", data: { datasets: sets }, options, plugins: [quadrants(data)] };
}
// As many marks to a power of ten as fit without standing on each other.
function decades(axis) {
  const decade = axis.chart.width / Math.log10(axis.max / axis.min);
  const steps = decade > 190 ? [1, 2, 5] : decade > 110 ? [1, 3] : [1];
  const marks = [];
  for (let power = Math.floor(Math.log10(axis.min)); 10 ** power <= axis.max; power += 1) marks.push(...steps.map((step) => step * 10 ** power));
  const least = axis.max > 10 ? Math.max(axis.min, 1) : axis.min;
  return marks.filter((value) => value >= least * 0.999 && value <= axis.max).map((value) => Number(value.toPrecision(2)));
}
function quadrants(data) {
  return { id: "quadrants",
    beforeDatasetsDraw({ ctx, chartArea: area, scales }) {
      const x = scales.x.getPixelForValue(data.x_split);
      const y = scales.y.getPixelForValue(50);
      ctx.save();
      ctx.fillStyle = tint(css("bad-soft"), 0.7);
      ctx.fillRect(x, area.top, area.right - x, y - area.top);
      ctx.setLineDash([3, 3]);
      ctx.strokeStyle = css("line-2");
      ctx.beginPath(); ctx.moveTo(x, area.top); ctx.lineTo(x, area.bottom); ctx.moveTo(area.left, y); ctx.lineTo(area.right, y); ctx.stroke();
      ctx.restore();
    },
    afterDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart;
      const y = scales.y.getPixelForValue(50);
      // Written over dots, so with a rim of the page's own colour.
      const words = (text, at, top, align, name) => {
        ctx.textAlign = align;
        ctx.strokeText(text, at, top);
        ctx.fillStyle = css(name);
        ctx.fillText(text, at, top);
      };
      ctx.save();
      Object.assign(ctx, { strokeStyle: tint(css("surface"), 0.8), lineWidth: 3, lineJoin: "round" });
      ctx.font = `12px ${getComputedStyle(document.body).fontFamily}`;
      words("Let be", area.left + 12, area.top + 14, "left", "text-3");
      words("See today", area.right - 8, area.top + 14, "right", "bad");
      words("Serve at low cost", area.left + 12, y + 18, "left", "text-3");
      words("Keep and thank", area.right - 8, y + 18, "right", "text-3");
      for (const [at, point] of data.points.entries()) {
        if (!point.label) continue;
        const dot = chart.getDatasetMeta(0).data[at];
        const left = dot.x > area.left + area.width * 0.7;
        words(point.label, dot.x + (left ? -9 : 9), dot.y + 4, left ? "right" : "left", "text");
      }
      ctx.restore();
    } };
}

const kinds = { lines, bars, scatter };
function draw(canvas) {
  Chart.getChart(canvas)?.destroy();
  const data = JSON.parse(document.getElementById(canvas.dataset.source).textContent);
  new Chart(canvas, kinds[canvas.dataset.chart](data));
}
function drawAll(scope = document) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const canvas of scope.querySelectorAll("canvas[data-chart]")) draw(canvas);
}
document.fonts.ready.then(() => drawAll());
document.addEventListener("cs:theme", () => drawAll());
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
