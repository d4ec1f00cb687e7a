import { createByteSearch } from "./byte-search.ts";
import { formsOf } from "./mask-forms.ts";

/** Says whether bytes hold any masked form of any value: to prove that nothing slipped past a mask. */
export interface FormFinder {
  in(bytes: Uint8Array): boolean;
  /** For what comes in chunks, as a file does. Stops reading at the first find. */
  inChunks(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean>;
}

/** Makes a finder for the same forms that `createMask` replaces. */
export function findsForms(values: readonly string[]): FormFinder {
  const search = createByteSearch(formsOf(values));
  const scan = (bytes: Uint8Array, state: number) => {
    let found = false;
    const after = search.scan(bytes, { from: 0, state }, () => (found = true));
    return { found, state: after };
  };
  return {
    in: (bytes) => scan(bytes, 0).found,
    async inChunks(chunks) {
      let at = { found: false, state: 0 };
      for await (const chunk of chunks) {
        at = scan(chunk, at.state);
        if (at.found) return true;
      }
      return false;
    },
  };
}
