import i18next from "i18next";
import { live } from "@/api/room.ts";
import { isGoing, ownFiles } from "@/features/add-song/own-file.ts";
import { machineNow } from "@/lib/live/environment.ts";
import { toast } from "@/lib/toasts.ts";
import { isWall } from "@/lib/wall-links.ts";

const LOOK_EVERY_MS = 60_000;
const STAYS_MS = 24 * 60 * 60 * 1_000;
const RELOADED = "backline.reloaded";
const ONCE_IN_MS = 60_000;

/**
 * The shell is kept by a service worker, so that the app opens without network. A new version
 * waits: people are asked, and only a page that nobody looks at or works in, or a wall, takes it by
 * itself.
 */
export async function followVersion(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/sw.js").catch(() => null);
  // A browser that blocks workers may answer with nothing at all.
  if (registration == null) return;
  const offerWaiting = () => {
    const { waiting } = registration;
    // Without a controller this is the very first version: nothing was there before it.
    if (waiting !== null && navigator.serviceWorker.controller !== null) {
      const reload = () => takeOver(waiting);
      if (isWall()) reload();
      else offer(reload);
    }
  };
  offerWaiting();
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed") offerWaiting();
    });
  });
  lookForUpdates(registration);
}

/** The page is reloaded once the new version is in charge. */
function takeOver(waiting: ServiceWorker): void {
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage({ type: "SKIP_WAITING" });
}

function offer(reload: () => void): void {
  const whenIdle = () => {
    if (document.visibilityState !== "hidden" || !isIdle()) return;
    document.removeEventListener("visibilitychange", whenIdle);
    reload();
  };
  document.addEventListener("visibilitychange", whenIdle);
  whenIdle();
  const action = { label: i18next.t("version.reload"), run: reload };
  toast({ text: i18next.t("version.ready"), tone: "plain", action }, STAYS_MS);
}

/** Nobody is in the middle of something: no dialog, no field with words, no file on its way. */
function isIdle(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement>("input:not([type=range]), textarea");
  return (
    document.querySelector("[role=dialog]") === null &&
    [...fields].every((field) => field.value === field.defaultValue) &&
    !ownFiles.get().some(isGoing)
  );
}

/** A server that is back from a restart may bring a new version. */
function lookForUpdates(registration: ServiceWorkerRegistration): void {
  let before = live.state.get().connection;
  let lookedAt = machineNow();
  live.state.subscribe(() => {
    const { connection } = live.state.get();
    const isBack = connection === "live" && before !== "live";
    before = connection;
    if (!isBack || machineNow() - lookedAt < LOOK_EVERY_MS) return;
    lookedAt = machineNow();
    registration.update().catch(() => {});
  });
}

/** A part of an older version that is gone from the server: the page is loaded anew, once. */
export function reloadWhenPartsAreGone(): void {
  addEventListener("vite:preloadError", (event) => {
    const before = Number(sessionStorage.getItem(RELOADED));
    if (!navigator.onLine || Math.abs(machineNow() - before) < ONCE_IN_MS) return;
    sessionStorage.setItem(RELOADED, String(machineNow()));
    event.preventDefault();
    location.reload();
  });
}
