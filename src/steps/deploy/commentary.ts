import type { Evidence } from "../../model/evidence.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";

/** What was kept of a driver's commentary, and why it stopped, if it did. */
export interface Told {
  readonly evidence: readonly Evidence[];
  readonly failure?: Failure;
  /** What the driver counted. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A tool's own words, of which there may be thousands: kept, and not shown. */
const QUOTED = "| ";

/** Lets a driver act while its commentary is shown and kept, also when the world says no in the middle; `keep` only keeps. */
export async function commentary(
  work: Work<unknown>,
  stream: string,
  deed: (act: Act, keep: (text: string) => void) => Promise<void>,
): Promise<Told> {
  const { artifacts, step } = work;
  const wish = step.save[stream];
  const sink =
    wish === undefined
      ? undefined
      : await artifacts.open(await artifacts.name(wish), { keepBytes: step.keepBytes });
  const numbers: Record<string, number> = {};
  const count = (name: string, by: number) => void (numbers[name] = (numbers[name] ?? 0) + by);
  const told = work.act((line) => {
    sink?.write(`${line}\n`);
    if (!line.startsWith(QUOTED)) work.progress(line);
  });
  let failure: Failure | undefined;
  let evidence: readonly Evidence[] = [];
  try {
    await deed({ ...told, count }, (text) => sink?.write(text));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    failure = error.failure;
    const { what, fix, detail } = failure;
    sink?.write(`${what} ${fix}\n${detail === undefined ? "" : `${detail.trimEnd()}\n`}`);
  } finally {
    if (sink) evidence = [await sink.close()];
  }
  return { evidence, numbers, ...(failure && { failure }) };
}
