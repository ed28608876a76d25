// What an office's pages do beside their forms: they keep what is typed, and say when the service does not answer.
"use strict";
(() => {
  const LOOK_MS = 15000;
  const ANSWER_MS = 5000;
  const SAVE_MS = 300;
  const PREFIX = "draft:";
  const away = document.getElementById("away");

  // Of this tab alone, and gone with it: the machine may be another person's in an hour.
  const kept = window.sessionStorage;
  const owner = document.body.dataset.account;
  if (owner && kept.getItem("owner") !== owner) {
    kept.clear();
    kept.setItem("owner", owner);
  }

  async function answers() {
    try {
      const answer = await fetch("/static/icon.svg", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      return answer.ok;
    } catch {
      return false;
    }
  }

  async function look() {
    const here = await answers();
    if (away) away.hidden = here;
    return here;
  }

  function fields(form) {
    return [...new FormData(form)].filter(([name]) => name !== "csrf");
  }

  function save(form) {
    kept.setItem(PREFIX + form.dataset.draft, JSON.stringify(fields(form)));
  }

  // The key of the form comes back too: sent again, it acts once.
  function restore(form) {
    const text = kept.getItem(PREFIX + form.dataset.draft);
    if (text === null) return;
    const said = new Map();
    for (const [name, value] of JSON.parse(text)) said.set(name, [...(said.get(name) ?? []), value]);
    for (const field of form.elements) {
      if (!field.name || field.name === "csrf") continue;
      const values = said.get(field.name) ?? [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (values.length) field.value = values.at(-1);
    }
    const told = form.querySelector("[data-restored]");
    if (told) told.hidden = false;
  }

  function forget(name) {
    kept.removeItem(PREFIX + name);
  }

  for (const form of document.querySelectorAll("form[data-draft]")) {
    if ("fresh" in form.dataset) restore(form);
    let timer = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => save(form), SAVE_MS);
    });
    form.querySelector("[data-discard]")?.addEventListener("click", () => {
      clearTimeout(timer);
      forget(form.dataset.draft);
      location.reload();
    });
  }
  for (const done of document.querySelectorAll("[data-draft-done]")) forget(done.dataset.draftDone);
  document.querySelector("form.person")?.addEventListener("submit", () => {
    for (const name of Object.keys(kept)) if (name.startsWith(PREFIX)) kept.removeItem(name);
  });

  // A form is sent once the service answers; until then it stays on the screen.
  for (const form of document.querySelectorAll("form[method=post]")) {
    let sure = false;
    form.addEventListener("submit", async (sent) => {
      if (sure) return;
      sent.preventDefault();
      if (form.dataset.draft) save(form);
      if (!(await look())) {
        away?.scrollIntoView({ block: "nearest" });
        return;
      }
      sure = true;
      form.requestSubmit(sent.submitter);
      sure = false;
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  window.addEventListener("online", look);
  window.addEventListener("offline", look);
  setInterval(() => {
    if (!document.hidden) look();
  }, LOOK_MS);
})();
