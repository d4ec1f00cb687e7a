import { createHash, type Hash } from "node:crypto";
import type { LoadPlan } from "../../ports/load.ts";

/** Looks at a body while it passes by; nothing of it is kept. */
export interface BodyLook {
  begin(): void;
  see(piece: Buffer): void;
  /** What is wrong with the body that just ended; asked once. */
  verdict(bytes: number): string | undefined;
  /** Of the body that was asked for last. */
  readonly sha256: string | undefined;
}

/** Undefined: bodies are only counted. */
export function lookAtBodies({ body, hash }: LoadPlan): BodyLook | undefined {
  if (body === undefined && !hash) return undefined;
  const needsHash = hash || body?.sha256 !== undefined;
  const search = body?.contains === undefined ? undefined : searching(Buffer.from(body.contains));
  let digest: Hash | undefined;
  let sha256: string | undefined;
  return {
    get sha256() {
      return sha256;
    },
    begin() {
      sha256 = undefined;
      if (needsHash) digest = createHash("sha256");
      search?.begin();
    },
    see(piece) {
      digest?.update(piece);
      search?.see(piece);
    },
    verdict(bytes) {
      sha256 = digest?.digest("hex");
      digest = undefined;
      if (body?.bytes !== undefined && bytes !== body.bytes) return "body of another size";
      if (body?.sha256 !== undefined && sha256 !== body.sha256) return "body with another sha256";
      return search?.isFound() === false ? "body without the text that it must contain" : undefined;
    },
  };
}

function searching(wanted: Buffer) {
  let tail: Buffer = Buffer.alloc(0);
  let isFound = false;
  return {
    begin() {
      tail = Buffer.alloc(0);
      isFound = wanted.length === 0;
    },
    see(piece: Buffer) {
      if (isFound) return;
      const all = tail.length === 0 ? piece : Buffer.concat([tail, piece]);
      isFound = all.includes(wanted);
      // A piece may be a view of memory that is used again.
      tail = Buffer.from(all.subarray(Math.max(0, all.length - wanted.length + 1)));
    },
    isFound: () => isFound,
  };
}
