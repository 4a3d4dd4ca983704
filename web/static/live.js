// Keeps open pages up to date: one stream of events per visible tab. The pages work without it.
"use strict";
(() => {
  const sign = document.getElementById("live");
  const announcement = document.getElementById("announcement");
  if (!sign || !window.EventSource) return;

  /** Time before a stream that the server refused or ended is opened again, and before a failed refresh is repeated. */
  const RETRY_MS = 5_000;
  /** How far a reader has scrolled for whom a new row would be a jump, in pixels. */
  const SCROLLED = 200;

  let source = null;
  let retry = 0;
  let lostAt = null;
  // The newest marker of the database, and the one that the page shows. Null: unknown, or the page may be outdated.
  let newestMarker = null;
  let shownMarker = null;
  // The numbers of the last refresh that was started, and of the last one that the page shows.
  let started = 0;
  let shown = 0;
  let refreshRetry = 0;

  const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

  // Live: the stream is open and the database answers. Reconnecting: the stream was lost. Last known: the database is
  // unavailable, or the shop refuses the stream.
  const show = (state, since) => {
    const text = { live: "Live", reconnecting: `Connection lost at ${since}. Reconnecting`, "last-known": `Last known (since ${since})` }[state];
    if (sign.dataset.state === state && sign.textContent === text) return;
    sign.dataset.state = state;
    sign.textContent = text;
    sign.hidden = false;
  };

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  // Replaces the element with the same id. What is open or focused stays so; new items are marked for a moment.
  const renew = (fresh) => {
    const old = document.getElementById(fresh.id);
    if (!old || old.outerHTML === fresh.outerHTML) return false;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    old.querySelectorAll("details[open]").forEach(({ id }) => { if (id) fresh.querySelector(`#${id}`)?.setAttribute("open", ""); });
    fresh.querySelectorAll("tr[id], li[id]").forEach((item) => item.classList.toggle("fresh", !document.getElementById(item.id)));
    old.replaceWith(fresh);
    if (active) {
      const same = ({ tagName, textContent, href }) => tagName === active.tagName && textContent === active.textContent && href === active.href;
      [...fresh.querySelectorAll("a, summary, button, [tabindex]")].find(same)?.focus({ preventScroll: true });
    }
    return true;
  };

  const newRows = (fresh) => [...fresh.querySelectorAll("tbody tr[id]")].filter(({ id }) => !document.getElementById(id));
  const count = (rows) => (rows.length === 1 ? "1 new book" : `${rows.length} new books`);

  const replace = (fresh) => {
    const rows = newRows(fresh);
    if (!renew(fresh)) return;
    const title = (row) => row.querySelector(".c-Title").textContent.trim();
    if (fresh.dataset.summary) announcement.textContent = fresh.dataset.summary;
    else if (rows.length) announcement.textContent = `${count(rows)}: ${rows.map(title).join(", ")}`;
  };

  // Rows that push the page down wait for a click of a reader who has scrolled.
  const offer = (fresh, rows) => {
    const note = document.querySelector(".new-books");
    const button = note.querySelector("button");
    button.textContent = count(rows);
    button.onclick = () => {
      scrollTo({ top: 0 });
      replace(fresh);
    };
    note.hidden = false;
    announcement.textContent = count(rows);
  };

  const fetchPage = async () => {
    try {
      const response = await fetch(location.href, { headers: { accept: "text/html" } });
      return response.ok ? parse(await response.text()) : null;
    } catch {
      return null;
    }
  };

  // Refreshes may overtake each other: one that started earlier is dropped when a later one has been shown.
  const refresh = async () => {
    clearTimeout(refreshRetry);
    const regions = document.querySelectorAll("[data-live]");
    if (!regions.length) return;
    started += 1;
    const [number, marker] = [started, newestMarker];
    const page = await fetchPage();
    if (number < shown) return;
    if (!page) {
      shownMarker = null;
      if (source && number === started) refreshRetry = setTimeout(refresh, RETRY_MS);
      return;
    }
    [shown, shownMarker] = [number, marker];
    for (const { id } of regions) {
      const fresh = page.getElementById(id);
      if (!fresh) continue;
      const rows = newRows(fresh);
      if (rows.length && scrollY > SCROLLED && document.querySelector(".new-books")) offer(fresh, rows);
      else replace(fresh);
    }
  };

  const receive = ({ data }) => {
    const state = JSON.parse(data);
    const line = parse(state.identity).getElementById("identity-line");
    const isNewLogin = renew(line);
    if (state.marker === null) {
      show("last-known", clock(new Date(line.querySelector("time")?.dateTime ?? Date.now())));
      return;
    }
    show("live");
    // A page of an outage that is over: the shop shows what was asked for. A form keeps what was typed.
    if (document.querySelector("[data-return]")) {
      location.replace(document.querySelector("[data-retry]").href);
      return;
    }
    newestMarker = state.marker;
    if (newestMarker !== shownMarker || isNewLogin) refresh();
  };

  const open = () => {
    clearTimeout(retry);
    if (source || document.visibilityState === "hidden") return;
    source = new EventSource("/events");
    source.addEventListener("open", () => { lostAt = null; });
    source.addEventListener("message", receive);
    source.addEventListener("error", () => {
      lostAt ??= new Date();
      if (source?.readyState !== EventSource.CLOSED) {
        show("reconnecting", clock(lostAt));
        return;
      }
      // The browser gives up on a stream that was refused.
      show("last-known", clock(lostAt));
      close();
      retry = setTimeout(open, RETRY_MS);
    });
  };

  const close = () => {
    source?.close();
    source = null;
    clearTimeout(retry);
    clearTimeout(refreshRetry);
  };

  // A hidden tab holds no stream: browsers open six connections to a shop, for all of its tabs. Neither does a page in
  // the back/forward cache, which the stream would keep it out of.
  addEventListener("pageshow", () => (window.requestIdleCallback ?? setTimeout)(open));
  addEventListener("pagehide", close);
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? close() : open()));
  document.querySelectorAll("[data-return-hint]").forEach((hint) => { hint.hidden = false; });
})();
