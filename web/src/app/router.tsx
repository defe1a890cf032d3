import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { session } from "@/api/session.ts";
import { auditSearch, peopleSearch } from "@/features/admin/search.ts";
import { wallSearch } from "@/features/wall/wall-search.ts";
import { needs, onlyOutside } from "./guards.ts";
import { RoomPage } from "./room-page.tsx";
import { newActSearch, nextSearch, roomSearch, tokenSearch } from "./searches.ts";
import { Shell } from "./shell/shell.tsx";
import { NotFound, Wrong } from "./wrong.tsx";

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: Wrong,
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: ({ location }) => {
    if (session.get().status === "in") return;
    const wanted = location.href === "/" ? {} : { next: location.href };
    throw redirect({ to: "/join", search: wanted });
  },
});

const room = createRoute({
  getParentRoute: () => inside,
  path: "/",
  component: RoomPage,
  validateSearch: roomSearch,
});

const lineup = createRoute({
  getParentRoute: () => inside,
  path: "/lineup",
  component: lazyRouteComponent(() => import("@/features/lineup/lineup-page.tsx"), "LineupPage"),
});

const act = createRoute({
  getParentRoute: () => inside,
  path: "/lineup/$id",
  component: lazyRouteComponent(() => import("@/features/lineup/act-page.tsx"), "ActPage"),
});

const captions = createRoute({
  getParentRoute: () => inside,
  path: "/captions",
  component: lazyRouteComponent(
    () => import("@/features/captions/captions-page.tsx"),
    "CaptionsPage",
  ),
});

const shop = createRoute({
  getParentRoute: () => inside,
  path: "/shop",
  component: lazyRouteComponent(() => import("@/features/shop/shop-page.tsx"), "ShopPage"),
});

const me = createRoute({
  getParentRoute: () => inside,
  path: "/me",
  component: lazyRouteComponent(() => import("./me-page.tsx"), "MePage"),
});

const host = createRoute({
  getParentRoute: () => inside,
  path: "/host",
  beforeLoad: needs("host"),
  component: lazyRouteComponent(() => import("@/features/host/host-page.tsx"), "HostPage"),
});

const hostLineup = createRoute({
  getParentRoute: () => inside,
  path: "/host/lineup",
  beforeLoad: needs("host"),
  validateSearch: newActSearch,
  component: lazyRouteComponent(() => import("@/features/host-lineup/acts-page.tsx"), "ActsPage"),
});

const welcome = createRoute({
  getParentRoute: () => inside,
  path: "/welcome",
  beforeLoad: needs("host"),
  component: lazyRouteComponent(
    () => import("@/features/first-steps/welcome-page.tsx"),
    "WelcomePage",
  ),
});

const tasks = createRoute({
  getParentRoute: () => inside,
  path: "/tasks",
  beforeLoad: needs("host"),
  component: lazyRouteComponent(() => import("@/features/tasks/tasks-page.tsx"), "TasksPage"),
});

const admin = createRoute({
  getParentRoute: () => inside,
  path: "/admin",
  beforeLoad: needs("admin"),
  component: lazyRouteComponent(() => import("@/features/admin/admin-page.tsx"), "AdminPage"),
});

const adminParts = [
  createRoute({
    getParentRoute: () => admin,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/admin/people", replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => admin,
    path: "/people",
    validateSearch: peopleSearch,
    component: lazyRouteComponent(() => import("@/features/admin/people-page.tsx"), "PeoplePage"),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: "/audit",
    validateSearch: auditSearch,
    component: lazyRouteComponent(() => import("@/features/admin/audit-page.tsx"), "AuditPage"),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: "/settings",
    component: lazyRouteComponent(
      () => import("@/features/admin/settings-page.tsx"),
      "SettingsPage",
    ),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: "/integrity",
    component: lazyRouteComponent(
      () => import("@/features/admin/integrity-page.tsx"),
      "IntegrityPage",
    ),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: "/messages",
    component: lazyRouteComponent(
      () => import("@/features/admin/messages-page.tsx"),
      "MessagesPage",
    ),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: "/backups",
    component: lazyRouteComponent(() => import("@/features/admin/backups-page.tsx"), "BackupsPage"),
  }),
] as const;

const join = createRoute({
  getParentRoute: () => root,
  path: "/join",
  validateSearch: nextSearch,
  beforeLoad: onlyOutside(false),
  component: lazyRouteComponent(() => import("@/features/entry/join-page.tsx"), "JoinPage"),
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: nextSearch,
  beforeLoad: onlyOutside(true),
  component: lazyRouteComponent(() => import("@/features/entry/login-page.tsx"), "LoginPage"),
});

const register = createRoute({
  getParentRoute: () => root,
  path: "/register",
  validateSearch: nextSearch,
  beforeLoad: onlyOutside(true),
  component: lazyRouteComponent(() => import("@/features/entry/register-page.tsx"), "RegisterPage"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: tokenSearch,
  component: lazyRouteComponent(() => import("@/features/entry/setup-page.tsx"), "SetupPage"),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  validateSearch: tokenSearch,
  component: lazyRouteComponent(() => import("@/features/entry/reset-page.tsx"), "ResetPage"),
});

const wall = createRoute({
  getParentRoute: () => root,
  path: "/wall",
  validateSearch: wallSearch,
  component: lazyRouteComponent(() => import("@/features/wall/wall-page.tsx"), "WallPage"),
});

const print = createRoute({
  getParentRoute: () => root,
  path: "/print",
  component: lazyRouteComponent(() => import("@/features/print/print-page.tsx"), "PrintPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    inside.addChildren([
      room,
      lineup,
      act,
      captions,
      shop,
      me,
      host,
      hostLineup,
      welcome,
      tasks,
      admin.addChildren([...adminParts]),
    ]),
    join,
    login,
    register,
    setup,
    reset,
    wall,
    print,
  ]),
  defaultPreload: "intent",
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
