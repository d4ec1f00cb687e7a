import { expect, test } from "vitest";
import { goTo, shellWord } from "./folders.ts";

test.each([
  ["a folder below", "/home/ana", "/home/ana/demo", "cd demo"],
  ["a folder that is far away", "/home/ana/x/y/z", "/tmp/demo", "cd /tmp/demo"],
  ["a name with a space", "/home/ana", "/home/ana/my demo", "cd 'my demo'"],
  ["the folder itself", "/home/ana", "/home/ana", "cd ."],
])("goes to %s", (_, here, folder, order) => {
  expect(goTo(here, folder)).toBe(order);
});

test("a quote does not end a word", () => {
  expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
});
