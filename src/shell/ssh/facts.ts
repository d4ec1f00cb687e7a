import type { HostFacts } from "../../ports/host.ts";
import type { Limits } from "../../ports/shell.ts";
import { Fault } from "../../model/failure.ts";
import { hostOf, type Line } from "./line.ts";
import { refuseFenced, unusable } from "./trouble.ts";

/** What a host says of itself, and which receipts it has: they are new when somebody removed the old ones. */
export interface Known extends HostFacts {
  readonly receipts: string;
}

/** The first question to a host: makes the connection. */
export async function askFacts(line: Line, limits: Limits): Promise<Known> {
  // ssh itself goes on without a file that is not there, and then it is the host that says no.
  line.world.refuseMissingFiles(line.spec.name);
  const words = wordsFor(line);
  let text = "";
  let heardAt = 0;
  const answer = await line.ask(
    {
      words,
      shared: { words, told: "" },
      out: (chunk) => {
        text += Buffer.from(chunk).toString("utf8");
        heardAt = line.world.clock.now();
      },
    },
    limits,
  );
  if (answer.is === "out of reach") throw new Fault(answer.trouble.failure);
  if (answer.is === "given up") throw late(line, answer.how.how);
  refuseFenced(line, answer.words);
  if (answer.words !== "ok") throw unusable(hostOf(line), answer.words.replace(/^stuck /, ""));
  const told = new Map(
    text.split("\n").map((each): [string, string] => {
      const at = each.indexOf("=");
      return [each.slice(0, at), each.slice(at + 1)];
    }),
  );
  const said = (name: string) => told.get(name) ?? "";
  // uid=1000(deploy) gid=…
  const [, uid, user = ""] = /^uid=(\d+)\(([^)]*)\)/.exec(said("who")) ?? [];
  return {
    user,
    uid: Number(uid),
    home: said("home"),
    boot: said("boot"),
    hasSystemd: told.has("systemd"),
    hasRsync: told.has("rsync"),
    system: said("system"),
    clockOffMs: Math.round(Number(said("clock")) * 1000 - heardAt),
    receipts: said("id"),
  };
}

function wordsFor({ world }: Line) {
  return ["facts", ...world.fence, Buffer.from(world.who).toString("base64url")] as const;
}

function late(line: Line, how: "out-of-time" | "cancelled"): Fault {
  const { name, address, environment } = hostOf(line);
  return new Fault({
    code: "host-unreachable",
    what: `${name} (${address}) did not answer ${how === "cancelled" ? "before we were told to stop" : "in time"}.`,
    fix: `See that it runs and that its ssh server answers: seaworthy hosts list --env ${environment}`,
  });
}
