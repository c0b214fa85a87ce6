"use strict";
// Two tones for a new alert. A browser lets a page sound only after a touch or a key, so the button says which it is.
const alertSound = (() => {
  const KEY = "lanthorn-sound";
  const TONES_HZ = [880, 1318.5];
  const TONE_S = 0.18;
  const LEVEL = 0.35;
  const button = document.getElementById("sound");
  let context = null;

  const wanted = () => localStorage.getItem(KEY) === "on";
  const sounding = () => wanted() && context !== null && context.state === "running";

  function show() {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(sounding()));
    button.textContent = sounding() ? "Sound is on" : "Turn sound on";
    button.classList.toggle("asks", !sounding());
  }

  async function start() {
    if (context === null) {
      context = new AudioContext();
      context.addEventListener("statechange", show);
    }
    await context.resume();
    show();
  }

  function play() {
    if (!sounding()) return false;
    TONES_HZ.forEach((frequency, index) => {
      const from = context.currentTime + index * TONE_S;
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.frequency.value = frequency;
      level.gain.setValueAtTime(0, from);
      level.gain.linearRampToValueAtTime(LEVEL, from + 0.01);
      level.gain.setValueAtTime(LEVEL, from + TONE_S - 0.03);
      level.gain.linearRampToValueAtTime(0, from + TONE_S);
      tone.connect(level).connect(context.destination);
      tone.start(from);
      tone.stop(from + TONE_S);
    });
    return true;
  }

  button.addEventListener("click", async () => {
    if (sounding()) {
      localStorage.setItem(KEY, "off");
      show();
      return;
    }
    localStorage.setItem(KEY, "on");
    await start();
    play();
  });
  // Sound was on before this page was loaded: the first touch or key of any kind brings it back.
  const again = (event) => {
    if (wanted() && !sounding() && event.target !== button) start();
  };
  document.addEventListener("pointerup", again);
  document.addEventListener("keyup", again);
  show();
  return { play };
})();
