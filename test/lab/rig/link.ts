/** The way to a host, which a test can cut, hang, slow and close: a proxy on loopback between the ssh client and its sshd. */
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabHost } from "./hosts.ts";

/** `sent` to the host, `received` from it. */
export type Direction = "sent" | "received";

export interface Link extends AsyncDisposable {
  /** 127.0.0.1 */
  readonly address: string;
  readonly port: number;
  /** Path of a known_hosts in which the host's keys stand under its name, and this address and port. */
  readonly knownHostsFile: string;
  /** Bytes that have come in at this link since it was opened, those that it swallowed too. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Connections ever accepted. */
  readonly connections: number;
  /** Resets what is connected now. New connections are welcome. */
  cut(): void;
  /**
   * Half open: every byte is swallowed, both ways, nothing is closed on either side even if the other one goes, and new
   * connections hear nothing. `mend` resets what it has swallowed bytes of.
   */
  hang(): void;
  /** Each connection and direction gets this many bytes in a second. */
  slow(bytesPerSecond: number): void;
  /** Every byte comes this much later, each way. */
  delay(ms: number): void;
  /** New connections are refused. What is connected stays. */
  refuse(): Promise<void>;
  /** As in the beginning, but for what was cut. */
  mend(): Promise<void>;
  /** Lets exactly this many more bytes through (both ways together, unless one is named), then cuts, once. Resolves when it has. */
  cutAfter(bytes: number, of?: Direction): Promise<void>;
  /** The same with a deed of one's own. */
  after(bytes: number, deed: () => void, of?: Direction): void;
}

interface Pair {
  readonly client: Socket;
  readonly host: Socket;
}

interface Weather {
  isHung: boolean;
  bytesPerSecond: number;
  delayMs: number;
}

interface Tripwire {
  left: number;
  readonly of: Direction | undefined;
  readonly deed: () => void;
}

const FAIR: Readonly<Weather> = { isHung: false, bytesPerSecond: 0, delayMs: 0 };
/** What may be under way in one direction before the sender has to wait. */
const UNDER_WAY = 1024 * 1024;
const PIECE_MS = 20;

