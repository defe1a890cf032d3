import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { keepLineup } from "@/api/keep-lineup.ts";
import { keepRoom, knownUser } from "@/api/keep-room.ts";
import { startOutbox } from "@/api/outbox.ts";
import { start } from "@/api/session.ts";
import { followSession } from "@/app/follow-session.ts";
import { followVersion, reloadWhenPartsAreGone } from "@/app/follow-version.ts";
import { queries } from "@/app/queries.ts";
import { router } from "@/app/router.tsx";
import { startI18n } from "@/lib/i18n.ts";
import { colorSchemeManager, theme } from "@/lib/theme.ts";
import { isWall } from "@/lib/wall-links.ts";
import "@/styles/index.css";

reloadWhenPartsAreGone();
await Promise.all([startI18n(), start(knownUser)]);
// A wall goes by its own link, whoever uses this browser.
if (!isWall()) {
  followSession(router);
  keepRoom();
  keepLineup();
  startOutbox();
}

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

void followVersion();
