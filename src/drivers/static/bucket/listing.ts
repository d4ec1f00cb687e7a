/** One object as a listing tells it. */
export interface Listed {
  readonly key: string;
  /** Without its quotes: the MD5 of the content in most storages, unless it came in parts or is encrypted with a key of theirs. */
  readonly etag: string;
  readonly bytes: number;
}

/**
 * One page of ListObjectsV2, and the token of the next. The answer is made by a machine and has one form, so that no
 * general reader of XML is needed. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function readPage(xml: string): { objects: readonly Listed[]; next?: string } {
  const isEncoded = textOf(xml, /<EncodingType>([^<]*)<\/EncodingType>/) === "url";
  const objects = [...xml.matchAll(/<Contents>([^]*?)<\/Contents>/g)].map(([, each = ""]) => {
    const key = textOf(each, /<Key>([^<]*)<\/Key>/) ?? "";
    return {
      // Amazon writes a space as +, and others as %20; a + is %2B for both.
      key: isEncoded ? decodeURIComponent(key.replaceAll("+", " ")) : key,
      etag: (textOf(each, /<ETag>([^<]*)<\/ETag>/) ?? "").replaceAll('"', ""),
      bytes: Number(textOf(each, /<Size>(\d+)<\/Size>/)),
    };
  });
  const isMore = textOf(xml, /<IsTruncated>([^<]*)<\/IsTruncated>/) === "true";
  const next = textOf(xml, /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/);
  return { objects, ...(isMore && next !== undefined && { next }) };
}

function textOf(xml: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(xml)?.[1];
  return found?.replaceAll(/&(#?)(\w+);/g, (whole, number: string, name: string) => {
    if (number === "") return ENTITIES[name] ?? whole;
    return String.fromCodePoint(Number(name.startsWith("x") ? `0${name}` : name));
  });
}

const ENTITIES: Readonly<{ [name: string]: string }> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};
