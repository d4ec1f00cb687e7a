import { asWord } from "../../lib/shell-word.ts";
import type { PreflightWork } from "./row.ts";

type Known = Pick<PreflightWork, "plan" | "hosts">;

/** What to do about several hosts that nobody has enrolled: one command for all of them. */
export function enrolAll(work: Known, names: readonly string[]): string {
  const { name } = work.plan.environment;
  const isEvery = work.hosts.names.every((each) => names.includes(each));
  const words = isEvery ? "" : ` ${names.join(" ")}`;
  return withInputs(
    work,
    `Nobody has enrolled their host keys. Compare their fingerprints and enrol them: seaworthy hosts enrol --env ${name}${words}`,
  );
}

/** A remedy that ends with a command about hosts; with the inputs that say where those are, so that it can be copied. */
export function withInputs({ plan }: Pick<Known, "plan">, fix: string): string {
  if (!fix.includes("seaworthy hosts ")) return fix;
  const parts = (plan.environment.hosts ?? []).flatMap(({ address, user, key, certificate }) =>
    [address, user, key, certificate].filter((part) => part !== undefined),
  );
  const settings = Object.entries(plan.inputs).flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    // The plan no longer says which input an address was made of: those are meant that stand in one, or that one stands in.
    const isNamed = text !== "" && parts.some((part) => part.includes(text) || text.includes(part));
    return isNamed ? [` ${name}=${asWord(text)}`] : [];
  });
  return `${fix}${settings.join("")}`;
}
