import { html, type Html } from "./html.ts";
import { PAGE_STYLE } from "./page-style.ts";

/** One page that is readable without a network, on a screen or on paper. `style` is added to what all pages look like. */
export function pageOf(page: {
  readonly title: string;
  readonly style?: string;
  readonly main: Html;
}): string {
  const { title, style = "", main } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${{ html: PAGE_STYLE + style }}
        </style>
      </head>
      <body>
        <main>${main}</main>
      </body>
    </html> `.html;
}
