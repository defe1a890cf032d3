import { createTheme, localStorageColorSchemeManager } from "@mantine/core";

/** Colours and measures are our tokens under Mantine's names: see styles/mantine.css. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  defaultRadius: "var(--radius)",
  respectReducedMotion: true,
  cursorType: "pointer",
});

export const colorSchemeManager = localStorageColorSchemeManager({ key: "backline.theme" });
