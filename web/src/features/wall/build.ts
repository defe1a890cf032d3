const KEPT = "backline.wall.reloaded";

/** The script that a page begins with; its name carries a hash of the whole build. */
const SCRIPT = /<script type="module"[^>]* src="([^"]+)"/;

/**
 * Sees to it that this page is of the build that the box serves now.
 *
 * Where a service worker keeps the shell, it is asked to look; its new version takes over by itself
 * on a wall (see `app/follow-version.ts`). Elsewhere the page is loaded anew: once per build, so
 * that a page that cannot get the new one (a cache in between) does not load for ever.
 */
export async function reloadIfOutdated(): Promise<void> {
  try {
    const worker = await navigator.serviceWorker?.getRegistration();
    if (worker !== undefined) {
      await worker.update();
      return;
    }
    const answer = await fetch("/index.html", { cache: "no-store" });
    const served = answer.ok ? SCRIPT.exec(await answer.text())?.[1] : undefined;
    if (served === undefined || isRunning(served)) return;
    if (sessionStorage.getItem(KEPT) === served) return;
    sessionStorage.setItem(KEPT, served);
    location.reload();
  } catch {
    // Lost again; the next connection looks.
  }
}

const isRunning = (script: string): boolean =>
  document.querySelector(`script[type="module"][src="${CSS.escape(script)}"]`) !== null;
