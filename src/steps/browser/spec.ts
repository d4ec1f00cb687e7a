import { z } from "zod";
import { expectSchema } from "../../scenario/schema-expect.ts";
import { duration, exactlyOne, pattern, reason, size } from "../words.ts";
import { bytesOf } from "./bytes.ts";

/** The words of scenarios: a plain value, or predicates. */
const expected = expectSchema.shape.body.unwrap();
const selector = z.string().min(1).max(1000);
const value = z.union([z.string(), z.number(), z.boolean()]);

const elementWishes = {
  text: expected.optional().describe("Its text as shown, white space folded."),
  number: expected.optional().describe("The first number in its text."),
  count: expected.optional().describe("How many elements there are. `count: 0`: none."),
  visible: z.boolean().optional().describe("Whether it can be seen."),
  value: expected.optional().describe("What stands in the field."),
  attribute: z
    .record(z.string().min(1), expected)
    .optional()
    .describe("Attribute → what it must be."),
  style: z
    .record(z.string().min(1), expected)
    .optional()
    .describe("CSS property → what it must be, as the browser computed it: rgb(0, 90, 156), 16px."),
};

const element = z
  .union([z.string(), z.number(), z.boolean(), z.strictObject(elementWishes)])
  .describe(
    "What every element that the selector finds must be like; at least one must be found. A plain text is the whole text.",
  );

const expectations = z
  .object({
    url: expected.optional().describe("The page's address."),
    title: expected.optional().describe("The page's title."),
    fits: z
      .literal(true)
      .optional()
      .describe("Nothing makes the page wider than the window, so nobody scrolls sideways."),
    within: duration
      .optional()
      .describe("How long it may take to become so. Default: 2s in `expect`, 10s in `wait`."),
  })
  .catchall(element);

