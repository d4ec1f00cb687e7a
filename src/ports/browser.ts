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

/** What the window is like. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
  /** Fingers instead of a mouse, and what else tells a page that it is on a phone. */
  readonly touch: boolean;
}

/** How a browser is opened: with an empty profile of its own, which goes when the visit ends. */
export interface BrowserOptions {
  /** Absolute path, or `chromium`, `chrome`, `edge` to look for; absent: the first of them that is found. */
  readonly named?: string;
  readonly viewport: Viewport;
  readonly cookies: readonly CookieRecord[];
  /** What the pages of an origin find in their local storage. */
  readonly storage: {
    readonly origin: string;
    readonly items: Readonly<Record<string, string>>;
  };
  /** For the origin alone. */
  readonly basic?: { readonly origin: string; readonly user: string; readonly password: string };
  /** The only hosts that are ever looked up or connected to, `*.example.com` among them. Absent: any. */
  readonly hosts?: readonly string[];
  readonly trustAnyCertificate: boolean;
  /** Keeps what is needed to look at the visit afterwards: all that is typed and sent is in it. */
  readonly trace: boolean;
  /** Values that are covered in every picture. */
  readonly hidden: readonly string[];
  /** For each call of the page that does not say otherwise. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Something that the page said or did, noticed while it was open. */
export interface Noticed {
  readonly what:
    | "console error"
    | "page error"
    | "failed request"
    | "bad answer"
    | "dialog"
    | "popup";
  readonly text: string;
  readonly url?: string;
  readonly status?: number;
}

/** One finding of an accessibility check. */
export interface AccessFinding {
  readonly rule: string;
  readonly impact: "minor" | "moderate" | "serious" | "critical";
  readonly help: string;
  /** Selectors of the first elements. */
  readonly where: readonly string[];
  readonly count: number;
}

/** One element as it stands on the page now. */
export interface ElementState {
  /** As it is shown; white space is folded. */
  readonly text: string;
  readonly isVisible: boolean;
  /** Of the attribute that was asked for; null when it has none. */
  readonly attribute?: string | null;
  /** Of the property that was asked for, as computed. */
  readonly style?: string;
  /** Of a field. */
  readonly value?: string;
}

/** What can be done to one element. */
export type ElementAct =
  | { readonly do: "click" | "hover" | "scroll" }
  | { readonly do: "fill" | "select"; readonly text: string }
  | { readonly do: "press"; readonly key: string }
  | { readonly do: "upload"; readonly file: string };

/** A file that the browser has downloaded, gone when the visit ends. */
export interface Downloaded {
  /** Absolute path. */
  readonly file: string;
  /** What the server or the page wants it to be called. */
  readonly name: string;
}

/**
 * A page being visited. Every call ends within the visit's time or its own. Fault `page-…` when the page is not as it
 * must be (`page-no-element`, `page-several-elements`, `page-element-unusable`, `page-not-loaded`, `page-no-download`,
 * `page-download-failed`), `browser-…` when the browser could not do it (`browser-gone`, `browser-page-crashed`,
 * `browser-does-not-answer`, `browser-bad-selector`). Throws the signal's reason when that fired.
 */
export interface Page {
  /** Until everything that it asks for is loaded. */
  goto(url: string): Promise<{ readonly status: number; readonly url: string }>;
  /** Waits for exactly one element that can be used. */
  act(selector: string, act: ElementAct, timeoutMs?: number): Promise<void>;
  /** Every element that the selector finds, at most 1 000, without waiting. */
  look(
    selector: string,
    ask: { readonly attribute?: string; readonly style?: string },
  ): Promise<readonly ElementState[]>;
  title(): Promise<string>;
  url(): string;
  /** Selectors of what has an id, and of what can be clicked by its text; at most 300. For saying what was meant. */
  names(): Promise<readonly string[]>;
  /** How many pixels the page is wider than the window, and what sticks out; 0 when it fits. */
  overflow(): Promise<{ readonly pixels: number; readonly where: readonly string[] }>;
  access(): Promise<readonly AccessFinding[]>;
  /** PNG of the window, or of the whole page as far as it is not endless. What is hidden is covered. */
  picture(options: { readonly whole: boolean }): Promise<Uint8Array>;
  /** The oldest download of this visit that was not yet asked for, when it is complete. Waits for it to begin and end. */
  download(limits: { readonly timeoutMs: number; readonly mostBytes: number }): Promise<Downloaded>;
  /** What was noticed since the last call. */
  noticed(): readonly Noticed[];
  cookies(): Promise<readonly CookieRecord[]>;
}

/** A browser with one page. Disposing it ends the browser and removes all that it wrote. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** `Chromium 150.0.1`. */
  readonly browser: string;
  /** The trace as a zip, when one is kept; it ends there. */
  trace(): Promise<Uint8Array | undefined>;
}

/** The machine's own browser. Fault `browser-missing` with what to install, `browser-does-not-start`. */
export interface Browsers {
  /** Absolute path and version of what `open` would take. */
  find(named?: string): Promise<FoundBrowser>;
  open(options: BrowserOptions): Promise<Visit>;
}

export interface FoundBrowser {
  readonly path: string;
  /** `Chromium 150.0.1`. */
  readonly version: string;
}
