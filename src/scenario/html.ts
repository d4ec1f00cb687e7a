import { error } from "./filter.ts";
import type { Found } from "./filter.ts";
import { selectorFault } from "./html-selector.ts";
import type { Answer } from "./jar.ts";
import type { Tools } from "./judging.ts";
import { headerOf, readingOf } from "./reading.ts";

/** The texts of the elements that a CSS selector finds in an answer. What is no HTML page is an error. */
export function askHtml(selector: string, answer: Answer, tools: Tools): Found {
  const fault = selectorFault(selector);
  if (fault) return error(`the selector ${selector} cannot be used: ${fault.why}`);
  const text = readingOf(answer).text();
  if (text.found !== "value" || typeof text.value !== "string") return text;
  const why = notHtml(text.value, headerOf(answer, "content-type"));
  if (why !== undefined) return error(why);
  if (tools.html === undefined) return error("nothing was loaded that reads HTML");
  const elements = tools.html(text.value)(selector);
  if ("why" in elements) return error(elements.why);
  if (elements.length === 0)
    return { found: "nothing", why: `${selector} found nothing`, many: true };
  return { found: "value", value: elements.map((each) => each.text), many: true, elements };
}

function notHtml(text: string, type: string | undefined): string | undefined {
  const kind = type?.split(";")[0]?.trim();
  if (kind !== undefined && kind !== "text/html" && kind !== "application/xhtml+xml")
    return `the body is ${kind}, not HTML`;
  if (text.trim() === "") return "the body is empty, not HTML";
  const begins = kind === undefined ? /^\s*<(?:!doctype html|html)[\s>]/i : /<[a-z!]/i;
  return begins.test(text) ? undefined : "the body has no HTML element";
}
