import { once } from "node:events";
import { createServer, request, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHttp } from "../../src/shell/http.ts";
import { metrics } from "../../src/steps/metrics/index.ts";
import type { Json } from "../../src/model/json.ts";
import { fakeWork } from "../rig/fake-work.ts";
import { hasPrometheus, startPrometheus } from "../rig/prometheus.ts";

const TOKEN = "integration-token-1234";
const closers: (() => Promise<unknown>)[] = [];
const counters = { downloads: 0 };
let exporter = "";
let proxy = "";

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Real time passes here: Prometheus scrapes when it scrapes. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error("it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  if (!hasPrometheus) return;
  exporter = await listen((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(
      `# TYPE file_downloads_total counter\nfile_downloads_total{status="success"} ${counters.downloads}\n`,
    );
  });
  // Nobody listens on port 1.
  const { port, ...server } = await startPrometheus({ erp: exporter, away: "127.0.0.1:1" });
  closers.unshift(async () => server[Symbol.asyncDispose]());
  proxy = await listen((asked, response) => {
    if (asked.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end(`no right: ${asked.headers.authorization}`);
      return;
    }
    const passed = request({ host: "127.0.0.1", port, path: asked.url }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.writeHead(502).end());
    passed.end();
  });
  await until(async () => (await ask({ query: 'up{job="erp"}' })).outcome === "passed");
  await until(
    async () => (await ask({ query: 'up{job="away"}', expect: "every == 0" })).outcome === "passed",
  );
}, 120_000);

afterAll(async () => {
  for (const close of closers) await close();
});

async function ask(spec: object, given: object = {}) {
  await using fake = await fakeWork(metrics, {
    spec: { prometheus: `http://${proxy}`, bearer: TOKEN, expect: "every == 1", ...spec },
    http: openHttp(),
    ...given,
  });
  // Prometheus has the real time.
  const clock = { ...fake.work.clock, now: () => Date.now() };
  const result = await metrics.run({ ...fake.work, clock }).catch((error: unknown) => ({
    outcome: "error",
    failure: (error as { failure: object }).failure,
  }));
  return { ...result, table: fake.kept.get("metrics.txt") ?? "" };
}

describe.skipIf(!hasPrometheus)("a real Prometheus (apt install prometheus)", () => {
  test("says that the target is up", async () => {
    expect(await ask({ query: 'up{job="erp"}' })).toMatchObject({ outcome: "passed" });
  });

  test("says that another target is not", async () => {
    expect(await ask({ query: "up" })).toMatchObject({
      outcome: "failed",
      failure: {
        code: "metrics-not-as-expected",
        what: expect.stringContaining('job="away"') as string,
      },
    });
  });

  test("knows no such job: that is inconclusive", async () => {
    expect(await ask({ query: 'up{job="ep"}' })).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "metrics-absent" },
    });
  });

  test("says why a query is none", async () => {
    expect(await ask({ query: "up{" })).toMatchObject({
      outcome: "error",
      failure: {
        code: "metrics-query-refused",
        what: expect.stringMatching(/400.*bad_data/) as string,
      },
    });
  });

  test("is asked with the token, and without it not at all", async () => {
    expect(await ask({ query: "up", bearer: "wrong-token-4321" })).toMatchObject({
      outcome: "error",
      failure: { what: expect.stringContaining("401") as string, detail: "no right: Bearer ***" },
    });
  });

  test("is asked about a time that has passed", async () => {
    const range = { last: "3s", step: "1s" };
    await until(async () => (await ask({ query: 'up{job="erp"}', range })).outcome === "passed");
    expect(await ask({ query: 'up{job="erp"}', range: { last: "1h", step: "1m" } })).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "metrics-too-few-points" },
    });
  });

  test("gives a number: how many series there are", async () => {
    expect(await ask({ query: "scalar(count(up))", expect: "every == 2" })).toMatchObject({
      outcome: "passed",
    });
  });

  test("and the page that it scrapes says what was added since the mark", async () => {
    const page = {
      prometheus: undefined,
      bearer: undefined,
      get: `http://${exporter}/metrics`,
      expect: undefined,
    };
    await using first = await fakeWork(metrics, {
      spec: { get: page.get, mark: true },
      http: openHttp(),
    });
    const { facts = {} } = await metrics.run(first.work);
    counters.downloads += 3;
    const given = { folder: first.folder, factsOf: { before: facts as Record<string, Json> } };
    const condition = 'file_downloads_total{status="success"} rose by 3';
    expect(await ask({ ...page, since: "before", expect: condition }, given)).toMatchObject({
      outcome: "passed",
    });
  });

  test("its own page of metrics is one", async () => {
    const get = `http://${proxy}/metrics`;
    const result = await ask({
      prometheus: undefined,
      get,
      expect: "prometheus_build_info == 1",
      least_series: 100,
    });
    expect(result).toMatchObject({ outcome: "passed" });
  });
});
