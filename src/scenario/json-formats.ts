import { isIPv4, isIPv6 } from "node:net";
import { parseDate } from "./date.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]{1,64}(?:\.[\w!#$%&'*+/=?^`{|}~-]{1,64}){0,16}$/;
const DOMAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.){1,32}[a-z\d-]{2,63}$/i;
const URI = /^[a-z][a-z\d+.-]*:[^\s<>"{}|\\^`]*$/i;

/** The formats of texts that a schema may ask for. Any other is refused, since it would not be looked at. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => /^\d{4}-\d\d-\d\d[Tt]/.test(text) && parseDate(text) !== undefined,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && parseDate(text) !== undefined,
  uuid: (text) => UUID.test(text),
  email: (text) => isEmail(text),
  uri: (text) => URI.test(text),
  ipv4: isIPv4,
  ipv6: (text) => isIPv6(text) && !text.includes("%"),
};

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  return at > 0 && local.length <= 64 && LOCAL.test(local) && DOMAIN.test(domain);
}
