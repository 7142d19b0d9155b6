// The interactive chart: a thin layer between the page and lightweight-charts. Loaded only where a
// chart is shown. Colours come from the style sheet; nothing here writes a `style` attribute.
import {
  AreaSeries, CandlestickSeries, ColorType, CrosshairMode, createChart,
} from '/vendor/lightweight-charts.mjs';

const charts = new Map();
let lastId = 0;

function palette(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    text: colour('--muted'), grid: colour('--border'), line: colour('--accent'),
    up: colour('--up'), down: colour('--down'), surface: colour('--surface'),
    label: colour('--surface-3'), font: style.fontFamily,
  };
}

function chartOptions(colours) {
  const crosshair = { color: colours.text, labelBackgroundColor: colours.label };
  return {
    layout: {
      attributionLogo: false,
      background: { type: ColorType.Solid, color: colours.surface },
      fontFamily: colours.font,
      fontSize: 12,
      textColor: colours.text,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.grid } },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshair, horzLine: crosshair },
  };
}

function seriesOptions(kind, colours) {
  if (kind === 'candles') {
    // Rising candles are hollow: the difference does not rest on colour alone.
    return {
      upColor: colours.surface, borderUpColor: colours.up, wickUpColor: colours.up,
      downColor: colours.down, borderDownColor: colours.down, wickDownColor: colours.down,
      priceLineColor: colours.text,
    };
  }
  return {
    lineColor: colours.line, lineWidth: 2, priceLineColor: colours.text,
    topColor: `${colours.line}38`, bottomColor: `${colours.line}00`,
  };
}

// The rows come as one flat array of numbers: cheap to hand over from WebAssembly.
function rows(kind, flat) {
  const width = kind === 'candles' ? 5 : 2;
  const out = [];
  for (let at = 0; at + width <= flat.length; at += width) {
    const time = Math.floor(flat[at] / 1000);
    if (out.length > 0 && time <= out[out.length - 1].time) continue;
    out.push(kind === 'candles'
      ? { time, open: flat[at + 1], high: flat[at + 2], low: flat[at + 3], close: flat[at + 4] }
      : { time, value: flat[at + 1] });
  }
  return out;
}

// Days of which nothing is known keep their place: else time would pass faster there.
function spaced(data, stepSeconds) {
  if (stepSeconds < 86400) return data;
  const out = [];
  for (const point of data) {
    const before = out[out.length - 1];
    let time = before ? before.time + stepSeconds : point.time;
    for (; time < point.time; time += stepSeconds) out.push({ time });
    out.push(point);
  }
  return out;
}

