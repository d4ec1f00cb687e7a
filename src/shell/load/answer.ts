import { Chunks } from "./chunks.ts";
import { type Head, readHead } from "./head.ts";

const MOST_HEAD_BYTES = 65_536;
/** 100 Continue and the like, before the answer itself. */
const MOST_INTERIM = 10;
const HEAD_END = Buffer.from("\r\n\r\n");

type Stage = "head" | "length" | "chunks" | "until closed" | "done" | "fault";

/**
 * Reads one answer after the other from a connection's bytes, however they are cut.
 *
 *     head ──► length ─────────┐
 *      │  ├──► chunks ─────────┤
 *      │  ├──► until closed ───┼──► done ──begin──► head
 *      │  └────────────────────┘
 *      └─(anywhere)──► fault
 */
export class Answer {
  status = 0;
  /** Of the body. */
  bytes = 0;
  keepsAlive = true;
  /** What is wrong with it. */
  fault: string | undefined;
  /** Bytes came that belong to no answer. */
  isStrayed = false;
  #stage: Stage = "done";
  #isHead = false;
  #left = 0;
  #interim = 0;
  #chunks: Chunks | undefined;
  /** The bytes of a head that came in pieces. */
  #pieces: Buffer = Buffer.alloc(0);
  #known: { readonly bytes: Buffer; readonly head: Head } | undefined;
  readonly #see: ((piece: Buffer) => void) | undefined;

  /** `see` is given each piece of the body. */
  constructor(see?: (piece: Buffer) => void) {
    this.#see = see;
  }

  /** Whether bytes of it have come. */
  get hasBegun(): boolean {
    return this.#stage !== "head" || this.#pieces.length > 0 || this.#interim > 0;
  }

  begin(method: string): void {
    this.#stage = "head";
    this.#isHead = method === "HEAD";
    this.status = 0;
    this.bytes = 0;
    this.#interim = 0;
    this.fault = undefined;
    this.isStrayed = false;
    if (this.#pieces.length > 0) this.#pieces = Buffer.alloc(0);
  }

  /** Takes the next bytes; true when the answer is over, well or not. */
  push(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length && this.#stage !== "fault")
      switch (this.#stage) {
        case "head":
          at = this.#head(chunk, at);
          break;
        case "length":
        case "until closed":
          at = this.#plain(chunk, at);
          break;
        case "chunks":
          at = this.#chunked(chunk, at);
          break;
        case "done":
          this.isStrayed = true;
          return true;
      }
    return this.#isOver();
  }

  /** The connection is closed: the end of an answer without a length, and a fault for any other. */
  close(): void {
    if (this.#stage === "until closed") this.#stage = "done";
    if (this.#isOver()) return;
    this.#fail(this.hasBegun ? "answer cut off" : "connection closed without an answer");
  }

  #isOver(): boolean {
    return this.#stage === "done" || this.#stage === "fault";
  }

  #fail(why: string): void {
    this.fault = why;
    this.#stage = "fault";
  }

  #head(chunk: Buffer, from: number): number {
    const isWhole = this.#pieces.length === 0;
    const had = this.#pieces.length;
    const all = isWhole ? chunk : Buffer.concat([this.#pieces, chunk.subarray(from)]);
    const begin = isWhole ? from : 0;
    const end = all.indexOf(HEAD_END, isWhole ? from : Math.max(0, had - 3));
    const length = (end < 0 ? all.length : end) - begin;
    if (length > MOST_HEAD_BYTES) return this.#malformed("a head that is too long", chunk);
    if (end < 0) {
      this.#pieces = isWhole ? Buffer.from(chunk.subarray(from)) : all;
      return chunk.length;
    }
    if (!isWhole) this.#pieces = Buffer.alloc(0);
    const head = this.#readHead(all, begin, end);
    if (typeof head === "string") return this.#malformed(head, chunk);
    this.#follow(head);
    return isWhole ? end + 4 : from + end + 4 - had;
  }

  #malformed(why: string, chunk: Buffer): number {
    this.#fail(`malformed answer: ${why}`);
    return chunk.length;
  }

  /** Under load one head is like the one before, and comparing is ten times as fast as reading. */
  #readHead(bytes: Buffer, from: number, to: number): Head | string {
    const known = this.#known;
    if (
      known?.bytes.length === to - from &&
      bytes.compare(known.bytes, 0, to - from, from, to) === 0
    )
      return known.head;
    const head = readHead(bytes.toString("latin1", from, to));
    if (typeof head !== "string")
      this.#known = { bytes: Buffer.from(bytes.subarray(from, to)), head };
    return head;
  }

  #follow({ status, length, isChunked, keepsAlive }: Head): void {
    if (status < 200) {
      this.#interim++;
      if (status === 101) this.#fail("malformed answer: another protocol that nobody asked for");
      if (this.#interim > MOST_INTERIM)
        this.#fail("malformed answer: interim answers without an end");
      return;
    }
    this.status = status;
    this.keepsAlive = keepsAlive;
    if (this.#isHead || status === 204 || status === 304 || length === 0) this.#stage = "done";
    else if (isChunked) {
      this.#chunks = new Chunks((piece) => this.#body(piece));
      this.#stage = "chunks";
    } else if (length === undefined) {
      this.keepsAlive = false;
      this.#stage = "until closed";
    } else {
      this.#left = length;
      this.#stage = "length";
    }
  }

  #body(piece: Buffer): void {
    this.bytes += piece.length;
    this.#see?.(piece);
  }

  #plain(chunk: Buffer, from: number): number {
    const most = this.#stage === "length" ? this.#left : chunk.length;
    const end = Math.min(chunk.length, from + most);
    this.bytes += end - from;
    this.#see?.(chunk.subarray(from, end));
    this.#left -= end - from;
    if (this.#stage === "length" && this.#left === 0) this.#stage = "done";
    return end;
  }

  #chunked(chunk: Buffer, from: number): number {
    const said = this.#chunks?.push(chunk, from) ?? "more";
    if (said === "more") return chunk.length;
    if ("fault" in said) return this.#malformed(said.fault, chunk);
    this.#stage = "done";
    return said.endsAt;
  }
}
