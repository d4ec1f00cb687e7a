import { readFileSync } from "node:fs";
import { errorCode } from "../lib/error-code.ts";
import { writeDurably } from "../lib/durable-file.ts";
import { Fault } from "../model/failure.ts";
import type { HostKey } from "../ports/host-keys.ts";
import { fingerprint, keysOf, withKey } from "./known-hosts.ts";
import type { Reach, Workplace } from "./workplace.ts";

const ASK_MS = 30_000;

/** What is known of one host, and what it says when it is asked now. */
export interface HostView {
  readonly name: string;
  readonly address: string;
  /** Of its enrolled keys; empty: nobody has enrolled it. */
  readonly fingerprints: readonly string[];
  /** When it let us in. */
  readonly answers?: { readonly ms: number; readonly user: string; readonly system: string };
  /** Why it did not. */
  readonly trouble?: { readonly code: string; readonly what: string; readonly fix: string };
}

/** Every host of an environment, asked now, all at once. */
export async function listHosts({ clock }: Workplace, reach: Reach): Promise<readonly HostView[]> {
  const known = readKnown(reach.knownHosts);
  return Promise.all(
    reach.specs.map(async ({ name }) => {
      const host = reach.hosts.host(name);
      const fingerprints = keysOf(known, name).map(fingerprint);
      const view = { name, address: host.address, fingerprints };
      const began = clock.monotonic();
      try {
        const { user, system } = await host.facts({ timeoutMs: ASK_MS });
        return { ...view, answers: { ms: Math.round(clock.monotonic() - began), user, system } };
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const { code, what, fix } = error.failure;
        return { ...view, trouble: { code, what, fix } };
      }
    }),
  );
}

/** What a host shows against what is enrolled. */
export interface Candidate {
  readonly name: string;
  readonly shown: HostKey;
  readonly fingerprint: string;
  /** Fingerprints of its enrolled keys. */
  readonly before: readonly string[];
  readonly is: "new" | "enrolled" | "changed";
}

/** Asks one host for its key. Nothing is written. */
export async function candidateFor(reach: Reach, name: string): Promise<Candidate> {
  const shown = await reach.keys.shown(name, { timeoutMs: ASK_MS });
  const known = keysOf(readKnown(reach.knownHosts), name);
  const isKnown = known.some(({ type, key }) => type === shown.type && key === shown.key);
  return {
    name,
    shown,
    fingerprint: fingerprint(shown),
    before: known.map(fingerprint),
    is: isKnown ? "enrolled" : known.length > 0 ? "changed" : "new",
  };
}

/** Writes a host's key down, with who did so and when; durable when it resolves. */
export async function enrol(
  { clock, who }: Workplace,
  { knownHosts }: Reach,
  { name, shown }: Candidate,
): Promise<void> {
  const by = `${new Date(clock.now()).toISOString().slice(0, 19)}Z by ${who}`;
  await writeDurably(knownHosts, withKey(readKnown(knownHosts), name, { shown, by }));
}

/** Those that are wanted, or all; the ones that others are reached through come first. Fault `no-such-host`. */
export function inOrder({ specs }: Reach, wanted: readonly string[]): readonly string[] {
  const names = specs.map(({ name }) => name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (names.length === 0 || unknown !== undefined)
    throw new Fault({
      code: "no-such-host",
      what:
        unknown === undefined
          ? "The environment has no hosts."
          : `The environment has no host "${unknown}".`,
      fix:
        names.length === 0 ? "Write them under its `hosts`." : `Use one of: ${names.join(", ")}.`,
    });
  const jumps = (name: string): number => {
    const jump = specs.find((each) => each.name === name)?.jump;
    return jump === undefined ? 0 : 1 + jumps(jump);
  };
  const all = wanted.length > 0 ? [...new Set(wanted)] : names;
  return all.toSorted((a, b) => jumps(a) - jumps(b));
}

function readKnown(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}
