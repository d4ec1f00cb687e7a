import { Refusal } from "../http/refusal.ts";

type Body = Readonly<Record<string, unknown>>;

/** A text that must be there. */
export function textIn(body: Body, field: string, most = 200): string {
  const value = body[field];
  const text = typeof value === "string" ? value.trim() : "";
  if (text === "" || text.length > most)
    throw wrong(field, `${field} must be a text of 1 to ${most} characters.`);
  return text;
}

/** An e-mail address, as far as its form goes. */
export function emailIn(body: Body, field: string): string {
  const text = textIn(body, field);
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text))
    throw wrong(field, `${field} must be an e-mail address.`);
  return text;
}

/** The number of something that is kept. */
export function idIn(body: Body, field: string): number {
  const value = body[field];
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    throw wrong(field, `${field} must be a whole number.`);
  return value;
}

/** A grade, or none. */
export function gradeIn(body: Body): number | null {
  const value = body["grade"];
  if (value === null || (typeof value === "number" && value >= 0 && value <= 20)) return value;
  throw wrong("grade", "grade must be a number from 0 to 20, or null.");
}

/** The number in an address; one that is no number is of nothing that is kept. */
export function idOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

function wrong(field: string, message: string): Refusal {
  return new Refusal(422, "wrong-field", { message, facts: { field } });
}
