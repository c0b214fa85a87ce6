"use strict";
// Keeps the feed of alerts as the server has it, and says so when it cannot.
(() => {
  const RETRY_MS = 2000;
  const SILENT_MS = 15000; // three beats of the server (BEAT_S in render.py)
  const GUARD_MS = 700; // a tap this soon after the cards moved was meant for what was there before
  const BACK_SHOWN_MS = 6000;
  const ARRIVING_MS = 1500; // a new card draws the eye for 1.2 s (card.css)

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
  const waiting = () => feed.querySelector("#waiting");

  // How many sightings each waiting card holds, by its id.
  const counts = (cards) => new Map(cards.map((card) => [card.id, Number(card.dataset.sightings)]));
  const waitingOf = (root) => [...root.querySelectorAll(".alert")].filter((card) => !card.dataset.answered);

  // Cards that are new, or hold a sighting more than before.
  const news = (shown, cards) =>
    cards.filter((card) => Number(card.dataset.sightings) > (shown.get(card.id) ?? 0)).map((card) => card.id);

  function announce(ids, shown) {
    if (ids.length === 0) return;
    const newest = item(ids[0]);
    const risks = [...newest.querySelectorAll(".risk li")].map((line) => line.textContent.trim());
    const mark = newest.querySelector(".plate .hidden-text").textContent;
    const what = newest.querySelector(".marker, .reason").textContent.trim();
    const one = shown.has(ids[0]) ? "Seen again. " : "New alert. ";
    const count = ids.length > 1 ? `${ids.length} new alerts. The first: ` : one;
    announcement.textContent = count + (risks.length ? `Risk: ${risks.join(", ")}. ` : "") + `${mark}. ${what}.`;
    ids.forEach((id) => item(id).classList.add("new"));
    movedAt = performance.now();
    alertSound.play();
  }

  // The order of folding.py: what waits first, with risk warnings before without, then the newest.
  function before(one, other) {
    for (const name of ["answered", "risk"]) {
      if (one.dataset[name] !== other.dataset[name]) return (one.dataset[name] === "yes") === (name === "risk");
    }
    return one.dataset.seen > other.dataset.seen;
  }

  function place(card) {
    const others = [...waiting().children].filter((other) => other !== card);
    const next = others.find((other) => before(card, other)) ?? null;
    if (card.parentElement === waiting() && card.nextElementSibling === next) return;
    const focused = document.activeElement?.id;
    waiting().insertBefore(card, next);
    if (focused) item(focused)?.focus();
    movedAt = performance.now();
  }

  // The cards of one entry take the place of those that are shown of it.
  function put(html) {
    const cards = [...parse(html).querySelectorAll(".alert")];
    const ids = new Set(cards.map((card) => card.id));
    const entries = new Set(cards.map((card) => card.dataset.entry));
    for (const shown of waitingOf(waiting())) {
      if (entries.has(shown.dataset.entry) && !ids.has(shown.id)) {
        shown.remove();
        movedAt = performance.now();
      }
    }
    for (const card of cards) {
      const shown = item(card.id);
      const waits = !card.dataset.answered;
      if (!shown && !waits) continue;
      // One that came with the first state and once more as an event arrives still.
      if (shown?.classList.contains("new") && performance.now() - movedAt < ARRIVING_MS) card.classList.add("new");
      if (shown) htmx.swap(shown, card.outerHTML, { swapStyle: "outerHTML" });
      else htmx.swap(waiting(), card.outerHTML, { swapStyle: "beforeend" });
      if (waits) place(item(card.id));
    }
    return waitingOf(parse(html));
  }

  const take = {
    sync(html) {
      const shown = counts([...feed.querySelectorAll(".alert")]);
      htmx.swap(feed, html, { swapStyle: "innerHTML" });
      announce(news(shown, waitingOf(waiting())), shown);
    },
    alert(html) {
      const shown = counts(waitingOf(waiting()));
      announce(news(shown, put(html)), shown);
    },
    changed(html) {
      put(html);
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
