/** How fast a log passes through the mask, how long a mask takes to build, and what an obvious one would do instead. */
import { createMask, type Mask } from "../src/lib/mask.ts";
import { formsOf } from "../src/lib/mask-forms.ts";
import { median, ms, show } from "./rig.ts";

const MEGABYTES = 32;
const CHUNK = 65_536;
const ROUNDS = 5;

let state = 1;
const random = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_ &$'\"é";
const word = (length: number, letters = LETTERS): string =>
  Array.from({ length }, () => letters[random(letters.length)]).join("");

const secrets = (length: number): string[] => Array.from({ length: 20 }, () => word(length));
const log = (line: (index: number) => string): Buffer => {
  const block = Buffer.from(Array.from({ length: 5_000 }, (_, index) => line(index)).join("\n"));
  return Buffer.concat(
    Array.from({ length: Math.ceil((MEGABYTES * 1e6) / block.length) }, () => block),
  );
};
const ordinary = (index: number): string =>
  `2026-11-21T05:00:${index % 60}.123Z INFO ${word(16, "0123456789abcdef")} GET /api/things/${index}?q=tide status=200 took ${index % 97} ms`;

function rate(data: Uint8Array, work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return data.length / 1e3 / median(times);
}

function through(mask: Mask, data: Uint8Array): () => void {
  return () => {
    const stream = mask.stream();
    for (let at = 0; at < data.length; at += CHUNK) stream.push(data.subarray(at, at + CHUNK));
    stream.flush();
  };
}

function obvious(values: readonly string[], data: Buffer): () => void {
  const forms = formsOf(values).map((form) => Buffer.from(form));
  return () => {
    for (let at = 0; at < data.length; at += CHUNK) {
      const chunk = data.subarray(at, at + CHUNK);
      for (const form of forms) chunk.indexOf(form);
    }
  };
}

const megabytes = (figure: number): string => `${Math.round(figure)} MB/s`;
const LEAST = 100;
const bounded = (what: string, figure: number): void =>
  show({
    what,
    figure: megabytes(figure),
    bound: `≥ ${LEAST} MB/s`,
    isGood: figure >= LEAST,
  });

const long = secrets(24);
const short = secrets(8);
const plain = log(ordinary);
const leaking = log((index) =>
  index % 10 === 0 ? `token=${long[index % 20]} used` : ordinary(index),
);
const encoded = Buffer.from(log(() => word(76, LETTERS.slice(0, 64))));

bounded(
  "20 secrets of 24 characters, log without them",
  rate(plain, through(createMask(long), plain)),
);
bounded(
  "20 secrets of 8 characters, log without them",
  rate(plain, through(createMask(short), plain)),
);
bounded(
  "20 secrets of 24 characters, in every tenth line",
  rate(leaking, through(createMask(long), leaking)),
);
bounded(
  "20 secrets of 24 characters, base64 all the way",
  rate(encoded, through(createMask(long), encoded)),
);
const first = plain.subarray(0, 2e6);
show({
  what: "for comparison: indexOf for each form, no replacing, no splits",
  figure: megabytes(rate(first, obvious(long, first))),
});
const key = Array.from({ length: 50 }, () => word(64, LETTERS.slice(0, 64))).join("\n");
for (const [what, values] of [
  ["20 secrets", long],
  ["a private key of 50 lines", [key]],
] as const) {
  const size = formsOf(values).reduce((sum, { length }) => sum + length, 0);
  const took = median(
    Array.from({ length: 9 }, () => {
      const began = performance.now();
      createMask(values);
      return performance.now() - began;
    }),
  );
  show({
    what: `building the mask: ${what}, ${formsOf(values).length} forms, ${size} bytes`,
    figure: ms(took),
  });
}