/** Opens a link to a host on a free port of loopback. */
export async function openLink(
  to: Pick<LabHost, "address" | "port" | "knownHostsFile">,
): Promise<Link> {
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-link-"));
  const pairs = new Set<Pair>();
  const swallowed = new Set<Pair>();
  const weather: Weather = { ...FAIR };
  const bytes: Record<Direction, number> = { sent: 0, received: 0 };
  let tripwires: Tripwire[] = [];
  let connections = 0;

  const reset = (these: Set<Pair>) => {
    for (const pair of these) {
      pair.client.resetAndDestroy();
      pair.host.resetAndDestroy();
      pairs.delete(pair);
    }
    these.clear();
  };
  const cut = () => reset(pairs);

  /** How many of these bytes may still pass: up to the first wire. */
  const trip = (of: Direction, count: number): { pass: number; deeds: readonly (() => void)[] } => {
    const mine = tripwires.filter((wire) => wire.of === undefined || wire.of === of);
    const pass = Math.min(count, ...mine.map(({ left }) => left));
    for (const wire of mine) wire.left -= pass;
    const tripped = mine.filter(({ left }) => left === 0);
    tripwires = tripwires.filter((wire) => !tripped.includes(wire));
    return { pass, deeds: tripped.map(({ deed }) => deed) };
  };

  const carry = (pair: Pair, of: Direction) => {
    const [from, into] = of === "sent" ? [pair.client, pair.host] : [pair.host, pair.client];
    const way = roadInto(into, weather);
    from.on("data", (chunk: Buffer) => {
      bytes[of] += chunk.length;
      if (weather.isHung) return void swallowed.add(pair);
      for (let at = 0; at < chunk.length && pairs.has(pair);) {
        const { pass, deeds } = trip(of, chunk.length - at);
        way.send(chunk.subarray(at, at + pass));
        at += pass;
        // What was let through is on its way before the deed is done.
        if (deeds.length > 0) way.flush();
        for (const deed of deeds) deed();
      }
      if (way.isFull()) {
        from.pause();
        void way.room().then(() => from.resume());
      }
    });
    from.on("end", () => {
      if (weather.isHung || swallowed.has(pair)) return void swallowed.add(pair);
      way.end();
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      if (weather.isHung || swallowed.has(pair)) return void swallowed.add(pair);
      if (from.errored !== null) into.resetAndDestroy();
      if (pair.client.destroyed && pair.host.destroyed) pairs.delete(pair);
    });
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    connections += 1;
    const host = connect({ host: to.address, port: to.port, allowHalfOpen: true, noDelay: true });
    const pair = { client, host };
    pairs.add(pair);
    carry(pair, "sent");
    carry(pair, "received");
  });
  const port = await listen(server, 0);
  const knownHostsFile = join(folder, "known_hosts");
  const address = "127.0.0.1";
  const known = (await readFile(to.knownHostsFile, "utf8")).split("\n");
  const lines = known.flatMap((line) => {
    const [names = "", ...key] = line.split(" ");
    const [name, its] = names.split(",");
    return its === to.address ? [`${name},[${address}]:${port} ${key.join(" ")}\n`] : [];
  });
  await writeFile(knownHostsFile, lines.join(""));

  const after: Link["after"] = (count, deed, of) => void tripwires.push({ left: count, of, deed });
  return {
    address,
    port,
    knownHostsFile,
    bytes,
    get connections() {
      return connections;
    },
    cut,
    hang: () => void (weather.isHung = true),
    slow: (bytesPerSecond) => void (weather.bytesPerSecond = bytesPerSecond),
    delay: (ms) => void (weather.delayMs = ms),
    async refuse() {
      // Its callback waits for the connections, which are to stay.
      if (server.listening) server.close();
    },
    async mend() {
      Object.assign(weather, FAIR);
      reset(swallowed);
      tripwires = [];
      if (!server.listening) await listen(server, port);
    },
    cutAfter: (count, of) =>
      new Promise((resolve) =>
        after(
          count,
          () => {
            cut();
            resolve();
          },
          of,
        ),
      ),
    after,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      reset(swallowed);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** One direction of one connection: bytes leave it in their order, as late and as slowly as the weather has it. */
function roadInto(into: Socket, weather: Weather) {
  const queue: { readonly chunk: Buffer | undefined; readonly due: number }[] = [];
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let hasRoom: (() => void)[] = [];

  const write = (chunk: Buffer) => {
    waiting -= chunk.length;
    if (into.writable) into.write(chunk);
  };
  const later = (ms: number) => {
    timer ??= setTimeout(() => {
      timer = undefined;
      drive();
    }, ms);
  };
  const drive = () => {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      if (into.destroyed) {
        queue.length = 0;
        waiting = 0;
        break;
      }
      const early = first.due - performance.now();
      if (early > 0) return later(early);
      if (first.chunk === undefined) {
        queue.shift();
        into.end();
        continue;
      }
      const rate = weather.bytesPerSecond;
      const share = rate === 0 ? first.chunk.length : Math.ceil((rate * PIECE_MS) / 1000);
      write(first.chunk.subarray(0, share));
      if (share >= first.chunk.length) queue.shift();
      else queue[0] = { ...first, chunk: first.chunk.subarray(share) };
      if (rate > 0) return later(PIECE_MS);
    }
    if (waiting < UNDER_WAY && into.writableLength < UNDER_WAY) {
      for (const tell of hasRoom) tell();
      hasRoom = [];
    } else if (queue.length === 0) later(PIECE_MS);
  };
  return {
    send(chunk: Buffer) {
      waiting += chunk.length;
      queue.push({ chunk, due: performance.now() + weather.delayMs });
      if (timer === undefined) drive();
    },
    /** Everything at once, whatever the weather. */
    flush() {
      for (const { chunk } of queue.splice(0)) if (chunk !== undefined) write(chunk);
    },
    end() {
      queue.push({ chunk: undefined, due: performance.now() + weather.delayMs });
      if (timer === undefined) drive();
    },
    isFull: () => waiting >= UNDER_WAY || into.writableLength >= UNDER_WAY,
    room: () =>
      new Promise<void>((resolve) => {
        hasRoom.push(resolve);
        later(PIECE_MS);
      }),
  };
}
