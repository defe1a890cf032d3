import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { live, personal } from "@/api/room.ts";
import { session } from "@/api/session.ts";
import type { Role, RoomDocument } from "@/api/types.ts";
import { chooseLanguage, startI18n } from "@/lib/i18n.ts";
import { nothingYet } from "@/lib/live/document.ts";

/** Shows something as a person of a role sees it, in English, with the room as given. */
export async function show(
  node: ReactNode,
  { room, role = "listener" }: { room: RoomDocument; role?: Role },
) {
  await startI18n();
  await chooseLanguage("en");
  session.set({
    status: "in",
    user: { id: 8, username: "sam", display_name: "Sam", role },
  });
  personal.set({ voted: new Set(), skipVoted: false, present: 2 });
  const shown = { ...nothingYet<RoomDocument>(), connection: "live", document: room } as const;
  // What an earlier test expected has come to pass, far in the future.
  live.state.set({ ...shown, revision: Number.MAX_SAFE_INTEGER });
  live.state.set({ ...shown, revision: room.revision });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    // There is no layout here: without this, all that floats would count as out of sight.
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>{node}</QueryClientProvider>
    </MantineProvider>,
  );
}
