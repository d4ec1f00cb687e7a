import { CST, Lexer } from "yaml";

/** Offsets in a text, as in `slice`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is wrong, before it is said where. */
export interface Complaint {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

/** What a text may be at most. */
export interface Caps {
  readonly bytes: number;
  readonly depth: number;
  readonly nodes: number;
}

/** How far in a line may be indented. */
const MOST_COLUMNS = 256;

/** What is wrong with a text before anybody tries to understand it. */
export interface Finding {
  readonly span: Span;
  readonly complaint: Complaint;
}

/**
 * Looks at a text token by token, before it is parsed: the parser works recursively, so what nests too deep,
 * repeats itself or is not text at all must not reach it. Stops at the first thing that could hurt.
 */
export function scan(text: string, caps: Caps): readonly Finding[] {
  const bytes = Buffer.byteLength(text);
  if (bytes > caps.bytes) return [finding(0, 1, tooLarge(bytes, caps))];
  const binary = notText(text);
  return binary ? [binary] : scanTokens(text, caps);
}

function notText(text: string): Finding | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const at = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd-\uffff]/);
  if (at < 0) return undefined;
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  return finding(at, 1, {
    code: "not-text",
    what: `There is a character U+${code} here, which no text file holds.`,
    fix: "Save the file as UTF-8 text and write such a character as an escape in double quotes.",
  });
}

interface State {
  readonly caps: Caps;
  at: number;
  lineStart: number;
  flow: number;
  nodes: number;
}

function scanTokens(text: string, caps: Caps): readonly Finding[] {
  const state: State = { caps, at: 0, lineStart: 0, flow: 0, nodes: 0 };
  const found: Finding[] = [];
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (token === CST.SCALAR) isScalar = true;
    if (token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR) continue;
    const type = isScalar ? "scalar" : CST.tokenType(token);
    isScalar = false;
    const complaint = refused(type, token) ?? unclosed(type, token) ?? outgrown(type, state);
    if (complaint) found.push(finding(state.at, Math.max(1, token.trimEnd().length), complaint));
    if (complaint && complaint.code !== "not-allowed") break;
    state.at += token.length;
    const newline = token.lastIndexOf("\n");
    if (newline >= 0) state.lineStart = state.at - (token.length - newline - 1);
  }
  return found;
}

type TokenType = ReturnType<typeof CST.tokenType>;

/** Parts of YAML that make a text mean something else than what it shows. */
function refused(type: TokenType, token: string): Complaint | undefined {
  const name = token.trim().slice(0, 40);
  if (type === "anchor" || type === "alias")
    return notAllowed(
      `An anchor or alias (${name}) has no place here.`,
      "Write the value out, or quote it if it is text.",
    );
  if (type === "tag")
    return notAllowed(
      `A tag (${name}) has no place here.`,
      "Leave it out, or quote the value if it is text.",
    );
  if (type === "directive-line")
    return notAllowed("A YAML directive has no place here.", "Take the line out.");
  return undefined;
}

/** A quote that nothing closes: the parser would point at the end of the file. */
function unclosed(type: TokenType, token: string): Complaint | undefined {
  const quote = type === "double-quoted-scalar" ? '"' : "'";
  const isQuoted = type === "double-quoted-scalar" || type === "single-quoted-scalar";
  if (!isQuoted || (token.length > 1 && token.endsWith(quote))) return undefined;
  return {
    code: "not-yaml",
    what: "This quote is never closed.",
    fix: `Put a ${quote} at the end of the text.`,
  };
}

const OPENERS: ReadonlySet<TokenType> = new Set(["flow-map-start", "flow-seq-start"]);
const CLOSERS: ReadonlySet<TokenType> = new Set(["flow-map-end", "flow-seq-end"]);
const INDICATORS: ReadonlySet<TokenType> = new Set([
  "seq-item-ind",
  "explicit-key-ind",
  "map-value-ind",
]);
const SCALARS: ReadonlySet<TokenType> = new Set([
  "scalar",
  "single-quoted-scalar",
  "double-quoted-scalar",
]);

/** Whether the text got too deep or too big with this token. */
function outgrown(type: TokenType, state: State): Complaint | undefined {
  const { caps } = state;
  if (OPENERS.has(type)) state.flow += 1;
  if (CLOSERS.has(type)) state.flow = Math.max(0, state.flow - 1);
  if (OPENERS.has(type) || INDICATORS.has(type) || SCALARS.has(type)) state.nodes += 1;
  // Each level of a block stands at least one column further in than the one around it.
  const column = state.at - state.lineStart;
  const isFar = INDICATORS.has(type) && state.flow === 0 && column > MOST_COLUMNS;
  if (state.flow > caps.depth || isFar) return tooDeep(caps);
  // Indicators count too, so this is only a bound; the values are counted when they are read.
  return state.nodes > caps.nodes * 2 ? tooMany(caps) : undefined;
}

/** The complaint about nesting. */
export function tooDeep({ depth }: Caps): Complaint {
  return {
    code: "too-deep",
    what: `Values are nested more than ${depth} deep here, or a line is indented without end.`,
    fix: "Write it flatter.",
  };
}

/** The complaint about the number of values. */
export function tooMany({ nodes }: Caps): Complaint {
  return {
    code: "too-many-values",
    what: `The file holds more than ${nodes} values.`,
    fix: "Move parts of it into files of their own.",
  };
}

function tooLarge(bytes: number, caps: Caps): Complaint {
  return {
    code: "file-too-large",
    what: `The file is ${bytes} bytes long; the most is ${caps.bytes}.`,
    fix: "Move parts of it into files of their own.",
  };
}

function notAllowed(what: string, fix: string): Complaint {
  return { code: "not-allowed", what, fix };
}

function finding(start: number, length: number, complaint: Complaint): Finding {
  return { span: { start, end: start + length }, complaint };
}
