/** Somebody who asks and asks, each time over a connection of its own, and notes who answers and what fails. */
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

interface Load extends AsyncDisposable {
  end(): Promise<{
    readonly asked: number;
    readonly failed: readonly string[];
    /** Who has answered, in the order in which they first did. */
    readonly versions: readonly string[];
  }>;
}

const AT_ONCE = 4;
/** Without it the one who asks would have the processor that is to switch. */
const PAUSE_MS = 5;

export function pester(host: string, port: number): Load {
  const failed: string[] = [];
  const versions: string[] = [];
  let asked = 0;
  const over = new AbortController();
  const one = () =>
    new Promise<void>((resolve) => {
      asked++;
      const fail = (why: string) => {
        failed.push(why);
        resolve();
      };
      const question = request({ host, port, agent: false, timeout: 20_000 }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        answer.on("error", (error) => fail(error.message));
        answer.on("end", () => {
          if (answer.statusCode !== 200) return fail(`status ${answer.statusCode}`);
          const { version }: { version: string } = JSON.parse(body);
          if (!versions.includes(version)) versions.push(version);
          resolve();
        });
      });
      question.on("timeout", () => question.destroy(new Error("no answer in 20 s")));
      question.on("error", (error) => fail(error.message));
      question.end();
    });
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (; !over.signal.aborted; await sleep(PAUSE_MS)) await one();
  });
  const end = async () => {
    over.abort();
    await Promise.all(lanes);
    return { asked, failed, versions };
  };
  return { end, [Symbol.asyncDispose]: async () => void (await end()) };
}
