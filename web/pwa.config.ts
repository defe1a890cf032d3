import type { VitePWAOptions } from "vite-plugin-pwa";

const DAY_S = 24 * 60 * 60;

/** The shell opens without network, and can be put on a home screen. What services say is never kept here. */
export const pwa: Partial<VitePWAOptions> = {
  strategies: "generateSW",
  // A new version waits until people, or an idle hidden page, let it in.
  registerType: "prompt",
  injectRegister: false,
  filename: "sw.js",
  manifest: {
    id: "/",
    name: "Backline",
    short_name: "Backline",
    description: "What plays in the room, and what comes next.",
    start_url: "/",
    scope: "/",
    display: "standalone",
    theme_color: "#0f1216",
    background_color: "#0f1216",
    icons: [
      { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      { src: "/icon-maskable-192.png", sizes: "192x192", type: "image/png", purpose: "maskable" },
      { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
  },
  workbox: {
    globPatterns: ["index.html", "start.js", "icon.svg", "assets/**/*.{js,css,woff2}"],
    // Scripts of languages that the app does not speak come when a title needs them.
    globIgnores: ["assets/inter-{greek,greek-ext,vietnamese}-*"],
    inlineWorkboxRuntime: true,
    sourcemap: false,
    cleanupOutdatedCaches: true,
    dontCacheBustURLsMatching: /^assets\//,
    navigateFallback: "/index.html",
    // What is not the app, and links that are good for one time.
    navigateFallbackDenylist: [
      /^\/api\//,
      /^\/docs/,
      /^\/health/,
      /^\/metrics/,
      /^\/setup/,
      /^\/reset/,
    ],
    runtimeCaching: [
      {
        // Covers never change under their address.
        urlPattern: ({ url, sameOrigin }) =>
          sameOrigin && /^\/api\/jukebox\/tracks\/[^/]+\/cover$/.test(url.pathname),
        handler: "CacheFirst",
        options: {
          cacheName: "covers",
          cacheableResponse: { statuses: [200] },
          expiration: { maxEntries: 300, maxAgeSeconds: 30 * DAY_S, purgeOnQuotaError: true },
        },
      },
    ],
  },
};
