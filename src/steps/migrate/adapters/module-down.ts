import type { Answer, Argv, Reversible } from "./adapter.ts";

/**
 * Says of one migration file what its way down is: `none`, `empty` or `there`. Run by the node beside the tool, here or
 * inside the target, for neither tool can be asked before it has applied the file.
 */
const PROGRAM = `
const { readdirSync, readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const [folder, name] = process.argv.slice(1);
const bare = (file) => file.replace(/\\.(up\\.sql|[cm]?[jt]s|sql)$/, "");
function way(file) {
  if (file === undefined) return "unknown";
  if (file.endsWith(".up.sql")) return readdirSync(folder).includes(file.replace(".up.sql", ".down.sql")) ? "there" : "none";
  if (file.endsWith(".sql")) return /^\\s*--[\\s-]*down\\s+migration/im.test(readFileSync(resolve(folder, file), "utf8")) ? "there" : "none";
  const module = require(resolve(folder, file));
  const down = "down" in module ? module.down : module.default?.down;
  if (down === false || down === null) return "none";
  if (typeof down !== "function") return "unknown";
  const text = String(down).replace(/\\/\\*[\\s\\S]*?\\*\\/|\\/\\/.*/g, "");
  return /(\\{\\s*\\}|=>\\s*(null|undefined|Promise\\.resolve\\(\\)))\\s*$/.test(text) ? "empty" : "there";
}
let word = "unknown";
try {
  word = way(readdirSync(folder).find((each) => each === name || bare(each) === name));
} catch {}
process.stdout.write("seaworthy-down: " + word + "\\n", () => process.exit());
`.trim();

export function askModule(folder: string, name: string): Argv {
  return ["node", "-e", PROGRAM, folder, name];
}

export function readModule(answer: Answer | undefined, emptyDown: "refuse" | "allow"): Reversible {
  const word = /^seaworthy-down: (\w+)$/m.exec(answer?.stdout ?? "")?.[1];
  if (word === "there") return "yes";
  if (word === "none") return "no";
  if (word === "empty") return emptyDown === "allow" ? "yes" : "no";
  return "unknown";
}
