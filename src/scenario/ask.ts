import { showSize } from "../lib/size.ts";
import { Fault } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import type { Obstacle } from "./build-text.ts";
import { curlLine } from "./curl.ts";
import { singleQuoted } from "./curl-names.ts";
import type { NamedSecret } from "./curl-names.ts";
import type { Answer, Jar } from "./jar.ts";
import type { Act } from "./model.ts";
import { buildRequest } from "./request.ts";
import type { Built } from "./request.ts";
import { send } from "./send.ts";
import type { KnownUser, Session } from "./session.ts";
import { asText } from "./value.ts";
import type { StepVerdict } from "./verdict.ts";

export type Ask = Extract<Act, { readonly do: "ask" }>;
export type AskedLine = NonNullable<StepVerdict["asked"]>;

/** What came of a request: an answer, none, or not even a request. */
export type Asked =
  | { readonly came: "answer"; readonly answer: Answer; readonly asked: AskedLine }
  | { readonly came: "no answer"; readonly failure: Failure; readonly asked: AskedLine }
  | ({ readonly came: "no request" } & Obstacle);

/** As whom a step asks; undefined: nobody in particular. */
export function userName({ as }: Pick<Ask, "as">, session: Session): string | undefined {
  return as ?? session.as;
}

/** The request as it goes over the wire, but for the cookies; `files` takes the name of each path. */
export function built(
  act: Ask,
  session: Session,
  files = new Map<string, string>(),
): Built | Obstacle {
  const user = userName(act, session);
  const known = user === undefined ? undefined : session.users.get(user);
  if (user !== undefined && known === undefined)
    return {
      why: `the user "${user}" is described in a scenario that was not included yet`,
      fix: "Include that scenario in a step before.",
    };
  try {
    const made = buildRequest(act.request, {
      base: session.base,
      answers: answersFor(known, session),
      find: (name) => {
        const path = session.scratch.find(name);
        files.set(path, name);
        return path;
      },
      ...(known === undefined ? {} : { user: known.user }),
      ...(session.tls === undefined ? {} : { tls: session.tls }),
    });
    return made.ok ? made.request : made;
  } catch (error) {
    if (error instanceof Fault) return { why: asEnd(error.failure.what), fix: error.failure.fix };
    throw error;
  }
}

/** A sentence as the end of another one. */
function asEnd(sentence: string): string {
  const said = sentence.replace(/\.$/, "");
  return /^(There|The|A|It) /.test(said) ? `${said[0]?.toLowerCase()}${said.slice(1)}` : said;
}

/** A user's headers may look up what only the scenario that describes the user knows. */
function answersFor(known: KnownUser | undefined, session: Session): Session["answers"] {
  if (known === undefined) return session.answers;
  return (name) => session.answers(name) ?? known.answers(name);
}

/** Asks once. Faults of the network and of the disk are an answer, too. */
export async function askOnce(act: Ask, session: Session, timeoutMs: number): Promise<Asked> {
  const files = new Map<string, string>();
  const request = built(act, session, files);
  if ("why" in request) return { came: "no request", ...request };
  const user = userName(act, session) ?? "";
  const jar = await session.jars.of(user);
  const asked = lineOf(request, { act, session, jar, files });
  const { world, tally } = session.shared;
  try {
    tally.requests++;
    const answer = await send(request, {
      http: world.http,
      jar,
      scratch: session.scratch,
      timeoutMs,
      follow: act.follow,
      connection: `${world.scratch}:${user}`,
      signal: session.signal,
    });
    tally.bytes += answer.bytes;
    return { came: "answer", answer, asked };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { came: "no answer", failure: error.failure, asked };
  }
}

interface Line {
  readonly act: Ask;
  readonly session: Session;
  readonly jar: Jar;
  /** Path → name of each file that is sent. */
  readonly files: ReadonlyMap<string, string>;
}

function lineOf(request: Built, { act, session, jar, files }: Line): AskedLine {
  const { hide } = session.shared;
  const given = request.headers.some(([name]) => name.toLowerCase() === "cookie");
  const cookies = given ? undefined : jar.header(request.url);
  const { tls } = session.scenario;
  return {
    method: request.method,
    url: hide(request.url),
    curl: curlLine(request, {
      hide,
      follow: act.follow,
      timeoutMs: act.timeoutMs,
      ...(cookies === undefined ? {} : { cookies }),
      ...(tls === undefined ? {} : { tls }),
      name: (path) => files.get(path) ?? path,
      secrets: secretsOf(session),
      notes: [...files.values()].flatMap((name) => madeNote(name, session)),
    }),
  };
}

/** What is hidden and has a name: captured, or given from outside. */
function secretsOf({ captured, shared: { world, hide } }: Session): readonly NamedSecret[] {
  const given = Object.entries(world.answers).map(([name, value]) => ({ name, value }));
  return [...captured(), ...given].flatMap(({ name, value }) => {
    const text = asText(value);
    return /^\w+$/.test(name) && hide(text) === "***" ? [{ name, value: text }] : [];
  });
}

/** How to have again a file that is gone with the scenario. */
function madeNote(name: string, { scenario }: Session): readonly string[] {
  const acts = [...scenario.setup, ...scenario.steps].map(({ act }) => act);
  const made = acts.find((act) => act.do === "make" && act.file === name);
  if (made?.do !== "make") return [];
  const word = singleQuoted(name);
  return [
    `${name} is ${showSize(made.bytes)} made with seed ${made.seed}: \`head -c ${made.bytes} /dev/urandom > ${word}\` will do`,
  ];
}
