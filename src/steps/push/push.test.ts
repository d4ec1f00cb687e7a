import { expect, test } from "vitest";
import { imagesTarget } from "../../../test/rig/fake-images.ts";
import { fakeWork } from "../../../test/rig/fake-work.ts";
import { send } from "../send/index.ts";
import { push } from "./index.ts";

const V1 = { id: "v1+1a2b3c4", name: "v1" };

test("pushes, and hands back the digests", async () => {
  const target = imagesTarget();
  const signIn = { registry: "registry.example", user: "ada", password: "hunter22" };
  await using fake = await fakeWork(push, {
    drivers: { stack: target.driver },
    release: V1,
    spec: { target: "stack", sign_in: signIn },
  });

  const result = await push.run(fake.work);

  expect(target.signIns).toEqual([signIn]);
  expect(result).toMatchObject({
    outcome: "passed",
    facts: { "digest.web": "registry.example/shop/web@sha256:ab" },
    numbers: { images: 1 },
  });
  expect(fake.kept.get("push.log")).toContain("web is registry.example/shop/web@sha256:ab");
});

test.each([
  ["ssh://ops@new", "sent 2.0 MB to ssh://ops@new", 2_000_000],
  ["ssh://ops@has-it", "ssh://ops@has-it had every image of v1 already", 0],
])("sends to %s", async (to, summary, sentBytes) => {
  await using fake = await fakeWork(send, {
    drivers: { stack: imagesTarget().driver },
    release: V1,
    spec: { target: "stack", to },
  });

  expect(await send.run(fake.work)).toMatchObject({
    outcome: "passed",
    summary,
    numbers: { sentBytes },
  });
});

test.each(["https://host", "host", "unix:"])("does not send to %s", (to) => {
  expect(send.spec.safeParse({ target: "stack", to }).success).toBe(false);
});
