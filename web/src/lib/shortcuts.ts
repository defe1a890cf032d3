import { Store } from "./store.ts";

const KEY = "backline.shortcuts";

/** Whether single keys act on songs and playback; people who dictate switch that off. */
export const shortcuts = new Store(isOn());

export function setShortcuts(on: boolean): void {
  shortcuts.set(on);
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // A browser without storage forgets it with the page.
  }
}

function isOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

/** Whether a key pressed there is meant for what has the focus, and for nothing else. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=slider]",
    ) !== null
  );
}
