// What pages do better with JavaScript. Everything works without it.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Storage may be switched off; then the choice lasts as long as the page.
  const remembered = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const remember = (theme) => {
    try { localStorage.setItem("theme", theme); } catch { /* see above */ }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);

  // Before the first paint, so that no page flashes in the other theme.
  const theme = remembered();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  const themeToggle = () => {
    const button = document.querySelector("[data-theme-toggle]");
    if (!button) return;
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.hidden = false;
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember(root.dataset.theme);
      show();
    });
    dark.addEventListener("change", show);
    show();
  };

  // The server takes a form once, however often it is sent; this only shows that it is on its way.
  const sendOnce = (form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
    });
    // A page that comes back by the Back button may be sent again.
    addEventListener("pageshow", () => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  };

  const counter = (input) => {
    const max = input.maxLength;
    const output = document.createElement("p");
    output.className = "counter";
    output.setAttribute("aria-hidden", "true");
    const show = () => {
      const left = max - input.value.length;
      output.textContent = left <= Math.max(5, max / 5) ? `${left} left` : "";
    };
    input.after(output);
    input.addEventListener("input", show);
    show();
  };

  const slashSearches = () => {
    addEventListener("keydown", (event) => {
      const search = document.getElementById("q");
      const writing = event.target instanceof Element && event.target.closest("input, select, textarea");
      if (!search || writing || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.focus();
      search.select();
    });
  };

  // Puts an element of the server's in the place of the one with its id; what was open or in focus stays so.
  const renew = (fresh) => {
    const old = document.getElementById(fresh.id);
    if (!old || old.outerHTML === fresh.outerHTML) return false;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    old.querySelectorAll("details[open]").forEach(({ id }) => { fresh.querySelector(`#${id}`)?.setAttribute("open", ""); });
    fresh.querySelectorAll("li[id]").forEach((item) => { item.classList.toggle("fresh", !document.getElementById(item.id)); });
    old.replaceWith(fresh);
    if (active) {
      const same = ({ tagName, textContent, href }) => tagName === active.tagName && textContent === active.textContent && href === active.href;
      [...fresh.querySelectorAll("a, summary, [tabindex]")].find(same)?.focus({ preventScroll: true });
    }
    return true;
  };

  // The server sends the changed parts of the page. Without it there is the link that reloads.
  const live = (region) => {
    const sign = region.querySelector("[data-live-sign]");
    const reload = region.querySelector("[data-live-reload]");
    const show = (connected) => { sign.hidden = !connected; reload.hidden = connected; };
    const listen = () => {
      const source = new EventSource(region.dataset.live);
      source.addEventListener("open", () => show(true));
      source.addEventListener("message", ({ data }) => {
        for (const fresh of [...new DOMParser().parseFromString(data, "text/html").body.children]) {
          if (fresh.dataset.state && fresh.dataset.state === document.getElementById(fresh.id)?.dataset.state) continue;
          if (renew(fresh) && fresh.dataset.summary) document.getElementById("live-status").textContent = fresh.dataset.summary;
        }
      });
      source.addEventListener("error", () => {
        show(false);
        // The browser tries again by itself unless it was refused.
        if (source.readyState === EventSource.CLOSED) setTimeout(listen, 10_000);
      });
      addEventListener("pagehide", () => source.close(), { once: true });
    };
    listen();
  };

  // A reload is no second success.
  const forgetNotice = () => {
    const url = new URL(location.href);
    if (!url.searchParams.has("saved")) return;
    url.searchParams.delete("saved");
    history.replaceState(null, "", url);
  };

  addEventListener("DOMContentLoaded", () => {
    themeToggle();
    document.querySelectorAll("form[data-once]").forEach(sendOnce);
    document.querySelectorAll(".field input[maxlength]").forEach(counter);
    document.querySelector("[role=alert]")?.focus();
    slashSearches();
    document.querySelectorAll("[data-live]").forEach(live);
    forgetNotice();
  });
})();
