import { Fault } from "../../model/failure.ts";

/** Both ends have taken the digest of what went from one to the other. Fault `backup-transfer`. */
export function refuseOther(
  way: string,
  sent: string | undefined,
  arrived: string | undefined,
): void {
  if (sent !== undefined && sent === arrived) return;
  throw new Fault({
    code: "backup-transfer",
    what: `The copy that was ${way} is not the same at both ends: its sha256 is ${short(sent)} where it came from, and ${short(arrived)} where it went.`,
    fix: "Run it again; if it stays so, see whether a disk is full or damaged.",
  });
}

function short(sum: string | undefined): string {
  return sum === undefined ? "not known" : `${sum.slice(0, 12)}…`;
}

/** The digest that sha256sum has printed among other words. */
export function digestIn(text: string): string | undefined {
  return /^[0-9a-f]{64}(?=\s|$)/m.exec(text)?.[0];
}