// Figures as the rest of the page writes them: grouped, and on the axis without needless zeros.
// Months have their names in the language of the page, whatever the browser's own is.
function formats(decimals, numbers) {
  const exact = new Intl.NumberFormat(numbers, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const short = new Intl.NumberFormat(numbers, { maximumFractionDigits: decimals });
  return {
    locale: document.documentElement.lang || 'en',
    priceFormatter: (price) => exact.format(price),
    tickmarksPriceFormatter: (prices) => prices.map((price) => short.format(price)),
  };
}

// What a point says, in words: its time as the table beside the chart has it, and what was then.
function wording(stepSeconds, decimals, numbers) {
  const exact = new Intl.NumberFormat(numbers, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const clock = stepSeconds < 86400 ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } : {};
  const day = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' };
  const date = new Intl.DateTimeFormat(document.documentElement.lang || 'en', { ...day, ...clock });
  const usd = (value) => `$${exact.format(value)}`.replace('$-', '-$');
  return (point) => {
    const what = point.open === undefined ? usd(point.value)
      : `open ${usd(point.open)}, high ${usd(point.high)}, low ${usd(point.low)}, close ${usd(point.close)}`;
    return `${date.format(point.time * 1000)}: ${what}`;
  };
}

// Puts a price into the form of an alert that stands on the same page, whichever way it lies from here.
function take(price, { data, decimals }) {
  const form = document.querySelector('form[action$="/alerts/add/price"]');
  const field = form?.elements.namedItem('price');
  const last = data.at(-1);
  if (!field || price === null || !last) return;
  form.elements.namedItem('kind').value = price < (last.close ?? last.value) ? 'price_below' : 'price_above';
  field.value = price.toFixed(decimals);
  field.focus();
}

// Says what is under the pointer, or under the keys: the plot takes the focus, and arrow keys go from point
// to point.
function read(entry, element, signal) {
  const { chart, series, words } = entry;
  const legend = element.parentElement.querySelector('[data-legend]');
  // Where the keys have led; none while the pointer leads.
  let at = null;
  // Where the pointer was last. A page that scrolls under it moves nothing.
  let pointer = '';
  const say = (point) => { legend.textContent = point ? words(point) : ''; };
  const seen = () => entry.data.filter((point) => point.close !== undefined || point.value !== undefined);
  const show = (points, index) => {
    at = Math.min(Math.max(index, 0), points.length - 1);
    const point = points[at];
    const scale = chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const place = scale.timeToIndex(point.time, true);
    if (range && (place < range.from || place > range.to)) {
      const half = (range.to - range.from) / 2;
      scale.setVisibleLogicalRange({ from: place - half, to: place + half });
    }
    chart.setCrosshairPosition(point.close ?? point.value, point.time, series);
    say(point);
  };
  const leave = () => {
    at = null;
    chart.clearCrosshairPosition();
    say();
  };
  const steps = {
    ArrowLeft: (last) => (at ?? last + 1) - 1, ArrowRight: (last) => (at ?? last - 1) + 1,
    Home: () => 0, End: (last) => last,
  };
  element.tabIndex = 0;
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', 'Point by point: the left and right arrow keys move along the chart');
  element.addEventListener('keydown', (event) => {
    const points = seen();
    const step = steps[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey || points.length === 0) return;
    if (event.key === 'Escape' && at !== null) leave();
    else if (event.key === 'Enter' && at !== null) take(points[at].close ?? points[at].value, entry);
    else if (step) show(points, step(points.length - 1));
    else return;
    event.preventDefault();
  }, { signal });
  element.addEventListener('blur', leave, { signal });
  chart.subscribeClick(({ point }) => {
    if (point) take(series.coordinateToPrice(point.y), entry);
  });
  chart.subscribeCrosshairMove(({ sourceEvent, seriesData, point }) => {
    // What the keys do is said by themselves.
    if (!sourceEvent) {
      if (at === null && !point) say();
      return;
    }
    const now = `${sourceEvent.clientX} ${sourceEvent.clientY}`;
    if (at !== null && now === pointer) return;
    pointer = now;
    at = null;
    say(seriesData.get(series));
  });
  // The last point moves with the price.
  entry.moved = () => {
    const points = seen();
    if (at !== null && at >= points.length - 2) say(points[at]);
  };
}

// Draws into `element`, figures as the language `numbers` writes them, and returns a number that
// stands for the chart.
function mount(element, kind, flat, stepSeconds, decimals, numbers) {
  const chart = createChart(element, {
    ...chartOptions(palette(element)),
    autoSize: true,
    localization: formats(decimals, numbers),
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.08 } },
    timeScale: { borderVisible: false, timeVisible: stepSeconds < 86400, secondsVisible: false, fixLeftEdge: true, fixRightEdge: true },
    // The wheel scrolls the page; dragging and pinching move the chart.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  });
  const data = rows(kind, flat);
  const series = chart.addSeries(kind === 'candles' ? CandlestickSeries : AreaSeries, {
    ...seriesOptions(kind, palette(element)),
    priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals },
  });
  series.setData(spaced(data, stepSeconds));
  chart.timeScale().fitContent();

  const repaint = () => {
    const colours = palette(element);
    chart.applyOptions(chartOptions(colours));
    series.applyOptions(seriesOptions(kind, colours));
  };
  const observer = new MutationObserver(repaint);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const system = matchMedia('(prefers-color-scheme: light)');
  system.addEventListener('change', repaint);

  lastId += 1;
  // Whoever takes the chart away may take the focus with it: what is gone is not told.
  const listening = new AbortController();
  const entry = {
    chart, series, kind, stepSeconds, decimals, data, last: data[data.length - 1],
    words: wording(stepSeconds, decimals, numbers),
    stop() {
      listening.abort();
      observer.disconnect();
      system.removeEventListener('change', repaint);
      chart.remove();
    },
  };
  charts.set(lastId, entry);
  read(entry, element, listening.signal);
  return lastId;
}

// Points stand side by side, however far apart their times are: the ones nobody saw, during a pause
// or a sleep, keep their places, empty. Returns how many there are before `slot`.
function skip({ series, last, stepSeconds }, slot) {
  let skipped = 0;
  let time = (Math.floor(last.time / stepSeconds) + 1) * stepSeconds;
  for (; time < slot; time += stepSeconds) {
    series.update({ time });
    skipped += 1;
  }
  return skipped;
}

// Moves the last point to a new price, or begins the next one when its time has come.
function update(id, milliseconds, price) {
  const entry = charts.get(id);
  if (!entry) return;
  const { last, kind, stepSeconds } = entry;
  const slot = Math.floor(milliseconds / 1000 / stepSeconds) * stepSeconds;
  const isNew = !last || slot > last.time;
  const time = isNew ? slot : last.time;
  const skipped = isNew && last ? skip(entry, slot) : 0;
  if (kind !== 'candles') {
    entry.last = { time, value: price };
  } else if (isNew) {
    // Where the price stood before a pause says nothing about the candle after it.
    const open = last && skipped === 0 ? last.close : price;
    entry.last = { time, open, high: Math.max(open, price), low: Math.min(open, price), close: price };
  } else {
    entry.last = { ...last, high: Math.max(last.high, price), low: Math.min(last.low, price), close: price };
  }
  entry.series.update(entry.last);
  if (isNew) entry.data.push(entry.last);
  else entry.data[entry.data.length - 1] = entry.last;
  entry.moved();
}

function destroy(id) {
  charts.get(id)?.stop();
  charts.delete(id);
}

window.cvChart = { mount, update, destroy };
