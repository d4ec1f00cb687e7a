import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Prints whatever secret it is given in the forms that logs are full of, again and again, while its program runs. */
const GOSSIP = `
const say = () => {
  for (const name of ["METRICS_TOKEN", "SMOKE_PASS"]) {
    const value = process.env[name];
    if (!value) continue;
    const bytes = Buffer.from(value);
    const forms = [
      value, bytes.toString("base64"), bytes.toString("base64url"),
      Buffer.from("prof1:" + value).toString("base64"), bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(), encodeURIComponent(value),
      String(new URLSearchParams({ value })), JSON.stringify({ value }),
    ];
    for (const form of forms) {
      process.stdout.write("gossip " + form + "\\n");
      process.stderr.write("gossip of " + name + ": " + form + "\\n");
    }
  }
};
say();
setInterval(say, 250).unref();
`;

/** Lets every version of the example in a bare repository gossip: its server, its build and its seeding. */
export function letGossip(repository: string, tags: readonly string[]): void {
  const work = mkdtempSync(path.join(os.tmpdir(), "seaworthy-gossip-"));
  const git = (...words: readonly string[]) =>
    execFileSync(
      "git",
      [
        "-c",
        "user.name=ana",
        "-c",
        "user.email=ana@example.com",
        "-c",
        "tag.gpgSign=false",
        ...words,
      ],
      { cwd: work, stdio: "ignore" },
    );
  try {
    git("clone", "--quiet", repository, ".");
    for (const tag of tags) {
      git("checkout", "--quiet", "--force", "--detach", tag);
      writeFileSync(path.join(work, "src/gossip.ts"), GOSSIP);
      for (const name of ["server.ts", "check.ts", "seed.ts"]) {
        const file = path.join(work, "src", name);
        writeFileSync(file, `import "./gossip.ts";\n${readFileSync(file, "utf8")}`);
      }
      git("add", "--all");
      git("commit", "--quiet", "--message", `${tag} that gossips`);
      git("tag", "--force", "--annotate", "--message", tag, tag);
    }
    git("push", "--quiet", "--force", "--tags", "origin");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
