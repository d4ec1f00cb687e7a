/** A text as it may stand in an element of XML 1.0, which forbids some characters: those are shown as U+FFFD. */
export function xmlText(value: string): string {
  return legal(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The same within the double quotes of an attribute. */
export function xmlAttribute(value: string): string {
  return xmlText(value)
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\r", "&#13;")
    .replaceAll("\t", "&#9;");
}

/** What XML 1.0 allows. https://www.w3.org/TR/xml/#charsets */
// oxlint-disable-next-line no-control-regex -- those are what it is about
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function legal(value: string): string {
  return value.toWellFormed().replaceAll(ILLEGAL, "\ufffd");
}
