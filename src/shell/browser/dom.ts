/** What our functions that run within a page use of it; the rest of the program has no page and no such words. */

export interface InPageElement {
  readonly id: string;
  readonly tagName: string;
  readonly textContent: string | null;
  readonly innerText?: string;
  readonly value?: unknown;
  readonly classList: Iterable<string>;
  readonly parentElement: InPageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly scrollWidth: number;
  readonly scrollHeight: number;
  readonly clientWidth: number;
  getAttribute(name: string): string | null;
  getBoundingClientRect(): {
    readonly width: number;
    readonly height: number;
    readonly right: number;
  };
}

export interface InPageDocument {
  readonly documentElement: InPageElement;
  readonly body: InPageElement | null;
  querySelectorAll(selector: string): Iterable<InPageElement>;
}

export type InPageStyle = (element: InPageElement) => {
  readonly visibility: string;
  getPropertyValue(name: string): string;
};
