import type { OwnScore, Stars } from "./acts.ts";
import { answered, client } from "./client.ts";
import { Problem } from "./problem.ts";

const ALREADY_SCORED = "ALREADY_SCORED";

interface Sending {
  key: string;
  /** This person has scored the act before. */
  isChange: boolean;
  signal?: AbortSignal;
}

/**
 * Gives an act a score, or changes it. What is answered is accepted, and will be counted.
 *
 * @throws Problem if it is refused.
 */
export async function giveScore(
  eventId: number,
  score: Stars,
  { key, isChange, signal }: Sending,
): Promise<OwnScore> {
  const send = (method: "POST" | "PUT", itsKey: string): Promise<OwnScore> => {
    const path = "/api/scores/events/{event_id}/score";
    const header = { "Idempotency-Key": itsKey };
    const params = { header, path: { event_id: eventId } };
    const request = { params, body: { score }, ...(signal === undefined ? {} : { signal }) };
    return answered(method === "POST" ? client.POST(path, request) : client.PUT(path, request));
  };
  if (isChange) return send("PUT", key);
  try {
    return await send("POST", key);
  } catch (error) {
    if (!(error instanceof Problem && error.reason === ALREADY_SCORED)) throw error;
    // It was scored in another browser meanwhile: what was meant is a change of that.
    return send("PUT", `${key}-change`);
  }
}
