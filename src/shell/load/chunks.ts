const SIZE_LINE = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i;
const MOST_LINE = 4_096;
const MOST_TRAILER = 65_536;
const LF = 10;

/** What a reader of chunks says after each piece: it wants more, it has reached the end (at), or what is wrong. */
export type Chunked = "more" | { readonly endsAt: number } | { readonly fault: string };

/** Reads a chunked body. https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
export class Chunks {
  readonly #take: (piece: Buffer) => void;
  #stage: "size" | "data" | "after" | "trailer" = "size";
  #line = "";
  #left = 0;
  #trailer = 0;

  constructor(take: (piece: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Buffer, from: number): Chunked {
    let at = from;
    while (at < chunk.length) {
      if (this.#stage === "data") {
        at = this.#data(chunk, at);
        continue;
      }
      const end = chunk.indexOf(LF, at);
      this.#line += chunk.toString("latin1", at, end < 0 ? chunk.length : end);
      if (this.#line.length > MOST_LINE) return { fault: "a chunk's line is too long" };
      if (end < 0) return "more";
      at = end + 1;
      const said = this.#lineEnds();
      if (said === "end") return { endsAt: at };
      if (said !== undefined) return { fault: said };
    }
    return "more";
  }

  #data(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#take(chunk.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#stage = "after";
    return end;
  }

  #lineEnds(): string | undefined {
    const line = this.#line.slice(0, -1);
    const isWhole = this.#line.endsWith("\r");
    this.#line = "";
    if (!isWhole || line.includes("\r")) return "a chunk's line does not end as it must";
    if (this.#stage === "trailer") return this.#trailerLine(line);
    if (this.#stage === "after") {
      this.#stage = "size";
      return line === "" ? undefined : "a chunk is longer than it says";
    }
    const size = SIZE_LINE.exec(line)?.[1];
    if (size === undefined) return "a chunk's size is no number";
    this.#left = Number.parseInt(size, 16);
    this.#stage = this.#left === 0 ? "trailer" : "data";
    return undefined;
  }

  #trailerLine(line: string): string | undefined {
    this.#trailer += line.length;
    if (line === "") return "end";
    return this.#trailer > MOST_TRAILER ? "the trailer is too long" : undefined;
  }
}
