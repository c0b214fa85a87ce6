"use strict";
// Keeps the feed of alerts as the server has it, and says so when it cannot.
(() => {
  const RETRY_MS = 2000;
  const SILENT_MS = 15000; // three beats of the server (BEAT_S in render.py)
  const GUARD_MS = 700; // a tap this soon after the cards moved was meant for what was there before
  const BACK_SHOWN_MS = 6000;

  const feed = document.querySelector("[data-stream]");
  const connection = document.getElementById("connection");
  const notice = document.getElementById("notice");
  const announcement = document.getElementById("announcement");
  if (!feed) return;

  let source = null;
  let lastHeard = 0;
  let lost = false;
  let movedAt = -Infinity;

  const item = (id) => (id ? document.getElementById(id) : null);
  const parse = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  };
  const waitingIds = (root) => [...root.querySelectorAll("#waiting > .alert")].map((element) => element.id);

  function announce(ids) {
    if (ids.length === 0) return;
    const newest = item(ids[0]);
    const risks = [...newest.querySelectorAll(".risk li")].map((line) => line.textContent.trim());
    const mark = newest.querySelector(".plate .hidden-text").textContent;
    const what = newest.querySelector(".marker, .reason").textContent.trim();
    const count = ids.length > 1 ? `${ids.length} new alerts. The newest: ` : "New alert. ";
    announcement.textContent = count + (risks.length ? `Risk: ${risks.join(", ")}. ` : "") + `${mark}. ${what}.`;
    ids.forEach((id) => item(id).classList.add("new"));
    movedAt = performance.now();
    alertSound.play();
  }

  const take = {
    sync(html) {
      const before = new Set([...feed.querySelectorAll(".alert")].map((element) => element.id));
      const fresh = waitingIds(parse(html)).filter((id) => !before.has(id));
      htmx.swap(feed, html, { swapStyle: "innerHTML" });
      announce(fresh);
    },
    alert(html) {
      const id = parse(html).querySelector(".alert").id;
      if (item(id)) return take.changed(html);
      htmx.swap(feed.querySelector("#waiting"), html, { swapStyle: "afterbegin" });
      announce([id]);
    },
    changed(html) {
      const shown = item(parse(html).querySelector(".alert").id);
      if (shown) htmx.swap(shown, html, { swapStyle: "outerHTML" });
    },
    beat() {},
    closed(text) {
      source.close();
      clearInterval(watch);
      sayLost(text);
    },
  };

  function sayLost(text) {
    lost = true;
    feed.dataset.connected = "no";
    connection.classList.remove("back");
    connection.textContent = text;
    connection.hidden = false;
  }

  function sayBack() {
    feed.dataset.connected = "yes";
    if (!lost) return;
    lost = false;
    connection.classList.add("back");
    connection.textContent = connection.dataset.back;
    setTimeout(() => {
      if (!lost) connection.hidden = true;
    }, BACK_SHOWN_MS);
  }

  function connect() {
    if (source) source.close();
    source = new EventSource(feed.dataset.stream);
    lastHeard = performance.now();
    for (const name of Object.keys(take)) {
      source.addEventListener(name, (event) => {
        lastHeard = performance.now();
        take[name](event.data);
        if (name === "sync") sayBack();
      });
    }
    source.addEventListener("error", () => sayLost(connection.dataset.lost));
  }

  // An EventSource gives up on an error status, and never notices a network that has fallen silent: this does.
  const watch = setInterval(() => {
    const silent = performance.now() - lastHeard > SILENT_MS;
    if (silent) sayLost(connection.dataset.lost);
    if (silent || source.readyState === EventSource.CLOSED) connect();
  }, RETRY_MS);

  document.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest(".tap") || performance.now() - movedAt > GUARD_MS) return;
      event.preventDefault();
      event.stopPropagation();
      say("A new alert moved the buttons, so that tap was not taken. Look, then tap again.");
    },
    true,
  );

  function say(text) {
    notice.textContent = text;
    notice.hidden = false;
  }

  const AGAIN = "The answer was not stored. Tap it again.";
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => say(AGAIN));
  document.addEventListener("htmx:responseError", (event) => say(refusal(event.detail.xhr) ?? AGAIN));

  // A server that refuses says why in JSON: {"detail": "…"}.
  function refusal(xhr) {
    if (!(xhr.getResponseHeader("content-type") ?? "").startsWith("application/json")) return null;
    const { detail } = JSON.parse(xhr.responseText);
    return typeof detail === "string" ? `The answer was not stored: ${detail}` : null;
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) notice.hidden = true;
  });

  connect();
})();
