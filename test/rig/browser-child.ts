import { openBrowsers } from "../../src/shell/browser/index.ts";

/** Opens a browser, says so, and waits to be killed. */
await openBrowsers().open({
  viewport: { width: 800, height: 600, touch: false },
  cookies: [],
  storage: { origin: "", items: {} },
  trustAnyCertificate: false,
  trace: false,
  hidden: [],
  timeoutMs: 10_000,
  signal: new AbortController().signal,
});
process.stdout.write("open\n");
setInterval(() => undefined, 1000);
