/** Thrown when a request is not granted; becomes the answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    more: { readonly message: string; readonly facts?: Readonly<Record<string, unknown>> },
  ) {
    super(more.message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.facts = more.facts ?? {};
  }
}

/** The request names something that is not there. */
export function notFound(what: string): Refusal {
  return new Refusal(404, "not-found", { message: `There is no such ${what}.` });
}
