import { KEY_TEXT, type Scene, type Trap } from "./trap.ts";

const key = (
  name: string,
  naive: string,
  sides: { readonly trap: Scene; readonly honest: Partial<Scene> },
  says: Trap["says"],
): Trap => ({ check: "key", name, naive, ...sides, says });

const step = (more: string): string =>
  `- key: { secret: KEY, at: /there/blob.key, ${more} }\n  secrets: [KEY]`;
const OTHER = KEY_TEXT.replaceAll("0", "1");

/** A key that is there, and is not the one that the data were encrypted with. */
export const keyTraps: readonly Trap[] = [
  key(
    "The key on the host has the right length, and is another one",
    "32 bytes are there",
    {
      trap: { steps: step("check: true"), there: { "blob.key": OTHER } },
      honest: { there: { "blob.key": KEY_TEXT } },
    },
    "failed key-not-there",
  ),
  key(
    "The key was changed by mistake since the last run",
    "the new one was written",
    {
      trap: { steps: step("bytes: 32"), there: { "blob.key": OTHER } },
      honest: { there: {} },
    },
    "failed key-changed",
  ),
  key(
    "A line feed was written behind the key",
    "the file holds the key",
    {
      trap: { steps: step("check: true"), there: { "blob.key": `${KEY_TEXT}\n` } },
      honest: { there: { "blob.key": KEY_TEXT } },
    },
    "failed key-not-there",
  ),
  key(
    "Half of the key was given, and is there",
    "what was given is what is there",
    {
      trap: { steps: step("form: hex, bytes: 32"), there: {} },
      honest: { steps: step("form: hex, bytes: 16") },
    },
    "error key-wrong-length",
  ),
  key(
    "Everybody on the host may read the key",
    "it is there",
    {
      trap: { steps: step('mode: "0644"'), there: {} },
      honest: { steps: step('mode: "0600"') },
    },
    "refused step-refused",
  ),
];
