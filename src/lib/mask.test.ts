import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf } from "./mask-forms.ts";
import { createMask, type Mask } from "./mask.ts";

const AWKWARD = `s3cr<é>t &"pa's$/\\\`+?~ 🚢`;
const KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq+hk/G9w0\nAQEFAASC\nend\n-----END KEY-----\n";
const SECRETS = [
  AWKWARD,
  KEY,
  "hunter2hunter2",
  "correct-horse-battery",
  "horse-battery-staple",
  "tiny",
];

const bytesOf = (text: string) => new TextEncoder().encode(text);
const buffer = (text: string) => Buffer.from(text, "utf8");

/** The slow and obvious way: every occurrence of every form, merged where they overlap. */
function maskSlowly(forms: readonly Uint8Array[], data: Uint8Array): Buffer {
  const text = Buffer.from(data).toString("latin1");
  const hidden: [number, number][] = [];
  for (const form of forms.map((each) => Buffer.from(each).toString("latin1"))) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
      hidden.push([at, at + form.length]);
  }
  hidden.sort(([a], [b]) => a - b);
  let masked = "";
  let end = 0;
  for (const [from, to] of hidden) {
    if (from >= end) masked += `${text.slice(end, from)}***`;
    end = Math.max(end, to);
  }
  return Buffer.from(masked + text.slice(end), "latin1");
}

function maskInChunks(mask: Mask, data: Uint8Array, cuts: readonly number[]): Buffer {
  const stream = mask.stream();
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const cut of [...cuts, data.length]) {
    parts.push(stream.push(data.slice(at, cut)));
    at = cut;
  }
  return Buffer.concat([...parts, stream.flush()]);
}

