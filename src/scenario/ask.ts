import { Fault } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import type { Obstacle } from "./build-text.ts";
import { curlLine } from "./curl.ts";
import type { Answer, Jar } from "./jar.ts";
import type { Act } from "./model.ts";
import { buildRequest } from "./request.ts";
import type { Built } from "./request.ts";
import { send } from "./send.ts";
import type { KnownUser, Session } from "./session.ts";
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

/** The request as it goes over the wire, but for the cookies. */
export function built(act: Ask, session: Session): Built | Obstacle {
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
      find: (name) => session.scratch.find(name),
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
  const request = built(act, session);
  if ("why" in request) return { came: "no request", ...request };
  const user = userName(act, session) ?? "";
  const jar = await session.jars.of(user);
  const asked = lineOf(request, { act, session, jar });
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

function lineOf(
  request: Built,
  { act, session, jar }: { readonly act: Ask; readonly session: Session; readonly jar: Jar },
): AskedLine {
  const { hide } = session.shared;
  const cookies = jar.header(request.url)?.replaceAll(/=[^;]*/g, "=***");
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
    }),
  };
}
