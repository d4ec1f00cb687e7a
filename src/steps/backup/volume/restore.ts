import { Fault } from "../../../model/failure.ts";
import type { Aside, PutBack } from "../engine.ts";
import { countAt, pack, type Volume } from "./files.ts";
import { FORGET, freshIn, oldIn, PREPARE, SWAP } from "./scripts.ts";

/** Unpacked beside the live files, and only then moved into their place; those go into the file, and only then away. */
export async function putBackVolume(
  at: Volume,
  file: string | undefined,
  aside: Aside,
): Promise<PutBack> {
  const { spec, there, work } = at;
  const run = work.run.id;
  const script = (stdin: string, deed: string) =>
    there.ask({ argv: ["sh", "-eu", "-s", spec.path, run], stdin }, deed);
  const found = (await script(PREPARE, "make room beside the files")).trim();
  if (found === "fresh" && file !== undefined) {
    const argv = ["tar", "-xf", "-", "-C", freshIn(spec.path, run)] as const;
    await there.into({ argv }, file, "unpack the copy");
  }
  if (found !== "moved") await script(SWAP, "put the files of the copy in place");
  const refusal = await keepReplaced(at, aside, () => script(FORGET, "remove the replaced files"));
  return { tables: await countAt(there, spec.path), refusal };
}

async function keepReplaced(
  at: Volume,
  aside: Aside,
  forget: () => Promise<unknown>,
): Promise<readonly string[]> {
  const folder = oldIn(at.spec.path, at.work.run.id);
  try {
    await aside.keeping();
    await pack(at, folder, aside.file);
    await forget();
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [`The replaced files are in ${folder} still: ${error.failure.what}`];
  }
}
