import { nearest } from "../lib/nearest.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Parameter, Scenario, TlsFiles } from "./model.ts";
import type { User } from "./model-request.ts";
import { openApiOf } from "./openapi.ts";
import { plainValues } from "./read-act.ts";
import { PHASES } from "./schema.ts";
import type { ScenarioText, TlsText, UserText } from "./schema.ts";
import { complain, complainOfKey, readCompanion } from "./source.ts";
import type { Source } from "./source.ts";

/** What a scenario has beside its steps. */
type Setting = Pick<Scenario, "parameters" | "users" | "tls" | "openapi">;

/** Parameters, users, keys and the API's description, with a complaint for everything that cannot be meant. */
export function settingOf(text: ScenarioText, source: Source): Setting {
  const users = Object.entries(text.users ?? {}).map(
    ([name, user]) => [name, userOf(name, user, source)] as const,
  );
  const parameters = Object.entries(text.parameters ?? {}).map(([name, given]) => {
    const { default: value } = plainValues(given);
    const parameter: Parameter = {
      about: given.about ?? "",
      ...(value === undefined ? {} : { default: value }),
    };
    return [name, parameter] as const;
  });
  return {
    parameters: Object.fromEntries(parameters),
    users: Object.fromEntries(users),
    ...(text.tls === undefined ? {} : { tls: tlsOf(text.tls, source) }),
    ...descriptionOf(text.openapi, source),
  };
}

/** A base that looks nothing up is a URL. */
export function checkBase(base: string | undefined, source: Source): void {
  if (base === undefined || base.includes("${")) return;
  if (/^https?:\/\/[^/?#]/.test(base) && URL.canParse(base)) return;
  const meant = `http://${base}`;
  const isHost = !/^[a-z]+:\/\//.test(base) && URL.canParse(meant);
  complain(source, ["base"], {
    code: "wrong-base",
    what: `"${base}" is not the URL of an application.`,
    fix: isHost
      ? `Begin it with http:// or https://: ${meant}`
      : "Write it whole: https://staging.example.com",
  });
}

function userOf(name: string, text: UserText, source: Source): User {
  const path = ["users", name];
  const header = Object.keys(text.headers ?? {}).some(
    (key) => key.toLowerCase() === "authorization",
  );
  if ([text.basic !== undefined, text.bearer !== undefined, header].filter(Boolean).length > 1)
    complainOfKey(source, [...path, text.bearer === undefined ? "basic" : "bearer"], {
      code: "two-authorizations",
      what: "Authorization is given more than once.",
      fix: "Keep one of basic, bearer and the header.",
    });
  return {
    ...(text.basic === undefined ? {} : { basic: text.basic }),
    ...(text.bearer === undefined ? {} : { bearer: text.bearer }),
    ...(text.headers === undefined ? {} : { headers: text.headers }),
  };
}

function tlsOf(text: TlsText, source: Source): TlsFiles {
  const { ca, certificate, key, server_name: serverName } = text;
  if ((certificate === undefined) !== (key === undefined))
    complainOfKey(source, ["tls", certificate === undefined ? "key" : "certificate"], {
      code: "half-a-key",
      what: "A certificate and its key belong together; one of them is missing.",
      fix: "Give both, or neither.",
    });
  for (const [name, path] of Object.entries({ ca, certificate, key })) {
    // A look-up is answered when it runs: a secret that holds the text itself, or a path.
    if (path === undefined || path.includes("${")) continue;
    const pem = readCompanion(source, path, ["tls", name]);
    if (pem !== undefined && !pem.includes("-----BEGIN "))
      complain(source, ["tls", name], {
        code: "not-pem",
        what: `${path} is not a PEM file.`,
        fix: "Give a file that begins with -----BEGIN.",
      });
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function descriptionOf(path: string | undefined, source: Source): Pick<Scenario, "openapi"> {
  if (path === undefined) return {};
  const text = readCompanion(source, path, ["openapi"]);
  const read = text === undefined ? undefined : openApiOf(text, path);
  source.diagnostics.push(...(read?.diagnostics ?? []));
  return read?.ok === true ? { openapi: read.value } : {};
}

/** What is held against a description needs one. */
export function checkDescribed(scenario: Scenario, source: Source): void {
  const all = [scenario, ...includesOf(scenario).filter(({ openapi }) => openapi === undefined)];
  const steps = all.flatMap(({ setup, steps: own, reset, always }) =>
    [setup, own, reset, always].flat(),
  );
  const asked = steps.flatMap(({ expectations, again }) =>
    again?.kind === "until" ? [...expectations, ...again.until, ...again.failIf] : expectations,
  );
  if (scenario.openapi !== undefined) return;
  for (const { at } of asked.filter(({ query }) => query.of === "openapi"))
    source.diagnostics.push({
      code: "no-description",
      severity: "error",
      what: "There is no description that the answer could be held against.",
      fix: "Name it at the top of the scenario: `openapi: api.yaml`.",
      length: 1,
      ...at,
    });
}

/** The users whom steps may ask as: the scenario's own, and those of whatever it includes. */
export function checkUsers(text: ScenarioText, scenario: Scenario, source: Source): void {
  const own = Object.keys(scenario.users);
  const included = new Map<string, string>();
  for (const inner of includesOf(scenario))
    for (const name of Object.keys(inner.users)) {
      if (own.includes(name))
        complainOfKey(source, ["users", name], {
          code: "name-taken",
          what: `The user "${name}" is already described in ${inner.file}.`,
          fix: "Describe each user once; those of an included scenario can be used here.",
        });
      included.set(name, inner.file);
    }
  const known = [...own, ...included.keys()];
  const used = new Set<string>();
  for (const phase of PHASES)
    for (const [at, { as }] of (text[phase] ?? []).entries()) {
      if (as === undefined) continue;
      used.add(as);
      if (!known.includes(as)) blame(as, known, { path: [phase, at, "as"], source });
    }
  for (const name of own.filter((each) => !used.has(each)))
    complainOfKey(source, ["users", name], {
      code: "unused-user",
      severity: "warning",
      what: `No step asks as "${name}".`,
      fix: `Say \`as: ${name}\` on a step, or take the user out.`,
    });
}

function blame(
  as: string,
  known: readonly string[],
  { path, source }: { readonly path: TextPath; readonly source: Source },
): void {
  const meant = nearest(as, known);
  complain(source, path, {
    code: "unknown-user",
    what: `There is no user "${as}".`,
    fix: meant
      ? `Did you mean "${meant}"?`
      : `Describe it under \`users\`: { ${as}: {} } has a cookie jar of its own.`,
  });
}

/** Every scenario that this one includes, however deep. */
function includesOf(scenario: Scenario): readonly Scenario[] {
  const direct = [scenario.setup, scenario.steps, scenario.reset, scenario.always]
    .flat()
    .flatMap(({ act }) => (act.do === "include" ? [act.scenario] : []));
  return direct.flatMap((each) => [each, ...includesOf(each)]);
}
