import { describe, expect, it } from "vitest";
import { findsForms } from "./mask-scan.ts";
import { formsOf } from "./mask-forms.ts";
import { createMask } from "./mask.ts";

const SECRETS = [
  "hunter2hunter2",
  `s3cr<é>t &"pa's$/\\`,
  "-----BEGIN-----\nMIIEvQIBADAN\nAQEFAASCBKcw\n-----END-----",
];

describe("a masked stream of a long log", () => {
  it("hides every form between ordinary lines, in a million random chunks, and nothing else", async () => {
    const forms = formsOf(SECRETS).map((form) => Buffer.from(form));
    const mask = createMask(SECRETS);
    const finder = findsForms(SECRETS);
    let state = 11;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let chunks = 0; chunks < 1_000_000;) {
      const lines = Array.from({ length: 500 }, (_, line) => {
        const form = random(3) === 0 ? forms[random(forms.length)] : undefined;
        const behind = ` took ${random(1_000)} ms\n`;
        return { open: `line ${line} `, form, behind };
      });
      const log = Buffer.concat(
        lines.flatMap(({ open, form, behind }) => [
          Buffer.from(open),
          form ?? Buffer.from("-"),
          Buffer.from(behind),
        ]),
      );
      const stream = mask.stream();
      const out: Uint8Array[] = [];
      for (let at = 0; at < log.length;) {
        const size = random(200) === 0 ? random(2_000) : random(8);
        out.push(stream.push(log.subarray(at, at + size)));
        at += size;
        chunks++;
      }
      const masked = Buffer.concat([...out, stream.flush()]);
      expect(masked.equals(mask.bytes(log))).toBe(true);
      expect(await finder.inChunks([masked])).toBe(false);
      const shown = masked
        .toString()
        .split("\n")
        .filter((line) => /^line \d+ (?:-|\*\*\*).* took \d+ ms$/.test(line));
      expect(shown.length).toBe(lines.length);
    }
  });
});
