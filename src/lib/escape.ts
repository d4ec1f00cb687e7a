const ESC = "\u001b";

/* oxlint-disable no-control-regex -- control characters are what this file is about */

/** OSC, DCS, SOS, PM, APC with their text up to the terminator; without one only the introducer is dropped, never the rest of the text. */
const STRINGS =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)/g;
const SEQUENCES = /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])/g;
const OTHER_ESCAPES = /\u001b(?!\[[0-9;:]*m)[ -/]*[0-~]?/g;
const LINE_ENDS = /\r\n?/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes foreign text safe to print to a terminal: lines, tabs and colours stay; whatever moves the cursor, sets titles
 * or the clipboard, hides text or turns its direction is dropped. Colours left on at the end are switched off.
 */
export function showSafely(text: string): string {
  const safe = text
    .replace(LINE_ENDS, "\n")
    .replace(STRINGS, "")
    .replace(SEQUENCES, (_, parameters: string, final: string) =>
      final === "m" && isColour(parameters) ? `${ESC}[${parameters}m` : "",
    )
    .replace(OTHER_ESCAPES, "")
    .replace(CONTROLS, "")
    .replace(BIDI, "");
  return endsColoured(safe) ? `${safe}${ESC}[0m` : safe;
}

/** Parameters of a colour or weight; 8 (concealed) is not, except as part of an extended colour. */
function isColour(parameters: string): boolean {
  if (!/^[0-9;:]{0,64}$/.test(parameters)) return false;
  const plain = parameters.replace(/(?:^|;)[345]8[;:](?:5[;:]\d*|2(?:[;:]\d*){3,4})/g, "");
  return !/(?:^|;)0*8(?:$|;)/.test(plain);
}

function endsColoured(text: string): boolean {
  const last = text.lastIndexOf(`${ESC}[`);
  return last >= 0 && !/^\u001b\[0*m/.test(text.slice(last, last + 8));
}