/** A small seeded random, for loops too hot for fast-check. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const percentLower = (text: string) => text.replace(/%../g, (code) => code.toLowerCase());
const base64 = (text: string) => buffer(text).toString("base64");

describe("the published forms", () => {
  const awkward = createMask([AWKWARD]);
  it.each([
    ["raw", AWKWARD],
    ["hex", buffer(AWKWARD).toString("hex")],
    ["upper hex", buffer(AWKWARD).toString("hex").toUpperCase()],
    ["a component of an address", encodeURIComponent(AWKWARD)],
    ["a component with lower digits", percentLower(encodeURIComponent(AWKWARD))],
    ["a whole address", encodeURI(AWKWARD)],
    ["a form field", new URLSearchParams({ "": AWKWARD }).toString().slice(1)],
    [
      "a form field with lower digits",
      percentLower(new URLSearchParams({ "": AWKWARD }).toString().slice(1)),
    ],
    ["a component with + for a space", encodeURIComponent(AWKWARD).replaceAll("%20", "+")],
    [
      "every byte percent-encoded",
      Array.from(buffer(AWKWARD), (byte) => `%${byte.toString(16)}`).join(""),
    ],
    ["JSON", JSON.stringify(AWKWARD).slice(1, -1)],
    ["JSON with the slash escaped", JSON.stringify(AWKWARD).slice(1, -1).replaceAll("/", "\\/")],
    [
      "JSON as Python writes it",
      String.raw`s3cr<\u00e9>t &\"pa's$/\\` + "`+?~ " + String.raw`\ud83d\udea2`,
    ],
    [
      "JSON in ASCII with capital digits",
      String.raw`s3cr<\u00E9>t &\"pa's$/\\` + "`+?~ " + String.raw`\uD83D\uDEA2`,
    ],
    [
      "JSON safe inside HTML with capital digits",
      `s3cr\\u003Cé\\u003Et \\u0026\\"pa's$/\\\\\`+?~ 🚢`,
    ],
    ["JSON as Go writes it", `s3cr\\u003cé\\u003et \\u0026\\"pa's$/\\\\\`+?~ 🚢`],
    ["XML text", AWKWARD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")],
    ["HTML as Python writes it", `s3cr&lt;é&gt;t &amp;&quot;pa&#x27;s$/\\\`+?~ 🚢`],
    ["HTML as Go writes it", `s3cr&lt;é&gt;t &amp;&#34;pa&#39;s$/\\\`+?~ 🚢`],
    ["XML attribute", `s3cr&lt;é&gt;t &amp;&quot;pa&apos;s$/\\\`+?~ 🚢`],
    ["a shell's single quotes", AWKWARD.replaceAll("'", `'\\''`)],
    ["a shell's single quotes, as Python writes them", AWKWARD.replaceAll("'", `'"'"'`)],
    ["a shell's double quotes", `s3cr<é>t &\\"pa's\\$/\\\\\\\`+?~ 🚢`],
    ["doubled dollars", AWKWARD.split("$").join("$$")],
    ["a Go string", `s3cr<é>t &\\"pa's$/\\\\\`+?~ 🚢`],
    [
      "a C string in octal",
      String.raw`s3cr<\303\251>t &\"pa's$/\\` + "`+?~ " + String.raw`\360\237\232\242`,
    ],
    [
      "a Python bytes string",
      String.raw`s3cr<\xc3\xa9>t &"pa\'s$/\\` + "`+?~ " + String.raw`\xf0\x9f\x9a\xa2`,
    ],
  ])("hide it as %s", (_, form) => {
    expect(awkward.text(`a=${form};b`)).toBe("a=***;b");
  });

  it.each(["", "x", "u:", "admin:", `{"p":"`])(
    "hide base64 of text that holds it behind %j",
    (before) => {
      for (const behind of ["", "\n", "ab", `"}`]) {
        const whole = `${before}${AWKWARD}${behind}`;
        for (const encoding of ["base64", "base64url"] as const) {
          const masked = awkward.text(`Basic ${buffer(whole).toString(encoding)}.`);
          expect(masked).toMatch(/^Basic [\w+/-]*\*\*\*[\w+/=-]{0,6}\.$/);
          const [left = "", right = ""] = masked.slice(6, -1).split("***");
          expect(left.length + right.replace(/=+$/, "").length).toBeLessThanOrEqual(
            Math.ceil(((before.length + behind.length) * 4) / 3) + 3,
          );
        }
      }
    },
  );

  it.each([
    ["as it is", KEY.trim()],
    ["with Windows line ends", KEY.trim().replaceAll("\n", "\r\n")],
    ["folded by spaces", KEY.trim().replaceAll("\n", " ")],
    ["without line ends", KEY.trim().replaceAll("\n", "")],
    ["with line ends written out", KEY.trim().replaceAll("\n", "\\n")],
    ["with Windows line ends written out", KEY.trim().replaceAll("\n", "\\r\\n")],
    ["as JSON", JSON.stringify(KEY.trim()).slice(1, -1)],
    ["as a form field", encodeURIComponent(KEY.trim())],
  ])("hide a value of several lines %s", (_, form) => {
    expect(createMask([KEY]).text(`<${form}>`)).toBe("<***>");
    expect(createMask([KEY.replaceAll("\n", "\r\n")]).text(`<${KEY.trim()}>`)).toBe("<***>");
  });

  it("hide each line of eight bytes or more, and leave shorter ones", () => {
    const masked = createMask([KEY]).text(
      KEY.trim()
        .split("\n")
        .map((line) => `app | ${line}`)
        .join("\n"),
    );
    expect(masked).toBe("app | ***\napp | ***\napp | ***\napp | end\napp | ***");
  });

  it("of a value under eight bytes are the raw one alone", () => {
    const mask = createMask(["tiny"]);
    expect(mask.text(`tiny ${base64("tiny")} ${buffer("tiny").toString("hex")}`)).toBe(
      "*** dGlueQ== 74696e79",
    );
  });

  it("of a value and of a line begin at eight bytes", () => {
    for (const [value, hidden] of [
      ["1234567", false],
      ["12345678", true],
      ["123456é", true],
    ] as const) {
      expect(createMask([value]).text(buffer(value).toString("hex")) === "***").toBe(hidden);
      expect(createMask([`${value}\nand another line`]).text(value) === "***").toBe(hidden);
    }
  });

  it("do not hide what is not promised", () => {
    const mask = createMask(["hunter2hunter2"]);
    const letters = "hunter2hunter2".split("");
    for (const text of [letters.join(" "), letters.toReversed().join("")]) {
      expect(mask.text(text)).toBe(text);
    }
    expect(mask.text(base64(base64("hunter2hunter2")))).not.toContain("***");
  });
});

describe("createMask", () => {
  it("hides nothing without values, and gives back the very same bytes", () => {
    const data = bytesOf("anything");
    expect(createMask([]).bytes(data)).toBe(data);
    expect(createMask([""]).text("anything")).toBe("anything");
    expect(createMask(["\n\n"]).text("a\n\nb")).toBe("a\n\nb");
    expect(createMask([]).stream().push(data)).toBe(data);
  });

  it("gives back the very same bytes where nothing matches", () => {
    const data = bytesOf("a line of log\n");
    const mask = createMask(SECRETS);
    expect(mask.bytes(data)).toBe(data);
    expect(mask.stream().push(data)).toBe(data);
  });

  it("leaves no piece of matches that overlap, touch or hold each other", () => {
    const mask = createMask(["aaaabbbbcccc", "bbbbccccdddd", "xxaaaabbbbccccddddyy", "ccccdddd"]);
    expect(mask.text("1aaaabbbbccccdddd2")).toBe("1***2");
    expect(mask.text("1xxaaaabbbbccccddddyy2")).toBe("1***2");
    expect(mask.text("1xxaaaabbbbccccddddy2")).toBe("1xx***y2");
    expect(mask.text("1ccccddddccccdddd2")).toBe("1******2");
  });

  it("keeps a byte order mark and half a surrogate pair", () => {
    const mask = createMask(SECRETS);
    expect(mask.text("\ufeffhunter2hunter2")).toBe("\ufeff***");
    expect(mask.text("\ud83d alone")).toBe("\ud83d alone");
  });

  it("passes bytes that are no UTF-8 unchanged, beside a match too", () => {
    const mask = createMask(["hunter2hunter2"]);
    const noise = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const masked = mask.bytes(Buffer.concat([noise, buffer("hunter2hunter2"), noise]));
    expect(Buffer.from(masked)).toEqual(Buffer.concat([noise, buffer("***"), noise]));
  });

  it("holds back a live partial match only, and lets go of it at the end", () => {
    const stream = createMask(["hunter2hunter2"]).stream();
    expect(buffer("see ")).toEqual(Buffer.from(stream.push(bytesOf("see hunter2"))));
    expect(Buffer.from(stream.push(bytesOf("!"))).toString()).toBe("hunter2!");
    expect(Buffer.from(stream.push(bytesOf("hunter2hunter2"))).toString()).toBe("***");
    expect(Buffer.from(stream.push(bytesOf("hunt"))).toString()).toBe("");
    expect(Buffer.from(stream.flush()).toString()).toBe("hunt");
    expect(stream.flush()).toHaveLength(0);
  });

  it("holds back what may go on from under a mask that is already out", () => {
    const mask = createMask(["aaaabbbbcccc", "ccdddddddddd"]);
    const masked = (chunks: readonly string[]) => {
      const stream = mask.stream();
      const out = [...chunks.map((chunk) => stream.push(bytesOf(chunk))), stream.flush()];
      return out.map((each) => Buffer.from(each).toString());
    };
    expect(masked(["aaaabbbbcccc", "ddddd", "ddddd!"])).toEqual(["***", "", "!", ""]);
    expect(masked(["aaaabbbbcccc", "ddddd", "ddd!"])).toEqual(["***", "", "dddddddd!", ""]);
    expect(masked(["aaaabbbbcccc", "ddddd"])).toEqual(["***", "", "ddddd"]);
  });

  it("does not need the chunk any more once push has come back", () => {
    const stream = createMask(["hunter2hunter2"]).stream();
    const chunk = bytesOf("hunter2");
    stream.push(chunk);
    chunk.fill(0);
    expect(Buffer.from(stream.push(bytesOf("?"))).toString()).toBe("hunter2?");
  });

  it("masks a secret of one and of two bytes", () => {
    expect(createMask(["x"]).text("axxb")).toBe("a******b");
    expect(createMask(["xy", "z"]).text("axyzb")).toBe("a******b");
  });
});

/** Text that is mostly pieces of forms, so that matches begin, break off, overlap and nest all the time. */
function hostileText(forms: readonly Uint8Array[], random: (below: number) => number): Buffer {
  const parts: Uint8Array[] = [];
  for (let left = 1 + random(6); left > 0; left--) {
    const form = forms[random(forms.length)] ?? new Uint8Array();
    const whole = random(3) === 0;
    const from = whole ? 0 : random(form.length);
    parts.push(form.subarray(from, whole ? form.length : from + random(form.length - from + 1)));
    if (random(4) === 0) parts.push(Uint8Array.of(random(256)));
  }
  return Buffer.concat(parts);
}