/** What is text and no look-up must be a number of bytes, also within predicates. */
const bytes = expected.superRefine((wish, context) => {
  for (const text of textsIn(wish)) {
    if (text.includes("${") || bytesOf(text) !== undefined) continue;
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a size: write 10485760 or 10MiB.`,
    });
  }
});

function textsIn(wish: unknown): readonly string[] {
  if (typeof wish === "string") return [wish];
  return typeof wish === "object" && wish !== null ? Object.values(wish).flatMap(textsIn) : [];
}

const download = z
  .strictObject({
    click: selector.optional().describe("What begins it. Default: it begins by itself."),
    sha256: z.string().min(1).optional().describe("sha256 of the whole file in hex."),
    bytes: bytes.optional().describe("Length of the whole file: 10485760, 10MiB, or predicates."),
    name: expected.optional().describe("The name under which the browser would save it."),
    within: duration.default(60_000).describe("Until it is complete."),
    most: size.default(2_000_000_000).describe("A longer one is given up."),
    save_as: z.string().min(1).optional().describe("Artifact name under which it is kept."),
  })
  .describe("Waits for a download to be complete, and holds the file against what is said here.");

const access = z
  .strictObject({
    impact: z
      .enum(["minor", "moderate", "serious", "critical"])
      .default("serious")
      .describe("Findings of this impact or worse fail."),
    except: z
      .array(z.string().min(1))
      .default([])
      .describe("Rules of axe-core that are let be: [color-contrast]."),
  })
  .describe("What axe-core finds wrong for people with disabilities.");

const remembered = z.strictObject({
  of: selector.describe("The element."),
  attribute: z.string().min(1).optional().describe("This attribute instead of the text."),
  regex: pattern.optional().describe("The first group of this pattern (RE2) in it."),
});

const ACTS = {
  open: z.string().min(1).optional().describe("Opens a path or a whole URL."),
  click: selector.optional().describe("Clicks the one element that this selector finds."),
  fill: z.record(selector, value).optional().describe("Selector → what is typed into the field."),
  press: z
    .record(selector, z.string().min(1))
    .optional()
    .describe("Selector → key: Enter, Tab, a."),
  select: z
    .record(selector, value)
    .optional()
    .describe("Selector → value or words of the option that is chosen."),
  upload: z
    .record(selector, z.string().min(1))
    .optional()
    .describe("Selector of the file field → file beside the project file."),
  hover: selector.optional().describe("Moves the mouse over the element."),
  scroll: selector.optional().describe("Scrolls until the element can be seen."),
  wait: expectations.optional().describe("Waits until all of this is so; fails when it never is."),
  expect: expectations.optional().describe("All of this must be so."),
  download: download.optional(),
  remember: z
    .record(
      z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/, "Use capital letters, digits and _."),
      remembered,
    )
    .optional()
    .describe("NAME → what is read from the page; later steps of the visit say ${NAME}."),
  still: z
    .record(selector, duration)
    .optional()
    .describe("Selector → how long its text must not change: a pause that pauses."),
  grows: z
    .record(selector, duration)
    .optional()
    .describe(
      "Selector → within what time its number becomes greater than the one seen last. It must not fall in between: a resume that resumes.",
    ),
  access: z
    .union([z.enum(["minor", "moderate", "serious", "critical"]), access])
    .optional()
    .describe("Findings of axe-core of at least this impact fail."),
  picture: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,40}$/, "Use lower-case letters, digits and -.")
    .optional()
    .describe("Keeps a picture of the whole page under this name."),
};

const step = z.strictObject(ACTS).superRefine(exactlyOne(Object.keys(ACTS)));

const viewport = z.union([
  z.enum(["phone", "tablet", "desktop"]),
  z.strictObject({
    width: z.int().min(200).max(4000).describe("In CSS pixels."),
    height: z.int().min(200).max(4000).describe("In CSS pixels."),
    touch: z.boolean().default(false).describe("Whether it is used with fingers."),
  }),
]);

const signIn = z.strictObject({
  scenario: z.string().min(1).describe("Scenario that signs in: login.scenario.yaml."),
  with: z
    .record(z.string(), value)
    .default({})
    .describe("Further values that the scenario may look up."),
  storage: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe("Name → text in the page's local storage; ${NAME} is what the scenario captured."),
  text: z.string().optional().describe("The scenario's text; put here when the plan is made."),
  path: z.string().optional().describe("Where that text was read; for messages."),
  texts: z
    .record(z.string(), z.string())
    .optional()
    .describe("Texts that the scenario includes; put here when the plan is made."),
});

/** What a page is visited with, what is done on it, and what it must be like. */
export const browserSpec = z
  .strictObject({
    open: z
      .string()
      .min(1)
      .describe("Path below the environment's url, or a whole URL. It must answer below 400."),
    steps: z.array(step).min(1).max(200).describe("What is done and expected, in order."),
    viewport: viewport
      .optional()
      .describe("Window: desktop (1280×800, default), tablet (820×1180), phone (390×844)."),
    viewports: z
      .array(viewport)
      .min(1)
      .max(6)
      .optional()
      .describe("Several windows: the whole visit is made once in each."),
    browser: z
      .string()
      .min(1)
      .optional()
      .describe("chromium, chrome, edge, a program or an absolute path. Default: the first found."),
    sign_in: signIn.optional().describe("Signs in by a scenario, and gives the page its cookies."),
    basic: z
      .strictObject({ user: z.string().min(1), password: z.string().min(1) })
      .optional()
      .describe("For a page behind HTTP basic authentication."),
    hosts: z
      .union([z.literal("any"), z.array(z.string().regex(/^(?:\*\.)?[A-Za-z0-9.-]+$/))])
      .default([])
      .describe("Further hosts that the page may go to. Every other is out of reach."),
    console_errors: z
      .int()
      .min(0)
      .default(0)
      .describe("How many errors the page may say on its console, uncaught ones included."),
    failed_requests: z
      .int()
      .min(0)
      .default(0)
      .describe("How many requests may fail or be answered with 400 and above."),
    allow: z
      .array(pattern)
      .default([])
      .describe(
        "Errors and failed requests in whose words one of these (RE2) is found do not count.",
      ),
    patience: duration.default(10_000).describe("How long each single thing may take."),
    pictures: z
      .enum(["step", "failure", "never"])
      .default("step")
      .describe("When pictures are taken: after each step, when something fails, or never."),
    trace: z
      .enum(["failure", "never"])
      .default("failure")
      .describe("Whether a Playwright trace of a failed visit is kept. Never one with secrets."),
    any_certificate: reason
      .optional()
      .describe("Why the server's certificate need not be trusted. Default: it must be."),
    effect: z
      .enum(["read", "idempotent", "once"])
      .default("idempotent")
      .describe("What running it again after a crash means. `once`: a person must decide."),
    proves: z
      .boolean()
      .default(false)
      .describe("Whether it also runs after a rollback, against the release before."),
  })
  .describe("Visits a page in the machine's own browser.");

export type BrowserSpec = z.output<typeof browserSpec>;
export type VisitStep = z.output<typeof step>;
export type Expectations = z.output<typeof expectations>;
export type ElementWish = z.output<typeof element>;
export type DownloadWish = z.output<typeof download>;
export type Remembered = z.output<typeof remembered>;
export type ViewportName = z.output<typeof viewport>;
/** Keys of expectations that are no selectors. */
export const PAGE_WORDS = ["url", "title", "fits", "within"] as const;
