// Parts that load by themselves: 0.3 s says it waits, 1 s a skeleton, 4 s the seconds, 10 s a way out.

import { announce } from "./announce.js";

const timers = new WeakMap();

/** Follow every request of a part marked data-slow. */
export function watchSlowParts() {
  const body = document.body;
  body.addEventListener("htmx:beforeRequest", (event) => start(event.target));
  body.addEventListener("htmx:afterRequest", (event) => {
    stop(event.target);
    if (event.detail.failed && !event.detail.xhr?.responseText && !event.detail.xhr?.aborted) giveUp(event.target);
  });
  body.addEventListener("htmx:sendError", (event) => giveUp(event.target));
  body.addEventListener("click", (event) => {
    const again = event.target.closest("[data-again]");
    const part = again?.closest("[data-slow]");
    if (!part) return;
    say(part, "Loading…");
    again.hidden = true;
    part.classList.remove("panel--off");
    window.htmx.trigger(part, "again");
  });
}

function start(part) {
  if (!part.matches?.("[data-slow]")) return;
  stop(part);
  const begun = performance.now();
  const skeleton = part.querySelector("[data-skeleton]");
  const tick = setInterval(() => {
    const seconds = (performance.now() - begun) / 1000;
    if (seconds >= 10) {
      stop(part);
      window.htmx.trigger(part, "htmx:abort");
      giveUp(part);
      return;
    }
    if (seconds >= 0.3) say(part, seconds < 4 ? "Loading…" : `still waiting… ${Math.floor(seconds)} s`);
    if (seconds >= 1 && skeleton) skeleton.hidden = false;
    if (seconds >= 4) showWayOut(part);
  }, 100);
  timers.set(part, tick);
}

function stop(part) {
  clearInterval(timers.get(part));
  timers.delete(part);
}

/** "Unavailable", with Try again; the rest of the page stands. */
function giveUp(part) {
  if (!part.matches?.("[data-slow]") || !part.isConnected) return;
  stop(part);
  part.classList.add("panel--off");
  part.removeAttribute("aria-busy");
  part.querySelector("[data-skeleton]")?.setAttribute("hidden", "");
  say(part, "Unavailable");
  showWayOut(part);
  announce(`${part.dataset.slow || "A part of the page"} is unavailable.`);
}

function showWayOut(part) {
  const again = part.querySelector("[data-again]");
  if (again) again.hidden = false;
}

function say(part, words) {
  const place = part.querySelector("[data-slow-text]");
  if (place && place.textContent !== words) place.textContent = words;
}
