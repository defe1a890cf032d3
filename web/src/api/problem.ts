import { sayingOfField } from "@/lib/refusals.ts";

interface FieldProblem {
  pointer: string;
  detail: string;
  reason?: string;
  metadata?: Record<string, string>;
}

/** A refusal of any service (RFC 9457). Its words are chosen by `domain` and `reason`. */
export class Problem extends Error {
  override name = "Problem";
  readonly status: number;
  readonly domain: string;
  readonly reason: string;
  readonly metadata: Record<string, string>;
  readonly traceId: string | null;
  readonly fields: FieldProblem[];

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body["detail"] === "string" ? body["detail"] : "");
    this.status = status;
    this.domain = String(body["domain"] ?? "");
    this.reason = String(body["reason"] ?? "");
    this.metadata = (body["metadata"] ?? {}) as Record<string, string>;
    this.traceId = typeof body["trace_id"] === "string" ? body["trace_id"] : null;
    this.fields = (body["errors"] ?? []) as Problem["fields"];
  }

  get retryAt(): Date | null {
    const at = this.metadata["retry_at"];
    return at === undefined ? null : new Date(at);
  }

  /** The sentence about one field of a form, if there is one. */
  field(name: string): string | undefined {
    const found = this.fields.find(({ pointer }) => pointer.endsWith(`/${name}`));
    if (found === undefined) return undefined;
    return sayingOfField(found.reason ?? "", found.metadata ?? {}) ?? found.detail;
  }
}

/** The answer never came: no network, or nothing listens there. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

export async function problemOf(response: Response): Promise<Problem> {
  try {
    return new Problem(response.status, (await response.json()) as Record<string, unknown>);
  } catch {
    return new Problem(response.status, {});
  }
}
