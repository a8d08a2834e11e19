// Live signals: one stream for the whole browser, and the event "live" for the parts of pages that a signal names.

// The stream opens when the page has come to rest: a page that is left at once costs none.
const START = 700;
const GATHER = 150;
const REST = 1000;
const KEPT = 200;
const SHARED = 2000;
const EVERYTHING = [[null, "*", ""]];

const known = []; // the last signals, [id, told], for pages that come later
let last = null; // the newest signal that this page knows of
let blind = false; // this page was drawn without knowing where signals stood: some may have come before it listened
let stream = null;
let channel = null;
const due = new Set();
let soon = 0;
let rested = 0;

export function watchSignals() {
  if (!document.body.dataset.site || !window.EventSource) return;
  const after = document.body.dataset.liveAfter;
  if (after !== undefined) last = Number(after);
  blind = last === null;
  setTimeout(share, START);
  document.addEventListener("visibilitychange", () => document.hidden || refreshSoon());
  addEventListener("pageshow", (event) => event.persisted && hear(EVERYTHING));
}

/** One page of the browser holds the stream and passes on what comes: browsers allow a host six connections. */
function share() {
  if (!navigator.locks || !window.BroadcastChannel) return alone();
  channel = new BroadcastChannel("fetlock-live");
  channel.onmessage = ({ data }) => {
    if (data.told) take(data.id, data.told);
    else if (stream) for (const [id, told] of known) id > data.since && channel.postMessage({ id, told });
  };
  if (last !== null) channel.postMessage({ since: last });
  setTimeout(lookOnce, SHARED); // where another page holds the stream, nobody says hello here
  hold();
}

/** Wait for our turn, and keep the stream until this page goes or the stream ends for good. */
function hold() {
  navigator.locks.request("fetlock-live", () => new Promise(open)).then((wait) => setTimeout(hold, wait));
}

/** Without locks (an address without https) each page holds its own, while it is looked at. */
function alone() {
  const start = () => document.hidden || stream || open((wait) => setTimeout(start, wait));
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : start()));
  start();
}

/** Open the stream; `ended` gets the milliseconds after which to try again. */
function open(ended) {
  const finish = (wait) => {
    close();
    ended(wait * (0.5 + Math.random()));
  };
  stream = new EventSource(last === null ? "/live" : `/live?after=${last}`);
  stream.addEventListener("hello", (event) => {
    document.documentElement.dataset.live = "";
    if (event.lastEventId) last = Number(event.lastEventId);
    lookOnce();
  });
  stream.addEventListener("signal", (event) => {
    const told = JSON.parse(event.data);
    const id = Number(event.lastEventId);
    take(id, told);
    known.push([id, told]);
    known.splice(0, known.length - KEPT);
    channel?.postMessage({ id, told });
  });
  stream.addEventListener("bye", (event) => finish({ stopping: 3000, many: 300000 }[event.data] ?? 60000));
  stream.onerror = () => stream?.readyState === EventSource.CLOSED && finish(20000); // else it connects again itself
}

function close() {
  stream?.close();
  stream = null;
  delete document.documentElement.dataset.live;
}

function take(id, told) {
  last = Math.max(last, id);
  hear(told);
}

function lookOnce() {
  if (blind) hear(EVERYTHING);
  blind = false;
}

/** Note the parts that these signals concern. */
function hear(told) {
  const site = Number(document.body.dataset.site);
  const here = told.filter(([where]) => where === null || where === site);
  for (const part of document.querySelectorAll("[data-live]")) {
    const wanted = part.dataset.live.split(" ");
    if (here.some(([, topic, subject]) => topic === "*" || wanted.includes(topic) || wanted.includes(`${topic}:${subject}`))) due.add(part.id || part);
  }
  refreshSoon();
}

/** Tell them together, at most once a second, and while nobody looks not at all. */
function refreshSoon() {
  if (soon || !due.size || document.hidden) return;
  soon = setTimeout(() => {
    soon = 0;
    rested = Date.now() + REST;
    const parts = [...due].map((part) => (typeof part === "string" ? document.getElementById(part) : part));
    due.clear();
    for (const part of parts) part?.isConnected && part.dispatchEvent(new Event("live"));
  }, Math.max(GATHER, rested - Date.now()));
}
