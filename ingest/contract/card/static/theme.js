"use strict";
// Day or night colours: the system's choice until the button is used, then the button's, kept in this browser.
(() => {
  const KEY = "lanthorn-theme";
  const root = document.documentElement;
  const systemNight = matchMedia("(prefers-color-scheme: dark)");
  const night = () => (root.dataset.theme ? root.dataset.theme === "night" : systemNight.matches);

  const kept = localStorage.getItem(KEY);
  if (kept === "day" || kept === "night") root.dataset.theme = kept;

  const label = (button) => {
    button.textContent = night() ? "Day" : "Night";
    button.setAttribute("aria-label", `${button.textContent} colours`);
    button.hidden = false;
  };
  const labelAll = () => document.querySelectorAll("[data-theme-toggle]").forEach(label);

  document.addEventListener("DOMContentLoaded", labelAll);
  systemNight.addEventListener("change", labelAll);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = night() ? "day" : "night";
    localStorage.setItem(KEY, root.dataset.theme);
    labelAll();
  });
})();
