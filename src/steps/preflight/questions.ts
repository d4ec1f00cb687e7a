import { showSize } from "../../lib/size.ts";
import { databaseInquiry } from "./database.ts";
import { PYTHON_URL } from "./host-script.ts";
import { path, single, type Inquiry, type Question } from "./inquiry.ts";
import {
  firstLine,
  judgeDisk,
  judgeMemory,
  judgeNoFile,
  judgeStatus,
  judgeTakenPort,
  judgeText,
  judgeTool,
  judgeVersion,
  portName,
} from "./judge.ts";
import { bad, good, has, type CheckOf } from "./row.ts";
import type { Check } from "./spec.ts";
import { judgeSudo, sudoName } from "./sudo.ts";
import { findVersion } from "./version.ts";

/** Words that the machine itself is spoken of with. */
export interface Asked {
  /** Who signs in there. */
  readonly user: string;
}

/** A file's beginning that is looked at. */
const MOST_BYTES = 262_144;

/** What a check asks; undefined for those that no script can answer. */
export function inquiryOf(check: Check, asked: Asked): Inquiry | undefined {
  if (has(check, "tool")) return toolInquiry(check);
  if (has(check, "disk")) return diskInquiry(check);
  if (has(check, "memory")) return memoryInquiry(check);
  if (has(check, "port_free")) return portInquiry(check);
  if (has(check, "file")) return fileInquiry(check);
  if (has(check, "writable")) return writableInquiry(check, asked);
  if (has(check, "url")) return urlInquiry(check);
  if (has(check, "sudo")) return sudoInquiry(check, asked);
  if (has(check, "docker")) return dockerInquiry(check, asked);
  if (has(check, "compose")) return composeInquiry(check);
  if (has(check, "database")) return databaseInquiry(check);
  return undefined;
}

function toolInquiry(check: CheckOf<"tool">): Inquiry {
  const { tool, version, args = ["--version"] } = check;
  const name = version === undefined ? tool : `${tool} ${version}`;
  return single(name, ["tool", tool, ...args], ({ code, said }) => {
    if (code === 127) return judgeTool(check, { is: "missing" });
    const number = version === undefined && code === 0 ? findVersion(said) : undefined;
    if (number !== undefined) return good(name, number.join("."));
    return judgeTool(check, { is: code === 0 ? "said" : "failed", said });
  });
}

function diskInquiry(check: CheckOf<"disk">): Inquiry {
  const { disk, at = "/" } = check;
  const name = `disk ${showSize(disk)} at ${at}`;
  return single(name, ["disk", path(at)], ({ said }) => {
    const last = said.trim().split("\n").at(-1) ?? "";
    const free = /\s(\d+)\s+\d+%\s/.exec(last)?.[1];
    if (free !== undefined)
      return judgeDisk(name, { wanted: disk, free: Number(free) * 1024, where: "" });
    return bad(name, "no such folder", "Make the folder, or correct `at`.");
  });
}

function memoryInquiry(check: CheckOf<"memory">): Inquiry {
  const name = `memory ${showSize(check.memory)}`;
  return single(name, ["memory"], ({ said }) => {
    const available = /^MemAvailable:\s+(\d+) kB/m.exec(said)?.[1];
    if (available !== undefined) return judgeMemory(check, Number(available) * 1024);
    return bad(name, "it can't be seen", "See why /proc/meminfo does not tell MemAvailable.");
  });
}

function portInquiry(check: CheckOf<"port_free">): Inquiry {
  const port = check.port_free.toString(16).toUpperCase().padStart(4, "0");
  // State 0A is one that listens.
  const line = `^ *[0-9]+: [0-9A-F]+:${port} [0-9A-F]+:[0-9A-F]+ 0A `;
  return single(portName(check), ["port", line], ({ said, code }) => {
    if (said.trim() !== "") return judgeTakenPort(check);
    return code === 2 && said === ""
      ? bad(portName(check), "it can't be seen", "See why /proc/net/tcp can't be read.")
      : good(portName(check), "free");
  });
}

function fileInquiry(check: CheckOf<"file">): Inquiry {
  const isRead = [check.equals, check.contains, check.matches].some((each) => each !== undefined);
  const question: Question = ["file", path(check.file), isRead ? String(MOST_BYTES) : "0"];
  return single(`file ${check.file}`, question, ({ code, said }) => {
    const why = NOT_READ[code];
    if (why !== undefined) return judgeNoFile(check, why);
    return judgeText(check, isRead || said.trim() === "1" ? said : "");
  });
}

const NOT_READ: Readonly<Record<number, string>> = {
  2: "missing",
  13: "not readable for this user",
  21: "a folder",
};

function writableInquiry(check: CheckOf<"writable">, { user }: Asked): Inquiry {
  const folder = check.writable;
  const name = `${folder} writable`;
  const fix = `As root: install -d -o ${user} ${folder}`;
  return single(name, ["writable", path(folder)], ({ code, said }) =>
    code === 0 ? good(name, "yes") : bad(name, ending(said) || "no", fix),
  );
}

/** The system's own words at the end of a complaint: `Permission denied`. */
function ending(said: string): string {
  return firstLine(said).split(": ").at(-1) ?? "";
}

function urlInquiry(check: CheckOf<"url">): Inquiry {
  const name = `${check.url} answers`;
  const address = URL.parse(check.url)?.href;
  if (address === undefined)
    return {
      name,
      questions: [],
      judge: () => bad(name, "no address", "Write it as https://host/path."),
    };
  return single(name, ["url", address, PYTHON_URL], ({ code, said }) => {
    if (code === 127) return bad(name, "no curl there", "Install curl on the host.");
    const status = Number(said.trim().slice(-3));
    if (status >= 100) return judgeStatus(check, status);
    const last = said.trim().slice(0, -3).trim().split("\n").at(-1) ?? "";
    return bad(
      name,
      last || "no answer",
      "See from the host itself why: its names, its routes, its firewall.",
    );
  });
}

function sudoInquiry(check: CheckOf<"sudo">, { user }: Asked): Inquiry {
  return {
    name: sudoName(check),
    questions: [["sudoers"], ...check.sudo.map((argv): Question => ["sudo", ...argv])],
    judge: ([listing = { code: 1, said: "" }, ...answers]) =>
      judgeSudo(check, listing, { answers, user }),
  };
}

function dockerInquiry(check: CheckOf<"docker">, { user }: Asked): Inquiry {
  const name = `docker ${check.docker}`;
  const question: Question = ["tool", "docker", "version", "--format", "{{.Server.Version}}"];
  return single(name, question, ({ code, said }) => {
    if (code === 127)
      return bad(
        name,
        "not found",
        "Install it: apt-get install docker.io, or as docs.docker.com says.",
      );
    if (code !== 0)
      return /permission denied/i.test(said)
        ? bad(name, "no permission", `As root: usermod -aG docker ${user}; then sign in anew.`)
        : bad(name, "no engine answers", "As root: systemctl enable --now docker");
    return judgeVersion(name, said, {
      range: check.docker,
      silent: "See what `docker version` says there.",
      old: `Install docker ${check.docker}.`,
    });
  });
}

function composeInquiry(check: CheckOf<"compose">): Inquiry {
  const name = `compose ${check.compose}`;
  return single(name, ["compose"], ({ code, said }) =>
    code === 0
      ? judgeVersion(name, said, {
          range: check.compose,
          silent: "See what `docker compose version` says there.",
          old: `Install Docker Compose ${check.compose}.`,
        })
      : bad(
          name,
          "not found",
          "Install it: apt-get install docker-compose-plugin, or as docs.docker.com says.",
        ),
  );
}
