import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { useRoom, useUser } from "@/api/hooks.ts";
import { live } from "@/api/room.ts";
import { start } from "@/api/session.ts";
import { still } from "@/components/sortable.ts";
import { QueueRow } from "@/features/room/queue-row.tsx";
import { startI18n } from "@/lib/i18n.ts";
import "@/styles/index.css";

/** The reference of the bench: the same rows, all of them in the page, drawn at every change. */
function Plain() {
  const room = useRoom();
  const user = useUser();
  return (
    <ol>
      {room?.items.map((item, index) => (
        <QueueRow
          key={item.id}
          item={{ ...item }}
          number={index + 1}
          canMove={user !== null}
          handle={still({ "data-row": item.id, tabIndex: -1 })}
          onReplace={() => {}}
        />
      ))}
    </ol>
  );
}

await Promise.all([startI18n(), start()]);
live.start("7");
createRoot(document.getElementById("root") as HTMLElement).render(
  <MantineProvider>
    <QueryClientProvider client={new QueryClient()}>
      <Plain />
    </QueryClientProvider>
  </MantineProvider>,
);
