/** What an annotation may be. */
export const ANNOTATION_TYPES = ["COMMENT", "HIGHLIGHT", "ERROR", "BONUS"] as const;

export type AnnotationType = (typeof ANNOTATION_TYPES)[number];

/** A remark in a box on a page; the box is in shares of the page, from its upper left corner. */
export interface Annotation {
  readonly page_index: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly type: AnnotationType;
  readonly content: string;
}

const MAX_CONTENT = 2000;

/** Reads an annotation for a copy of so many pages, or says everything that is wrong with it. */
export function readAnnotation(
  given: Readonly<Record<string, unknown>>,
  pages: number,
): Annotation | readonly string[] {
  const { page_index: page, x, y, w, h, type, content } = given;
  const problems: string[] = [];
  if (!isShare(page, pages - 1) || !Number.isInteger(page))
    problems.push(`page_index: an integer from 0 to ${pages - 1}`);
  for (const [name, value] of Object.entries({ x, y, w, h }))
    if (!isShare(value, 1)) problems.push(`${name}: a number from 0 to 1`);
  if (w === 0 || h === 0) problems.push("w, h: more than 0");
  if (isShare(x, 1) && isShare(w, 1) && x + w > 1 + ROUNDING)
    problems.push("x + w: the box leaves the page");
  if (isShare(y, 1) && isShare(h, 1) && y + h > 1 + ROUNDING)
    problems.push("y + h: the box leaves the page");
  if (!isType(type)) problems.push(`type: one of ${ANNOTATION_TYPES.join(", ")}`);
  if (!isContent(content)) problems.push(`content: text of 1 to ${MAX_CONTENT} characters`);
  const sound =
    isShare(page, pages - 1) && isShare(x, 1) && isShare(y, 1) && isShare(w, 1) && isShare(h, 1);
  if (problems.length > 0 || !sound || !isType(type) || !isContent(content)) return problems;
  return { page_index: page, x, y, w, h, type, content };
}

// 0.9 + 0.1 and its like come out a hair above 1.
const ROUNDING = 1e-9;

function isShare(value: unknown, most: number): value is number {
  return typeof value === "number" && value >= 0 && value <= most;
}

/** Whether a text is the name of an annotation type. */
export function isType(value: unknown): value is AnnotationType {
  return ANNOTATION_TYPES.some((type) => type === value);
}

function isContent(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= MAX_CONTENT;
}
