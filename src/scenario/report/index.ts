export { html } from "./html.ts";
export { json } from "./json.ts";
export { junit } from "./junit.ts";
export { endLines, stepLines } from "./terminal.ts";
export type { ReportLine } from "./terminal.ts";
