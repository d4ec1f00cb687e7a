import type { Socket } from "node:net";
import { Answer } from "./answer.ts";
import { type BodyLook, lookAtBodies } from "./body-look.ts";
import type { Line, Wire } from "./line.ts";
import { isOurs, reasonOf } from "./reason.ts";
import type { LoadPlan } from "../../ports/load.ts";

/** What a connection tells when its request has ended; everything else stands in the connection. */
export type Ended = (connection: Connection) => void;

/** How connections did, all together. */
export interface Tally {
  opened: number;
  resent: number;
  stray: number;
  /** Whether nobody has seen yet what a bad answer says. */
  wantsBad: boolean;
}

/** More than anybody reads, so that a secret in what is shown is whole here. */
const MOST_BAD_BYTES = 4_096;

const NOTHING = Buffer.alloc(0);

/** One user's way to the server: asks one request at a time, over one socket as long as that lasts. */
export class Connection {
  /** When its request was meant to be sent, and when it was, ms of the monotonic clock. */
  intendedAt = 0;
  startedAt = 0;
  endedAt = 0;
  isMeasured = false;
  isBusy = false;
  /** What was wrong with the answer, or why there is none. */
  fault: string | undefined;
  /** The fault is this machine's. */
  isOurs = false;
  readonly answer: Answer;
  readonly body: BodyLook | undefined;
  /** How the answer's body begins, as long as that is wanted. */
  begins: Buffer = NOTHING;
  readonly #line: Line;
  readonly #keepAlive: boolean;
  readonly #tally: Tally;
  readonly #ended: Ended;
  #socket: Socket | undefined;
  #wire: Wire | undefined;
  #isReused = false;

  constructor(line: Line, plan: LoadPlan, { tally, ended }: { tally: Tally; ended: Ended }) {
    this.#line = line;
    this.#keepAlive = plan.keepAlive;
    this.#tally = tally;
    this.#ended = ended;
    const body = lookAtBodies(plan);
    this.body = body;
    this.answer = new Answer((piece) => {
      body?.see(piece);
      if (tally.wantsBad) this.#keep(piece);
    });
  }

  /** Sends a request; `ended` is told when its answer is complete, or will never be. */
  ask(wire: Wire, intendedAt: number, now: number): void {
    this.intendedAt = intendedAt;
    this.startedAt = now;
    this.fault = undefined;
    this.isOurs = false;
    this.isBusy = true;
    this.#wire = wire;
    this.#send(wire);
  }

  /** Gives the request up. */
  fail(why: string): void {
    this.drop();
    this.#end(why);
  }

  /** Closes the socket; whatever is under way is forgotten. */
  drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #send(wire: Wire): void {
    this.answer.begin(wire.method);
    this.body?.begin();
    this.begins = NOTHING;
    this.#isReused = this.#socket !== undefined;
    this.#socket ??= this.#open();
    this.#socket.write(wire.bytes);
  }

  #keep(piece: Buffer): void {
    const room = MOST_BAD_BYTES - this.begins.length;
    if (room > 0) this.begins = Buffer.concat([this.begins, piece.subarray(0, room)]);
  }

  #open(): Socket {
    this.#tally.opened++;
    const socket = this.#line.connect();
    const isMine = () => this.#socket === socket;
    socket.on("data", (chunk: Buffer) => {
      if (isMine()) this.#take(chunk);
    });
    socket.on("error", (error) => {
      if (isMine()) this.#lost(error);
    });
    const closed = () => {
      if (isMine()) this.#lost(undefined);
    };
    socket.on("end", closed);
    socket.on("close", closed);
    return socket;
  }

  #take(chunk: Buffer): void {
    if (!this.isBusy) {
      this.#tally.stray++;
      this.drop();
      return;
    }
    const { answer } = this;
    if (!answer.push(chunk)) return;
    if (answer.isStrayed) this.#tally.stray++;
    if (!answer.keepsAlive || !this.#keepAlive || answer.isStrayed || answer.fault !== undefined)
      this.drop();
    this.#end(answer.fault);
  }

  #lost(error: Error | undefined): void {
    this.drop();
    if (!this.isBusy) return;
    const wire = this.#wire;
    // The server gave a kept connection up just when we used it: nobody's fault, and every client asks again.
    // https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
    if (this.#isReused && wire?.isIdempotent === true && !this.answer.hasBegun) {
      this.#tally.resent++;
      this.#send(wire);
      return;
    }
    if (error === undefined) this.answer.close();
    this.isOurs = error !== undefined && isOurs(error);
    this.#end(error === undefined ? this.answer.fault : reasonOf(error));
  }

  #end(fault: string | undefined): void {
    this.isBusy = false;
    this.fault = fault;
    this.endedAt = performance.now();
    this.#ended(this);
  }
}
