/** Text that is already HTML. */
export interface Html {
  readonly html: string;
}

type Piece = string | number | Html | undefined | readonly Piece[];

/** Builds HTML; everything put in is escaped unless it is HTML already. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const text = strings.reduce((all, part, index) => all + show(pieces[index - 1]) + part);
  return { html: text };
}

function show(piece: Piece): string {
  if (piece === undefined) return "";
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(String(piece));
  return "html" in piece ? piece.html : piece.map(show).join("");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
