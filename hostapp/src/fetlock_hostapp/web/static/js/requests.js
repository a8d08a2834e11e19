// htmx: which answers are swapped in, the CSRF header, busy marks, and where the focus goes.

import { announce } from "./announce.js";

/** The CSRF token of this page, or "". */
function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** Errors come as HTML with the fields kept, so they are swapped like any answer. */
export function configureHtmx() {
  const htmx = window.htmx;
  if (!htmx) return;
  Object.assign(htmx.config, {
    allowEval: false,
    allowScriptTags: false,
    includeIndicatorStyles: false,
    selfRequestsOnly: true,
    historyCacheSize: 0, // patient data is not left in the browser's storage
    refreshOnHistoryMiss: true,
    scrollIntoViewOnBoost: false,
    attributesToSettle: ["class", "width", "height"], // "style" would be copied as an attribute, which the policy refuses
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "[45]..", swap: true, error: true },
    ],
  });
  const body = document.body;
  body.addEventListener("htmx:configRequest", addCsrf);
  body.addEventListener("htmx:configRequest", markUnattended);
  for (const sign of ["pointerdown", "keydown", "wheel"]) addEventListener(sign, () => (touchedAt = performance.now()), { capture: true, passive: true });
  body.addEventListener("htmx:beforeSwap", refuseForeignAnswers);
  body.addEventListener("htmx:beforeRequest", (event) => markBusy(event, true));
  body.addEventListener("htmx:afterRequest", (event) => markBusy(event, false));
  body.addEventListener("htmx:beforeSwap", rememberFocus);
  body.addEventListener("htmx:afterSettle", restoreFocus);
  body.addEventListener("htmx:sendError", tellUnreachable);
  body.addEventListener("htmx:timeout", tellUnreachable);
  body.addEventListener("fetlock:say", (event) => announce(event.detail.value));
}

/** Every request that changes something carries the token. */
function addCsrf(event) {
  if (event.detail.verb !== "get") event.detail.headers["x-csrftoken"] = csrfToken();
}

const UNATTENDED = 30000;
let touchedAt = 0;

/** What a page asks for by itself, after a while without anybody, doesn't keep the sign-in alive. */
function markUnattended(event) {
  if (performance.now() - touchedAt > UNATTENDED) event.detail.headers["x-fetlock-unattended"] = "1";
}

/** A whole page (a sign-in page after the session ended) or no HTML is never put into a part. */
function refuseForeignAnswers(event) {
  const { xhr, target } = event.detail;
  const type = xhr.getResponseHeader("content-type") ?? "";
  const picked = event.detail.requestConfig?.elt?.closest?.("[hx-select]"); // takes its part out of a whole page
  const whole = /^\s*<!doctype/i.test(xhr.responseText ?? "") && target !== document.body && !picked;
  if (xhr.status === 401 || (whole && xhr.status < 400)) {
    event.detail.shouldSwap = false;
    location.reload();
  } else if (xhr.status >= 400 && (whole || !type.includes("html"))) {
    event.detail.shouldSwap = false;
    tellFailure(`Not done: the server answered ${xhr.status}. What you typed is still here; try again.`);
  }
}

/** aria-busy on what asked and on what will change. */
function markBusy(event, busy) {
  for (const part of [event.detail.elt, event.detail.target]) {
    if (!part?.setAttribute || part === document.body) continue;
    if (busy) part.setAttribute("aria-busy", "true");
    else part.removeAttribute("aria-busy");
  }
}

let lastFocus = null;

/** Remember what had the focus inside the part that is replaced. */
function rememberFocus(event) {
  const active = document.activeElement;
  const target = event.detail.target;
  lastFocus = target?.contains(active) && active !== target
    ? { id: active.id, name: active.getAttribute("name"), tag: active.localName, words: active.textContent.trim(), target: target.id }
    : null;
}

/** An error summary takes the focus; else the same control again; else the part itself. */
function restoreFocus(event) {
  const part = event.detail.elt ?? document.body;
  const wanted = part.matches?.("[data-takes-focus]") ? part : part.querySelector?.("[data-takes-focus]");
  if (wanted) {
    wanted.focus();
    lastFocus = null;
    return;
  }
  if (!lastFocus || (document.activeElement && document.activeElement !== document.body)) return;
  const again = (lastFocus.id && document.getElementById(lastFocus.id))
    || (lastFocus.name && part.querySelector(`[name="${CSS.escape(lastFocus.name)}"]`))
    || [...part.querySelectorAll(lastFocus.tag)].find((each) => lastFocus.words && each.textContent.trim() === lastFocus.words)
    || (lastFocus.target && document.getElementById(lastFocus.target));
  if (again && !again.matches("a, button, input, select, textarea, summary, [tabindex]")) again.tabIndex = -1;
  again?.focus({ preventScroll: true });
  lastFocus = null;
}

/** The network is gone: say so, keep what was typed. */
function tellUnreachable(event) {
  if (event.detail.elt?.closest?.("[data-slow], .find")) return; // these say it in their own place
  tellFailure("Fetlock can’t be reached. Nothing was changed; what you typed is still here.");
}

/** Show a failure at the top of the page and speak it. */
export function tellFailure(text) {
  announce(text);
  const place = document.querySelector(".flashes");
  const model = document.getElementById("failure-notice");
  if (!place || !model) return;
  place.querySelector(".notice--bad[data-failure]")?.remove();
  const notice = model.content.firstElementChild.cloneNode(true);
  notice.querySelector("p").textContent = text;
  place.append(notice);
}
