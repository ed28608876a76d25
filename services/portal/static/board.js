// The live part of the board: listens to /events, renews the figures, ages the stamp, draws the charts from the tables.
"use strict";
(() => {
  const RENEW_MS = 1500; // At most so often, however many events come.
  const LOST_MS = 15000; // The server ticks every 5 s; this long without a word is a cut.
  const stamp = document.getElementById("stamp");
  const word = stamp.querySelector(".word");
  const time = stamp.querySelector("time");
  const age = stamp.querySelector(".age");
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });

  let heard = performance.now(); // When the figures were last known to be current.
  let open = false;
  let source = null;
  let renewing = false;
  let wanted = false;

  function current(at) {
    heard = performance.now();
    time.dateTime = at;
    time.textContent = clock.format(new Date(at));
    show();
  }

  function show() {
    const ms = performance.now() - heard;
    const state = open && ms < LOST_MS ? "live" : "lost";
    if (stamp.dataset.state !== state) {
      stamp.dataset.state = state;
      word.textContent = stamp.dataset[state];
    }
    const s = Math.floor(ms / 1000);
    const [text, n] =
      s < 60 ? [stamp.dataset.seconds, s] : s < 3600 ? [stamp.dataset.minutes, Math.floor(s / 60)] : [stamp.dataset.hours, Math.floor(s / 3600)];
    age.textContent = text.replace("{n}", n);
  }

  async function renew() {
    wanted = true;
    if (renewing) return;
    renewing = true;
    while (wanted) {
      wanted = false;
      const before = document.getElementById("read").dataset.at;
      await htmx.ajax("GET", "/board" + location.search, { target: "#board", swap: "innerMorph" });
      const read = document.getElementById("read").dataset.at;
      if (read !== before) current(read);
      draw();
      await new Promise((done) => setTimeout(done, RENEW_MS));
    }
    renewing = false;
  }

  function listen() {
    source = new EventSource("/events");
    source.onopen = () => {
      open = true;
      renew();
    };
    source.addEventListener("tick", (tick) => {
      const day = time.textContent.slice(0, 10);
      current(JSON.parse(tick.data).at);
      if (time.textContent.slice(0, 10) !== day) renew(); // Limits end with the day, without any event.
    });
    source.addEventListener("case", renew);
    source.addEventListener("reset", renew);
    source.onerror = () => {
      open = false;
      show();
      // After an answer that is no stream the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
  }

  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = getComputedStyle(document.body).fontFamily;
  const charts = new Map();
  const resized = new ResizeObserver((seen) => {
    for (const { target } of seen) if (target.clientWidth && target.clientHeight) charts.get(target.id)?.resize();
  });

  function chart(id) {
    const element = document.getElementById(id);
    // A chart without a size cannot be laid out; it is drawn as soon as it has one.
    if (!element || !element.clientWidth || !element.clientHeight) return null;
    const known = charts.get(id);
    if (known && known.getDom() === element) return known;
    if (known) known.dispose();
    const made = echarts.init(element, null, { renderer: "canvas" });
    charts.set(id, made);
    resized.observe(element);
    return made;
  }

  function drawFlow() {
    const drawn = chart("chart-flow");
    if (!drawn) return;
    const element = drawn.getDom();
    const tiers = ["city", "district", "township"];
    const names = new Map();
    const sums = new Map();
    const links = [];
    for (const row of document.querySelectorAll("#table-flow tbody tr")) {
      const { from, to, n } = row.dataset;
      names.set(from, row.cells[0].textContent.trim());
      names.set(to, row.cells[1].textContent.trim());
      sums.set("out " + from, (sums.get("out " + from) || 0) + Number(n));
      sums.set("in " + to, (sums.get("in " + to) || 0) + Number(n));
      links.push({ source: "out " + from, target: "in " + to, value: Number(n) });
    }
    const order = (key) => [...tiers, "unknown"].indexOf(key.split(" ")[1]);
    const data = [...sums.keys()]
      .sort((a, b) => order(a) - order(b))
      .map((key) => {
        const [side, tier] = key.split(" ");
        const name = element.dataset[side].replace("{tier}", names.get(tier));
        return {
          name: key,
          itemStyle: { color: colour("--" + tier) || colour("--muted") },
          label: { position: side === "out" ? "right" : "left", formatter: `${name}  {n|${sums.get(key).toLocaleString()}}` },
        };
      });
    drawn.setOption({
      animation: false,
      textStyle: { fontFamily: font },
      series: [
        {
          type: "sankey",
          left: 0,
          right: 0,
          top: 8,
          bottom: 8,
          nodeWidth: 8,
          nodeGap: 20,
          layoutIterations: 0,
          draggable: false,
          emphasis: { disabled: true },
          lineStyle: { color: "source", opacity: 0.18, curveness: 0.5 },
          label: { fontSize: 13, color: colour("--ink"), fontFamily: font, rich: { n: { fontSize: 13, fontWeight: 600, color: colour("--ink"), fontFamily: font } } },
          data,
          links,
        },
      ],
    });
  }

  function drawDays() {
    const drawn = chart("chart-days");
    if (!drawn) return;
    const element = drawn.getDom();
    const rows = [...document.querySelectorAll("#table-days tbody tr")].reverse();
    const bar = (name, key, fill) => ({
      name,
      type: "bar",
      barGap: "0%",
      barCategoryGap: "35%",
      itemStyle: fill,
      emphasis: { disabled: true },
      data: rows.map((row) => Number(row.dataset[key]) || null),
    });
    const label = { fontSize: 12, color: colour("--muted"), fontFamily: font };
    drawn.setOption({
      animation: false,
      textStyle: { fontFamily: font },
      grid: { left: 4, right: 4, top: 32, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, icon: "rect", selectedMode: false, textStyle: { fontSize: 13, color: colour("--ink"), fontFamily: font } },
      xAxis: { type: "category", data: rows.map((row) => row.dataset.day.slice(5)), axisLabel: label, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--line") } } },
      yAxis: { type: "value", minInterval: 1, axisLabel: label, splitLine: { lineStyle: { color: colour("--hair") } } },
      series: [
        bar(element.dataset.received, "received", { color: colour("--accent") }),
        bar(element.dataset.closed, "closed", { color: colour("--surface"), borderColor: colour("--ink"), borderWidth: 1 }),
      ],
    });
  }

  function draw() {
    drawFlow();
    drawDays();
  }

  draw();
  listen();
  setInterval(show, 1000);
  addEventListener("popstate", renew);
})();
