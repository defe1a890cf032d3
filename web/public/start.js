// Runs before the first paint, so that a chosen theme or language never flashes as another.
(() => {
  const root = document.documentElement;
  let theme = null;
  let language = null;
  try {
    theme = localStorage.getItem("backline.theme");
    language = localStorage.getItem("backline.language");
  } catch {
    // Storage may be closed to us; the system's choice is then as good as any.
  }
  if (theme !== "dark" && theme !== "light") {
    theme = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  root.setAttribute("data-mantine-color-scheme", theme);
  if (language === "en" || language === "ru") root.lang = language;
})();
