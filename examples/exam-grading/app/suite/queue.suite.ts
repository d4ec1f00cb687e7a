import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { openQueue, type Queue } from "../src/queue/queue.ts";
import { decode, encode, RedisError } from "../src/queue/resp.ts";
import { tell } from "./tell.ts";

tell("Redis: a command is a list of lengths and bytes", () => {
  assert.equal(encode(["SET", "é", 7]).toString(), "*3\r\n$3\r\nSET\r\n$2\r\né\r\n$1\r\n7\r\n");
});

tell("Redis: a reply is read when it is whole, however it comes in", () => {
  const whole = Buffer.from("*3\r\n$4\r\na\r\nb\r\n:7\r\n$-1\r\n");
  for (let cut = 0; cut < whole.length; cut++)
    assert.equal(decode(whole.subarray(0, cut)), undefined);
  const read = decode(whole);
  assert.deepEqual(read?.reply, [Buffer.from("a\r\nb"), 7, undefined]);
  assert.equal(read?.end, whole.length);
});

tell("Redis: a refusal is one", () => {
  assert.ok(decode(Buffer.from("-ERR no\r\n"))?.reply instanceof RedisError);
});

/** One test with a queue of its own, where REDIS_URL leads to a Redis. */
function tellOfQueue(name: string, work: (queue: Queue) => Promise<void>): void {
  const url = process.env["REDIS_URL"];
  if (!url) return;
  tell(`the queue: ${name}`, async () => {
    const queue = openQueue(url, `suite-${randomUUID()}`);
    await work(queue).finally(() => queue.close());
  });
}

tellOfQueue("what a worker draws comes back byte for byte", async (queue) => {
  const pdf = Buffer.from([37, 80, 68, 70, 13, 10, 0, 255]);
  const drawn = queue.draw("copy 1");
  assert.deepEqual(await queue.work(async () => pdf, 5), { copy: "copy 1" });
  assert.deepEqual(Buffer.from(await drawn), pdf);
});

tellOfQueue("why a worker could not draw is said to whoever waits", async (queue) => {
  const drawn = assert.rejects(queue.draw("copy 1"), /No ink/);
  const worked = await queue.work(() => Promise.reject(new Error("No ink.")), 5);
  assert.equal(worked?.error, "No ink.");
  await drawn;
});

tellOfQueue("a worker lives as long as it says so", async (queue) => {
  assert.equal(await queue.isAlive("one"), false);
  await queue.beat("one");
  assert.equal(await queue.isAlive("one"), true);
  assert.equal(await queue.waiting(), 0);
});
