/** A cookie as a browser or a jar keeps it. */
export interface CookieRecord {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Seconds since 1970; absent: until the session ends. */
  readonly expires?: number;
}

/** How a browser is opened. */
export interface BrowserOptions {
  /** Absolute path, or `chromium`, `chrome`, `edge` to look for; absent: the first of them that is found. */
  readonly named?: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly touch: boolean;
  readonly cookies: readonly CookieRecord[];
  readonly headers: Readonly<Record<string, string>>;
  readonly trustAnyCertificate: boolean;
  /** Keeps what is needed to look at the visit afterwards. */
  readonly trace: boolean;
  /** Absolute folder for downloads and pictures while it runs. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Something that the page said or asked for, noticed while it was open. */
export interface Noticed {
  readonly what: "console error" | "page error" | "failed request" | "bad answer";
  readonly text: string;
  readonly url?: string;
  readonly status?: number;
}

/** One finding of an accessibility check. */
export interface AccessFinding {
  readonly rule: string;
  readonly impact: "minor" | "moderate" | "serious" | "critical";
  readonly help: string;
  readonly where: readonly string[];
}

/** One element as it stands on the page now. */
export interface ElementState {
  readonly text: string;
  readonly isVisible: boolean;
  readonly attribute?: string | null;
  /** Of the property that was asked for. */
  readonly style?: string;
  readonly value?: string;
}

/** A page being visited. Every call ends within the options' time. Fault `browser-…`. */
export interface Page {
  goto(url: string): Promise<{ readonly status: number; readonly url: string }>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  press(selector: string, key: string): Promise<void>;
  select(selector: string, value: string): Promise<void>;
  upload(selector: string, file: string): Promise<void>;
  /** Every element that the selector finds, at most 1 000, without waiting. */
  look(
    selector: string,
    ask: { readonly attribute?: string; readonly style?: string },
  ): Promise<readonly ElementState[]>;
  title(): Promise<string>;
  url(): string;
  html(): Promise<string>;
  resize(viewport: { readonly width: number; readonly height: number }): Promise<void>;
  /** How many pixels the page is wider than the window; 0 when it fits. */
  overflow(): Promise<number>;
  access(rules: { readonly tags?: readonly string[] }): Promise<readonly AccessFinding[]>;
  picture(options: { readonly whole: boolean }): Promise<Uint8Array>;
  /** Starts to wait for a download; the promise within is the finished file's absolute path and suggested name. */
  expectDownload(): { readonly done: Promise<{ readonly file: string; readonly name: string }> };
  /** What was noticed since the last call. */
  noticed(): readonly Noticed[];
  cookies(): Promise<readonly CookieRecord[]>;
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** `Chromium 150.0.1`. */
  readonly browser: string;
  /** Absolute path of the trace, when one is kept. */
  keepTrace(): Promise<string | undefined>;
}

/** The machine's own browser. Fault `browser-missing` with what to install, `browser-does-not-start`. */
export interface Browsers {
  /** Absolute path and version of what `open` would take. */
  find(named?: string): Promise<{ readonly path: string; readonly version: string }>;
  open(options: BrowserOptions): Promise<Visit>;
}
