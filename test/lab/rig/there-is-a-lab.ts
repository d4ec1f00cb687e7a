import { execFileSync } from "node:child_process";

const WANTED = [
  ["an engine", ["version", "--format", "{{.Server.Version}}"]],
  ["Compose v2", ["compose", "version", "--short"]],
  ["BuildKit", ["buildx", "version"]],
  ...[
    "busybox:1",
    "node:24",
    "postgres:15",
    "redis:7",
    "nginx:1",
    "haproxy:2",
    "mariadb:10",
    "host:12",
  ].map((image) => [`the image lab/${image}`, ["image", "inspect", `lab/${image}`]] as const),
] as const;

/** Tests that found nothing to run on would be green for nothing. */
export function setup(): void {
  const missing = WANTED.flatMap(([what, argv]) => (answers(argv) ? [] : [what]));
  if (missing.length > 0)
    throw new Error(`The lab lacks ${missing.join(", ")}. Start it as root: npm run lab`);
}

function answers(argv: readonly string[]): boolean {
  try {
    execFileSync("docker", argv, { stdio: "ignore", timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}
