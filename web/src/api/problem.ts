/** A refusal, as every service words it (RFC 9457). Shown to people by its `detail`. */
export class Problem extends Error {
  override name = "Problem";
  readonly status: number;
  readonly reason: string;
  readonly metadata: Record<string, string>;
  readonly traceId: string | null;
  readonly fields: { pointer: string; detail: string }[];

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body["detail"] === "string" ? body["detail"] : "");
    this.status = status;
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
    return this.fields.find(({ pointer }) => pointer.endsWith(`/${name}`))?.detail;
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
