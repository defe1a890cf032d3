import { answered, client } from "./client.ts";
import { updateUser } from "./session.ts";
import type { Session, User } from "./types.ts";

export async function rename(displayName: string): Promise<void> {
  const body = { display_name: displayName };
  updateUser((await answered(client.PATCH("/api/identity/auth/me", { body }))) as User);
}

/** Ends all other sessions, too: whoever knew the old one is out. */
export const changePassword = (current: string, next: string) =>
  answered(
    client.POST("/api/identity/auth/password", {
      body: { current_password: current, new_password: next },
    }),
  );

export const endOtherSessions = () => answered(client.DELETE("/api/identity/auth/sessions"));

export const sessions = async (): Promise<Session[]> =>
  (await answered(client.GET("/api/identity/auth/sessions"))).items;

export const endSession = (id: string) =>
  answered(
    client.DELETE("/api/identity/auth/sessions/{session_id}", {
      params: { path: { session_id: id } },
    }),
  );

/** What this box lets people do at its door. */
export const entryOptions = () => answered(client.GET("/api/identity/auth/options"));

export const socketTicket = async (): Promise<string> =>
  (await answered(client.POST("/api/identity/auth/ws-ticket"))).ticket;
