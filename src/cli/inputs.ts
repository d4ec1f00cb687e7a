import type { Workplace } from "../actions/workplace.ts";
import { Fault } from "../model/failure.ts";

const INPUT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** Settings given as `NAME=VALUE`, and behind them those that the environment has under a declared name. */
export function inputsFrom(
  words: readonly string[],
  workplace: Workplace,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const inputs: Record<string, string> = {};
  const project = workplace.loadProject();
  for (const { name } of project.ok ? project.value.inputs : []) {
    const value = environment[name];
    if (value !== undefined) inputs[name] = value;
  }
  return { ...inputs, ...settingsOf(words) };
}

/** Settings given as `NAME=VALUE`. */
export function settingsOf(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, value] = INPUT.exec(word) ?? [];
      if (name === undefined || value === undefined) throw notAnInput(word);
      return [name, value];
    }),
  );
}

function notAnInput(word: string): Fault {
  return new Fault({
    code: "not-an-input",
    what: `"${word}" is not a setting.`,
    fix: "Write settings as NAME=VALUE, for example TAG=v1.0.0.",
  });
}
