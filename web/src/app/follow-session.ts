import { forgetScores, lineupFeed } from "@/api/lineup.ts";
import { knownNothing, live } from "@/api/room.ts";
import { session } from "@/api/session.ts";
import { queries } from "./queries.ts";
import type { router as Router } from "./router.tsx";

const DOORS = new Set(["/join", "/login", "/register"]);

/**
 * Opens the feed for whoever is in. When a session ends elsewhere the page leads to the door, when
 * another one begins in another tab it leads in; of one person nothing stays for the next.
 */
export function followSession(router: typeof Router): void {
  let userId: number | null = null;
  const follow = () => {
    const state = session.get();
    const now = state.status === "in" ? state.user.id : null;
    if (now === userId) return;
    if (userId !== null) {
      live.stop();
      knownNothing();
      lineupFeed.stop();
      forgetScores();
      queries.clear();
    }
    if (now !== null) {
      live.start(String(now));
      lineupFeed.start(`lineup.${now}`);
    }
    const { pathname } = router.state.location;
    if (state.status === "out") void router.navigate({ to: "/join" });
    else if (now !== null && isStarted && DOORS.has(pathname)) leadIn(router);
    userId = now;
  };
  let isStarted = false;
  session.subscribe(follow);
  follow();
  isStarted = true;
}

/** The pages of the door lead on by themselves when somebody comes in there. */
function leadIn(router: typeof Router): void {
  const { next } = router.state.location.search as { next?: string };
  void router.navigate({ to: next ?? "/" });
}
