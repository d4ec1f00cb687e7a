import type { CookieRecord } from "../ports/browser.ts";
import type { HttpResponse } from "../ports/http.ts";
import { openJar } from "./jar.ts";
import type { Jar } from "./jar.ts";

/** The cookies of everybody in one run of a scenario, by user; "" is nobody in particular. */
export interface Jars {
  of(user: string): Promise<Jar>;
  /** The same cookies for another run, which keeps its own from there on. */
  copy(): Jars;
  records(): Readonly<Record<string, readonly CookieRecord[]>>;
  /** Every jar in the form of curl's cookie file, values hidden; undefined when all are empty. */
  show(): string | undefined;
}

interface Taken {
  readonly user: string;
  readonly url: string;
  readonly response: HttpResponse;
}

const NO_BODY = new Uint8Array();
/** Answers with cookies before the first run that a copy begins with; a sign-in has a handful. */
const MOST_TAKEN = 10_000;

export function openJars(taken: readonly Taken[] = []): Jars {
  const jars = new Map<string, Promise<Jar>>();
  const opened = new Map<string, Jar>();
  const kept = [...taken];
  const keep = (each: Taken) => {
    if (kept.length < MOST_TAKEN) kept.push(each);
  };
  const open = async (user: string): Promise<Jar> => {
    const jar = await openJar();
    for (const { url, response, user: whose } of taken) if (whose === user) jar.take(url, response);
    const watched: Jar = {
      ...jar,
      take: (url, response) => {
        if (setsCookies(response)) keep({ user, url, response: { ...response, body: NO_BODY } });
        return jar.take(url, response);
      },
    };
    opened.set(user, watched);
    return watched;
  };
  return {
    of: (user) => {
      const jar = jars.get(user) ?? open(user);
      jars.set(user, jar);
      return jar;
    },
    copy: () => openJars(kept),
    records: () => Object.fromEntries([...opened].map(([user, jar]) => [user, jar.records()])),
    show: () => showAll([...opened]),
  };
}

function setsCookies({ headers }: HttpResponse): boolean {
  return headers.some(([name]) => name.toLowerCase() === "set-cookie");
}

function showAll(jars: readonly (readonly [string, Jar])[]): string | undefined {
  const shown = jars.flatMap(([user, jar]) => {
    const text = jar.show();
    if (text === undefined) return [];
    return [user === "" ? text : `# ${user}\n${text}`];
  });
  return shown.length === 0 ? undefined : shown.join("\n");
}
