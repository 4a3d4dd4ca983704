// Improvements of the pages. Everything works without JavaScript.
"use strict";
(() => {
  const root = document.documentElement;
  root.dataset.script = "";

  // Storage may be disabled; then a choice lasts as long as the page.
  const stored = (storage, key) => {
    try { return window[storage].getItem(key); } catch { return null; }
  };
  const store = (storage, key, value) => {
    try {
      if (value === null) window[storage].removeItem(key);
      else window[storage].setItem(key, value);
    } catch { /* see stored */ }
  };

  // Before the first paint, so that no page flashes in another theme.
  const theme = stored("localStorage", "theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  const themeChoice = () => {
    const select = document.getElementById("theme");
    if (!select) return;
    select.closest("[hidden]").hidden = false;
    select.value = root.dataset.theme ?? "";
    select.addEventListener("change", () => {
      if (select.value) root.dataset.theme = select.value;
      else delete root.dataset.theme;
      store("localStorage", "theme", select.value || null);
    });
  };

  // The server accepts a form once, however often it is sent. This spares a double click its second request. A submit
  // that was stopped can be repeated.
  const sendOnce = (form) => {
    const release = () => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    };
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
      setTimeout(release, 1500);
    });
    addEventListener("keydown", ({ key }) => { if (key === "Escape") release(); });
    addEventListener("pageshow", release);
  };

  // What was typed survives every failure: it is kept in this tab until it is saved or discarded.
  const draft = (form) => {
    const key = `draft:${new URL(form.action).pathname}`;
    const inputs = [...form.querySelectorAll("input[name]")];
    const values = () => Object.fromEntries(inputs.map(({ name, value }) => [name, value]));
    const original = JSON.stringify(values());
    const save = () => store("sessionStorage", key, JSON.stringify(values()));
    form.addEventListener("input", save);
    form.addEventListener("submit", save);
    form.querySelector("[data-discard]")?.addEventListener("click", () => store("sessionStorage", key, null));
    // A form that comes back with errors has the newest entries already.
    const text = stored("sessionStorage", key);
    if (!text || text === original || document.querySelector("[role=alert]")) return;
    const kept = JSON.parse(text);
    // With the version and the request id that belong to them: a changed book is still noticed.
    for (const input of inputs) if (typeof kept[input.name] === "string") input.value = kept[input.name];
    const note = document.createElement("p");
    note.className = "draft-note";
    note.setAttribute("role", "status");
    note.textContent = "Your unsaved entries are back.";
    const discard = document.createElement("button");
    discard.type = "button";
    discard.textContent = "Discard them";
    discard.addEventListener("click", () => {
      for (const [name, value] of Object.entries(JSON.parse(original))) inputs.find((input) => input.name === name).value = value;
      store("sessionStorage", key, null);
      note.remove();
    });
    note.append(discard);
    form.prepend(note);
  };

  // A save ends all drafts: the address of the page after it has "saved".
  const forgetDrafts = () => {
    if (!new URL(location.href).searchParams.has("saved")) return;
    try {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith("draft:")) sessionStorage.removeItem(key);
    } catch { /* see stored */ }
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

  // A region that exists before its text is announced by all screen readers; one that is loaded with it is not.
  const announce = () => {
    const notice = document.querySelector("[data-announce]");
    if (!notice) return;
    notice.removeAttribute("role");
    setTimeout(() => { document.getElementById("announcement").textContent = notice.textContent; }, 100);
  };

  // A reload must not show the notice again.
  const forgetNotice = () => {
    const url = new URL(location.href);
    if (!url.searchParams.has("saved")) return;
    const names = ["saved", ...[...url.searchParams.keys()].filter((name) => /^[A-Z]/.test(name))];
    for (const name of names) url.searchParams.delete(name);
    history.replaceState(null, "", url);
  };

  addEventListener("DOMContentLoaded", () => {
    themeChoice();
    forgetDrafts();
    document.querySelectorAll("form[data-once]").forEach(sendOnce);
    document.querySelectorAll("form[data-draft]").forEach(draft);
    document.querySelectorAll(".field input[maxlength]").forEach(counter);
    document.querySelector("[role=alert]")?.focus();
    announce();
    forgetNotice();
  });
})();
