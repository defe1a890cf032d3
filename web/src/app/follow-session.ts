import { live } from "@/api/room.ts";
import { session } from "@/api/session.ts";
import { queries } from "./queries.ts";
import type { router as Router } from "./router.tsx";

/** Opens the feed for whoever is in; when a session ends elsewhere, the page leads to the door. */
export function followSession(router: typeof Router): void {
  let wasIn = false;
  const follow = () => {
    const isIn = session.get().status === "in";
    if (isIn) live.start();
    else live.stop();
    if (wasIn && !isIn) {
      queries.clear();
      void router.navigate({ to: "/join" });
    }
    wasIn = isIn;
  };
  session.subscribe(follow);
  follow();
}
