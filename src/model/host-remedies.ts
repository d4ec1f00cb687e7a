import { asWord } from "../lib/shell-word.ts";
import type { Plan } from "./plan.ts";

type Known = Pick<Plan, "environment" | "inputs">;

/** What to do about several hosts that nobody has enrolled: one command for all of them. Without names it is for every host. */
export function enrolAll(plan: Known, names: readonly string[] = []): string {
  const command = ["seaworthy hosts enrol --env", plan.environment.name, ...names].join(" ");
  return withInputs(plan, `Compare their fingerprints and enrol them: ${command}`);
}

/** A remedy that ends with a command about hosts; with the inputs that say where those are, so that it can be copied. */
export function withInputs({ environment, inputs }: Known, fix: string): string {
  if (!fix.includes("seaworthy hosts ")) return fix;
  const parts = (environment.hosts ?? []).flatMap(({ address, user, key, certificate }) =>
    [address, user, key, certificate].filter((part) => part !== undefined),
  );
  const settings = Object.entries(inputs).flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    // The plan no longer says which input an address was made of: those are meant that stand in one, or that one stands in.
    const isNamed = text !== "" && parts.some((part) => part.includes(text) || text.includes(part));
    return isNamed ? [` ${name}=${asWord(text)}`] : [];
  });
  return `${fix}${settings.join("")}`;
}
