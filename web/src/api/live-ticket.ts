import { LiveRefused } from "@/lib/live/options.ts";
import { socketTicket } from "./account.ts";
import { Problem } from "./problem.ts";

/** A ticket for one socket of whoever is logged in. */
export async function liveTicket(): Promise<string> {
  try {
    return await socketTicket();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) throw new LiveRefused();
    throw error;
  }
}

/** The address of a service's socket on the origin of this page. */
export const socketAddress = (service: string): string =>
  `${location.origin.replace(/^http/, "ws")}/api/${service}/ws`;
