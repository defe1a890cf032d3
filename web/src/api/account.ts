import { call } from "./http.ts";
import { updateUser } from "./session.ts";
import type { Page, Session, User } from "./types.ts";

const BASE = "/api/identity/auth";

export async function rename(displayName: string): Promise<void> {
  updateUser(await call<User>("PATCH", `${BASE}/me`, { body: { display_name: displayName } }));
}

export const sessions = async (): Promise<Session[]> =>
  (await call<Page<Session>>("GET", `${BASE}/sessions`)).items;

export const endSession = (id: string) => call<void>("DELETE", `${BASE}/sessions/${id}`);

export const changePassword = (current: string, next: string) =>
  call<void>("POST", `${BASE}/password`, { body: { current_password: current, new_password: next } });
