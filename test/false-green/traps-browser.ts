import { html, type Reply, type Scene, type Trap } from "./trap.ts";

const visit = (...steps: readonly string[]): string =>
  `- browser:\n    open: /\n    patience: 3s\n    pictures: never\n    trace: never\n    steps:\n${steps.map((step) => `      - ${step}`).join("\n")}`;
const LISTED = html('<h1>Items</h1><link rel="icon" href="data:,"><p class="item">Tea</p>');
const STYLED =
  (status: number) =>
  (path: string): Reply =>
    path === "/style.css"
      ? { status, type: "text/css", body: "h1{color:red}" }
      : html(
          '<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"><h1>Items</h1>',
        );
const saying = (script: string): Reply =>
  html(`<link rel="icon" href="data:,"><h1>Items</h1><script>${script}</script>`);

const browser = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "browser",
  name,
  naive,
  trap: { steps: visit("expect: { h1: Items, within: 300ms }"), serve: LISTED, ...sides.trap },
  honest: { serve: LISTED, ...sides.honest },
  says,
});
const MISSED = "failed page-not-as-expected";

/** Pages that load, and are not what a person should see. */
export const browserTraps: readonly Trap[] = [
  browser(
    "The page is blank and answers 200",
    "status 200, the load event came",
    { trap: { serve: html("") } },
    MISSED,
  ),
  browser(
    "The selector whose elements must be visible finds none",
    "every one of none is visible",
    {
      trap: {
        steps: visit('expect: { ".item": { visible: true }, within: 300ms }'),
        serve: html('<link rel="icon" href="data:,"><h1>Items</h1>'),
      },
    },
    MISSED,
  ),
  browser(
    "The text is there and hidden",
    "the HTML contains it",
    {
      trap: {
        steps: visit('expect: { ".item": { visible: true }, within: 300ms }'),
        serve: html('<link rel="icon" href="data:,"><p class="item" style="display:none">Tea</p>'),
      },
    },
    MISSED,
  ),
  browser(
    "The page's script fails, and its heading is there",
    "the heading is there",
    { trap: { serve: saying("null.draw()") }, honest: { serve: saying("1 + 1") } },
    "failed page-console-errors",
  ),
  browser(
    "The style sheet is 404, and every element is there",
    "the elements are there",
    { trap: { serve: STYLED(404) }, honest: { serve: STYLED(200) } },
    "failed page-failed-requests",
  ),
  browser(
    "The error page has the same heading",
    "the heading is there",
    { trap: { serve: html("<h1>Items</h1>", 500) } },
    "failed page-not-loaded",
  ),
  browser(
    "A list that may have at most 5 elements is gone with its page",
    "0 is at most 5",
    {
      trap: {
        steps: visit('expect: { ".item": { count: { at_most: 5 } }, within: 300ms }'),
        serve: html(""),
      },
      honest: {
        steps: visit('expect: { ".item": { count: { between: [1, 5] } }, within: 300ms }'),
      },
    },
    "refused step-refused",
  ),
  browser(
    "Nothing is expected of the page",
    "it was opened",
    {
      trap: { steps: visit("click: h1") },
      honest: { steps: visit("click: h1", "expect: { h1: Items }") },
    },
    "refused step-refused",
  ),
];
