import type { TFunction } from "i18next";
import type { AuditEntry, AuditFilter } from "@/api/admin.ts";
import { serverNow } from "@/lib/server-now.ts";
import type { AuditSearch, What, When } from "./search.ts";

const ACTIONS: Record<What, string[]> = {
  logins: ["logged in", "login failed", "refresh token reused"],
  people: ["set up", "registered", "role changed", "disabled", "enabled", "guests forgotten"],
  sessions: ["session ended", "sessions ended", "other sessions ended"],
  passwords: ["password changed", "password reset", "reset link issued"],
  screens: ["screen link made", "screen link revoked"],
};

const DAYS: Record<When, number> = { today: 0, week: 6, month: 29 };

/** From the midnight, here, that a span of days begins with. */
function beginning(when: When): string {
  const day = new Date(serverNow());
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - DAYS[when]);
  return day.toISOString();
}

export function filterOf({ what, when, about }: AuditSearch): AuditFilter {
  return {
    ...(what === undefined ? {} : { action: ACTIONS[what] }),
    ...(when === undefined ? {} : { since: beginning(when) }),
    ...(about === undefined ? {} : { about }),
  };
}

const KNOWN = [...Object.values(ACTIONS).flat(), "my data downloaded"];
const ROLES = ["guest", "listener", "host", "admin"] as const;

/** One line of the log as a sentence; what this version has no words for is said as it is. */
export function sentence(entry: AuditEntry, t: TFunction): string {
  const stranger = t("admin.audit.stranger");
  const actor = entry.actor_name || stranger;
  const user = entry.user_name || (entry.user_id === 0 ? stranger : `#${entry.user_id}`);
  const role = ROLES.find((one) => one === entry.detail);
  const values = {
    actor,
    user,
    detail: entry.detail,
    role: role === undefined ? entry.detail : t(`role.${role}`),
    count: Number(entry.detail) || 0,
  };
  if (!KNOWN.includes(entry.action)) {
    return t("admin.audit.other", { actor, action: entry.action });
  }
  const isOwn = entry.actor_id === 0 || entry.actor_id === entry.user_id;
  const key = entry.action.replaceAll(" ", "_");
  if (key === "login_failed" && entry.user_id === 0)
    return t("admin.audit.did.login_failed_unknown");
  if (isOwn && key === "registered") return t("admin.audit.did.registered_self", values);
  if (isOwn && key === "session_ended") return t("admin.audit.did.session_ended_self", values);
  return t(`admin.audit.did.${key as "logged_in"}`, values);
}
