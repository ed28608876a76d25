// Scans go to the service as soon as they are chosen; the form then names them by their SHA-256.
"use strict";
(() => {
  const KILOBYTE = 1024;
  const MEGABYTE = 1024 * KILOBYTE;
  let sending = 0;

  function size(bytes) {
    return bytes < MEGABYTE ? `${Math.ceil(bytes / KILOBYTE)} kB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
  }

  function send(file, csrf, progress) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", `/papers${location.search.match(/[?&]lang=[a-z]+/)?.[0].replace("&", "?") ?? ""}`);
      request.responseType = "json";
      request.setRequestHeader("CSRF", csrf);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.upload.addEventListener("progress", (now) => {
        if (now.lengthComputable) progress.value = now.loaded / now.total;
      });
      request.addEventListener("load", () => {
        if (request.status === 201) done(request.response.sha256);
        else failed(document.documentElement.lang.startsWith("zh") ? request.response?.detail_zh : request.response?.detail);
      });
      request.addEventListener("error", () => failed());
      request.send(file);
    });
  }

  for (const place of document.querySelectorAll("[data-scans]")) {
    const words = place.dataset;
    const [chosen, named] = place.querySelectorAll("input");
    const list = place.querySelector("ul");
    const tick = place.closest(".paper").querySelector("input[type=checkbox]");
    const digests = () => named.value.split(" ").filter(Boolean);

    function name(all) {
      named.value = all.join(" ");
      if (all.length) tick.checked = true;
      named.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function line(text) {
      const row = document.createElement("li");
      row.append(Object.assign(document.createElement("span"), { textContent: text }));
      list.append(row);
      return row;
    }

    function removable(row, digest) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: words.remove });
      button.addEventListener("click", () => {
        name(digests().filter((one) => one !== digest));
        row.remove();
        chosen.focus();
      });
      row.append(button);
    }

    async function take(file) {
      const row = line(`${file.name} · ${size(file.size)}`);
      const fail = (why) => {
        row.className = "no";
        row.firstChild.textContent += ` · ${why ?? words.failed}`;
        row.firstChild.setAttribute("role", "alert");
      };
      if (file.size > Number(words.scans)) {
        fail(words.large);
        return;
      }
      const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
      progress.setAttribute("aria-label", file.name);
      row.append(progress);
      sending += 1;
      try {
        const digest = await send(file, chosen.form.elements.csrf.value, progress);
        if (!digests().includes(digest)) name([...digests(), digest]);
        removable(row, digest);
      } catch (why) {
        fail(why);
      } finally {
        sending -= 1;
        progress.remove();
      }
    }

    for (const digest of digests()) removable(line(`${words.scan} ${digest.slice(0, 8)}`), digest);
    chosen.addEventListener("change", () => {
      for (const file of chosen.files) take(file);
      chosen.value = "";
    });
    place.hidden = false;
    chosen.form.addEventListener(
      "submit",
      (sent) => {
        if (!sending) return;
        sent.preventDefault();
        sent.stopImmediatePropagation();
        place.scrollIntoView({ block: "nearest" });
        if (!place.querySelector(".wait")) place.prepend(Object.assign(document.createElement("p"), { className: "wait", role: "status", textContent: words.wait }));
      },
      { capture: true },
    );
  }
})();