describe("a masked stream", () => {
  const families = [
    SECRETS,
    ["abababab", "babababab", "aabababa", "ba"],
    ["aaaaaaaaaa", "aaaaaaaab"],
    ["aaaabbbbcccc", "ccdddddddddd", "ddeeeeeeee"],
    ["hunter2hunter2"],
  ];

  it.each(families.map((values) => [values] as const))(
    "is the same as the slow way, at 100,000 random splits in all",
    (values) => {
      const forms = formsOf(values);
      const mask = createMask(values);
      const random = seeded(41);
      for (let text = 0; text < 2_500; text++) {
        const data = hostileText(forms, random);
        const expected = maskSlowly(forms, data);
        if (!expected.equals(mask.bytes(data)))
          expect(Buffer.from(mask.bytes(data)).toString("latin1")).toBe(
            expected.toString("latin1"),
          );
        for (let split = 0; split < 10; split++) {
          const cuts = Array.from({ length: random(6) }, () => random(data.length + 1)).toSorted(
            (a, b) => a - b,
          );
          const masked = maskInChunks(mask, data, cuts);
          if (!masked.equals(expected))
            expect([cuts, masked.toString("latin1")]).toEqual([cuts, expected.toString("latin1")]);
        }
      }
    },
  );

  it("is the same byte by byte", () => {
    const forms = formsOf(SECRETS);
    const mask = createMask(SECRETS);
    const random = seeded(7);
    for (let text = 0; text < 200; text++) {
      const data = hostileText(forms, random);
      const single = Array.from({ length: data.length }, (_, at) => at);
      expect(maskInChunks(mask, data, single).equals(maskSlowly(forms, data))).toBe(true);
    }
  });

  it("leaves no form of any secret, whatever the secrets", () => {
    const secret = fc.string({ minLength: 8, maxLength: 40, unit: "grapheme" });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        fc.integer(),
        (values, seed) => {
          const forms = formsOf(values);
          if (forms.length === 0) return;
          const data = hostileText(forms, seeded(seed));
          const masked = Buffer.from(createMask(values).bytes(data));
          expect(masked.equals(maskSlowly(forms, data))).toBe(true);
        },
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  it("gives text without secrets back byte for byte", () => {
    const mask = createMask(SECRETS.filter((value) => value.length >= 8));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat(400), { maxLength: 4 }),
        (data, cuts) => {
          const inside = cuts.map((cut) => Math.min(cut, data.length)).toSorted((a, b) => a - b);
          expect(maskInChunks(mask, data, inside).equals(data)).toBe(true);
        },
      ),
      { seed: 6, numRuns: 1_000 },
    );
  });
});
