import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { HttpRequest, HttpResponse } from "../../ports/http.ts";
import { show } from "../identity.ts";
import { invalidation } from "./cloudfront.ts";
import { manifestDigest, type Manifest } from "./manifest.ts";
import type { PurgeHook } from "./purge-options.ts";
import type { Setting } from "./setting.ts";

const ASK_MS = 20_000;
const PAUSE_MS = 1_000;
const MOST_TRIES = 5;
const ANSWER_BYTES = 4_000;

type World = Pick<Setting, "http" | "clock" | "options" | "folder">;

/** What was last purged for; kept before it begins, so that a second try is known to a cache as the same one. */
interface Receipt {
  readonly of: string;
  readonly reference: string;
  readonly isDone: boolean;
}

/** Tells the caches to forget what they have, once for each switch. Fault `purge-failed`. */
export async function purge(world: World, manifest: Manifest, act: Act): Promise<void> {
  const { purge: hooks } = world.options;
  if (hooks.length === 0) return;
  const of = `${manifest.release.id} ${manifestDigest(manifest)}`;
  const before = await readReceipt(world);
  if (before?.of === of && before.isDone) return;
  const reference =
    before?.of === of ? before.reference : `${manifest.release.id} ${world.clock.now()}`;
  await writeReceipt(world, { of, reference, isDone: false });
  for (const hook of hooks) {
    const name =
      "cloudfront" in hook ? `CloudFront ${hook.cloudfront.distribution}` : hook.http.url;
    await tell(world, {
      name,
      act,
      request: () =>
        "cloudfront" in hook
          ? invalidation(hook.cloudfront, { reference, at: world.clock.now() })
          : plain(hook.http),
    });
    act.say(`${name} was told to forget`);
  }
  await writeReceipt(world, { of, reference, isDone: true });
}

type Asking = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

function plain({ method, url, headers, body }: PurgeHook): Asking {
  return { method, url, headers: Object.entries(headers), ...(body !== undefined && { body }) };
}

async function tell(
  { http, clock }: World,
  { name, request, act }: { name: string; request: () => Asking; act: Act },
): Promise<void> {
  const deadline = clock.monotonic() + act.timeoutMs;
  for (let tries = 1; ; tries++) {
    const answer = await ask(http, request(), act);
    if (isGood(answer)) return;
    const isOver = tries >= MOST_TRIES || clock.monotonic() >= deadline;
    if (isOver || !mayBeBetter(answer))
      throw new Fault({
        code: "purge-failed",
        what: `${name} could not be told to forget what it has of the release before.`,
        fix: "See its address and the rights of the key under `purge`; then run again.",
        detail: "status" in answer ? show(answer) : answer.what,
      });
    await clock.sleep(PAUSE_MS * 2 ** (tries - 1), act.signal);
  }
}

type Answer = HttpResponse | { readonly what: string };

async function ask(http: World["http"], request: Asking, act: Act): Promise<Answer> {
  const timeoutMs = Math.ceil(Math.min(ASK_MS, act.timeoutMs));
  try {
    const { signal } = act;
    return await http.send({ ...request, timeoutMs, maxBytes: ANSWER_BYTES, signal });
  } catch (error) {
    if (!(error instanceof Fault) || act.signal.aborted) throw error;
    return { what: error.failure.what };
  }
}

function isGood(answer: Answer): boolean {
  return "status" in answer && answer.status >= 200 && answer.status < 300;
}

/** Too much at once, and what went wrong over there, passes. */
function mayBeBetter(answer: Answer): boolean {
  if (!("status" in answer)) return true;
  const words = new TextDecoder().decode(answer.body);
  return (
    answer.status === 429 ||
    answer.status >= 500 ||
    words.includes("TooManyInvalidationsInProgress")
  );
}

function receiptFile({ folder }: World): string {
  return path.join(folder, "purged.json");
}

async function readReceipt(world: World): Promise<Receipt | undefined> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by writeReceipt, whole or not at all
    return JSON.parse(await readFile(receiptFile(world), "utf8")) as Receipt;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function writeReceipt(world: World, receipt: Receipt): Promise<void> {
  await mkdir(world.folder, { recursive: true, mode: 0o700 });
  await writeDurably(receiptFile(world), `${JSON.stringify(receipt)}\n`);
}
