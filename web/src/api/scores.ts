import type { OwnScore, Stars } from "./acts.ts";
import { Problem, problemOf } from "./problem.ts";
import { authorizedFetch } from "./session.ts";

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
  const send = async (method: "POST" | "PUT", itsKey: string): Promise<OwnScore> => {
    const answer = await authorizedFetch(
      new Request(`${location.origin}/api/scores/events/${eventId}/score`, {
        method,
        headers: { "Content-Type": "application/json", "Idempotency-Key": itsKey },
        body: JSON.stringify({ score }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    if (!answer.ok) throw await problemOf(answer);
    return (await answer.json()) as OwnScore;
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
