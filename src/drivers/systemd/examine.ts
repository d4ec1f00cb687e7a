import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Examined, Reading } from "../../ports/driver.ts";
import { besideOf, type Options } from "./options.ts";

/** What can't work, or proves little, told before anything runs. */
export function examine(options: Options, reading: Reading): Examined {
  return {
    diagnostics: [...unknownHosts(options, reading), ...unasked(options, reading)],
    notes: [how(options)],
  };
}

function unknownHosts({ hosts, rollout }: Options, reading: Reading): readonly Diagnostic[] {
  const known = reading.hosts;
  if (known === undefined) return [];
  const error = (key: string | undefined, what: string, fix: string) =>
    reading.blame(key, { code: "unknown-host", severity: "error", what, fix });
  if (known.length === 0)
    return [
      error(
        undefined,
        "It runs on hosts, and this environment has none.",
        "Write them under the environment's `hosts`: app1: deploy@10.0.0.11",
      ),
    ];
  const wrong = (hosts ?? []).filter((name) => !known.includes(name));
  const wanted = hosts ?? known;
  const isFirstWrong = rollout.first !== undefined && !wanted.includes(rollout.first);
  return [
    ...wrong.map((name) =>
      error(
        "hosts",
        `There is no host ${name} in this environment.`,
        `Use one of: ${known.join(", ")}.`,
      ),
    ),
    ...(isFirstWrong
      ? [
          error(
            "rollout",
            `It is not on a host ${rollout.first}.`,
            `Use one of: ${wanted.join(", ")}.`,
          ),
        ]
      : []),
  ];
}

/** Something listens, and nobody asks it who it is. */
function unasked({ units, ready }: Options, reading: Reading): readonly Diagnostic[] {
  const listens = Object.entries(units).find(([, { port }]) => port !== undefined)?.[0];
  if (ready || listens === undefined) return [];
  return [
    reading.blame(`units.${listens}`, {
      code: "no-ready",
      severity: "warning",
      what: `${listens} listens, and nobody asks it which release it is: that its process runs is all the proof.`,
      fix: "Say where it tells its version: ready: { get: /health }",
    }),
  ];
}

function how(options: Options): string {
  const { units, hosts, rollout, serve } = options;
  const beside = besideOf(options);
  const taken = beside
    ? `started beside the old one on ports ${beside.ports.join(" and ")} in turn, then ${beside.router.file} leads to it`
    : serve === "socket"
      ? "restarted while systemd holds the port"
      : "restarted";
  const where = hosts ? hosts.join(", ") : "all hosts";
  const first = rollout.first === undefined ? "" : `, ${rollout.first} first and alone`;
  const atOnce = rollout.at_once === undefined ? "" : `, ${rollout.at_once} at a time`;
  return `${Object.keys(units).join(", ")} on ${where}${first}${atOnce}: ${taken}`;
}
