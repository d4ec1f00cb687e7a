/** What the head of an answer says about how to read on. */
export interface Head {
  readonly status: number;
  /** Absent: no Content-Length. */
  readonly length?: number;
  readonly isChunked: boolean;
  readonly keepsAlive: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/;
const FIELD = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/;
const MOST_FIELDS = 256;

/** Reads the head of an answer, strictly: what could be read in two ways is told as what is wrong with it. */
export function readHead(text: string): Head | string {
  const [first = "", ...lines] = text.split("\r\n");
  const status = STATUS_LINE.exec(first);
  if (status === null) return "no HTTP/1 status line";
  if (lines.length > MOST_FIELDS) return `more than ${MOST_FIELDS} header fields`;
  // oxlint-disable-next-line no-control-regex -- what no header may hold
  if (/[\0\n\r]/.test(lines.join(""))) return "a header field with a control character";
  const found: Record<"content-length" | "transfer-encoding" | "connection", string[]> = {
    "content-length": [],
    "transfer-encoding": [],
    connection: [],
  };
  for (const line of lines) {
    const field = FIELD.exec(line);
    if (field === null) return "a header line that is not one";
    const name = (field[1] ?? "").toLowerCase();
    if (Object.hasOwn(found, name))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just asked
      found[name as keyof typeof found].push(
        ...(field[2] ?? "").toLowerCase().split(/[ \t]*,[ \t]*/),
      );
  }
  return framing(Number(status[2]), status[1] === "1", found);
}

function framing(
  status: number,
  isNew: boolean,
  found: Readonly<Record<"content-length" | "transfer-encoding" | "connection", readonly string[]>>,
): Head | string {
  const lengths = new Set(found["content-length"]);
  const codings = found["transfer-encoding"];
  const [length] = lengths;
  if (lengths.size > 1) return "two lengths";
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return "a length that is no number";
  // Which of both counts is what request smuggling is made of. https://www.rfc-editor.org/rfc/rfc9112#section-6.3
  if (length !== undefined && codings.length > 0) return "a length and a transfer coding";
  const chunks = codings.indexOf("chunked");
  if (chunks >= 0 && (chunks !== codings.length - 1 || !isNew)) return "chunks where none can be";
  const { connection } = found;
  return {
    status,
    ...(length === undefined ? {} : { length: Number(length) }),
    isChunked: chunks >= 0,
    keepsAlive: isNew ? !connection.includes("close") : connection.includes("keep-alive"),
  };
}
