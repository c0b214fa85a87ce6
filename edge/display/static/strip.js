"use strict";
// Keeps the strip at the top as the agent has it. What it says when the agent is gone is live.js's banner.
(() => {
  const EVERY_MS = 5000;
  const strip = document.getElementById("strip");

  async function renew() {
    try {
      const answer = await fetch(strip.dataset.strip, { cache: "no-store" });
      if (answer.ok) strip.innerHTML = await answer.text();
    } catch {
      // The agent does not answer: the strip stays as it was, and the banner says so.
    }
    setTimeout(renew, EVERY_MS);
  }

  setTimeout(renew, EVERY_MS);
})();
