const KEPT = "backline.wall.reloaded";

/** The script that a page begins with; its name carries a hash of the whole build. */
const SCRIPT = /<script type="module"[^>]* src="([^"]+)"/;

/**
 * Loads the page anew if the box serves another build than this one; once per build, so that a
 * page that cannot get the new one (a cache in between) does not load for ever.
 */
export async function reloadIfOutdated(): Promise<void> {
  const running = document.querySelector('script[type="module"][src]')?.getAttribute("src");
  const served = await servedScript();
  if (!running || served === null || served === running) return;
  if (sessionStorage.getItem(KEPT) === served) return;
  sessionStorage.setItem(KEPT, served);
  location.reload();
}

async function servedScript(): Promise<string | null> {
  try {
    // With a query no service worker answers it from what it has kept.
    const answer = await fetch("/index.html?served", { cache: "no-store" });
    return answer.ok ? (SCRIPT.exec(await answer.text())?.[1] ?? null) : null;
  } catch {
    return null; // Lost again; the next connection looks.
  }
}
