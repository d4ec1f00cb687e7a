/** What Redis answers. */
export type Reply = Buffer | number | undefined | RedisError | readonly Reply[];

/** Redis says no, in its own words. */
export class RedisError extends Error {}

/** A command as Redis reads it: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export function encode(words: readonly (string | number | Uint8Array)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = typeof word === "object" ? word : Buffer.from(String(word));
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, END];
  });
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}

const END = Buffer.from("\r\n");

/** Reads the reply that begins at a place, and says where it ends; undefined while it is not whole. */
export function decode(
  bytes: Buffer,
  at = 0,
): { readonly reply: Reply; readonly end: number } | undefined {
  const line = bytes.indexOf(END, at);
  if (line === -1) return undefined;
  const text = bytes.toString("utf8", at + 1, line);
  const end = line + END.length;
  switch (bytes.toString("latin1", at, at + 1)) {
    case "+":
      return { reply: Buffer.from(text), end };
    case "-":
      return { reply: new RedisError(text), end };
    case ":":
      return { reply: Number(text), end };
    case "$":
      return decodeText(bytes, end, Number(text));
    case "*":
      return decodeList(bytes, end, Number(text));
    default:
      throw new RedisError("That is not the protocol of Redis.");
  }
}

function decodeText(bytes: Buffer, from: number, length: number): ReturnType<typeof decode> {
  if (length < 0) return { reply: undefined, end: from };
  const end = from + length + END.length;
  return bytes.length < end ? undefined : { reply: bytes.subarray(from, from + length), end };
}

function decodeList(bytes: Buffer, from: number, length: number): ReturnType<typeof decode> {
  if (length < 0) return { reply: undefined, end: from };
  const reply: Reply[] = [];
  let end = from;
  for (let index = 0; index < length; index++) {
    const next = decode(bytes, end);
    if (!next) return undefined;
    reply.push(next.reply);
    end = next.end;
  }
  return { reply, end };
}
