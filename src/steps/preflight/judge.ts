import { showSize } from "../../lib/size.ts";
import { compilePattern } from "../../lib/pattern.ts";
import { bad, good, type CheckOf, type Row } from "./row.ts";
import { findVersion, isIn, parseRange } from "./version.ts";

/** What a program said when it was asked for its version. */
export type Saying =
  | { readonly is: "missing" }
  | { readonly is: "failed"; readonly said: string }
  | { readonly is: "said"; readonly said: string };

/** The verdict on a program; `install` says how to get it. */
export function judgeTool(check: CheckOf<"tool">, saying: Saying): Row {
  const { tool, args, version } = check;
  const name = version === undefined ? tool : `${tool} ${version}`;
  if (saying.is === "missing")
    return bad(name, "not found", `Install ${tool}, or put it on the PATH.`);
  if (saying.is === "failed")
    return bad(
      name,
      `${[tool, ...(args ?? ["--version"])].join(" ")} fails`,
      `Try it by hand; if it says its version in another way, give \`args\`.`,
    );
  if (version === undefined) return good(name, firstLine(saying.said));
  return judgeVersion(name, saying.said, {
    range: version,
    silent: "Give the `args` that make it say its version.",
    old: `Install ${tool} ${version}.`,
  });
}

/** The verdict on a version that stands somewhere in a text. */
export function judgeVersion(
  name: string,
  said: string,
  { range: wanted, silent, old }: { range: string; silent: string; old: string },
): Row {
  const range = parseRange(wanted);
  if (range === undefined)
    return bad(
      name,
      `"${wanted}" is not a range of versions`,
      "Write it like `>=2.30` or `>=20 <23`.",
    );
  const version = findVersion(said);
  if (version === undefined) return bad(name, `no version in "${firstLine(said)}"`, silent);
  return isIn(version, range) ? good(name, version.join(".")) : bad(name, version.join("."), old);
}

/** The verdict on free space; `where` is said with what was found. */
export function judgeDisk(
  name: string,
  {
    wanted,
    free,
    where,
  }: { readonly wanted: number; readonly free: number; readonly where: string },
): Row {
  const found = `${showSize(free)} free${where}`;
  return free >= wanted
    ? good(name, found)
    : bad(name, found, `Free ${showSize(wanted - free)} more, or give the machine a larger disk.`);
}

export function judgeMemory(check: CheckOf<"memory">, available: number): Row {
  const name = `memory ${showSize(check.memory)}`;
  const found = `${showSize(available)} available`;
  return available >= check.memory
    ? good(name, found)
    : bad(
        name,
        found,
        `End what uses memory, or give the machine ${showSize(check.memory - available)} more.`,
      );
}

export function portName(check: CheckOf<"port_free">): string {
  return `port ${check.port_free} free`;
}

export function judgeTakenPort(check: CheckOf<"port_free">): Row {
  return bad(
    portName(check),
    "something listens there",
    `See who it is with \`ss -ltnp 'sport = :${check.port_free}'\`, and end it or choose another port.`,
  );
}

/** The verdict on a file that could be read, or on its beginning. */
export function judgeText(check: CheckOf<"file">, text: string): Row {
  const name = `file ${check.file}`;
  if (text.trim() === "") return bad(name, "empty", `Write into ${check.file} what belongs there.`);
  if (check.equals !== undefined && text.trim() !== check.equals.trim())
    return bad(name, `says "${start(text)}"`, `Make it say "${start(check.equals)}".`);
  if (check.contains !== undefined && !text.includes(check.contains))
    return bad(name, `lacks "${start(check.contains)}"`, `Add it to ${check.file}.`);
  if (check.matches !== undefined) return matching(name, text, check.matches);
  return good(name, check.equals === undefined ? "there" : `says "${start(text)}"`);
}

/** The verdict on a file that could not. */
export function judgeNoFile({ file }: CheckOf<"file">, why: string): Row {
  return bad(`file ${file}`, why, `Put ${file} where the plan says, readable for this user.`);
}

function matching(name: string, text: string, wanted: string): Row {
  const compiled = compilePattern(wanted);
  if (!compiled.ok)
    return bad(name, `/${wanted}/ is no pattern: ${compiled.why}`, "Correct the pattern.");
  const found = compiled.pattern.find(text);
  return found
    ? good(name, `has "${start(found.text)}"`)
    : bad(name, `nothing matches /${wanted}/`, "Mend the file, or the pattern.");
}

export function judgeStatus(check: CheckOf<"url">, status: number): Row {
  const name = `${check.url} answers`;
  const isGood = check.status === undefined ? status < 400 : status === check.status;
  return isGood
    ? good(name, `${status}`)
    : bad(
        name,
        `${status}`,
        `See why it does not answer ${check.status ?? "with a status below 400"}.`,
      );
}

/** The first line that says something, short. */
export function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0]?.slice(0, 60) ?? "";
}

function start(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
