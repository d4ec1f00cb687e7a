import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from "node:crypto";

/** Bytes of a file that are encrypted together, so that any part can be read without what is before it. */
export const CHUNK = 64 * 1024;
/** What encrypting adds to each chunk. */
export const TAG = 16;
export const SALT = 16;

/** Thrown when stored bytes are not what was stored. */
export class Tampered extends Error {}

/** Where a chunk belongs; a chunk from another place does not open. */
export interface Place {
  readonly id: string;
  readonly index: number;
  readonly last: boolean;
}

/** What is known about a blob; sealed, so that nobody can change it beside the blob. */
export interface Facts {
  readonly id: string;
  readonly size: number;
  readonly sha256: string;
}

/** Encrypts and decrypts one blob with AES-256-GCM. */
export interface Cipher {
  close(chunk: Uint8Array, place: Place): Buffer;
  /** The chunk; throws `Tampered`. */
  open(stored: Uint8Array, place: Place): Buffer;
  seal(facts: Facts): Buffer;
  /** Throws `Tampered` when the facts are not those that were sealed. */
  check(facts: Facts, seal: Uint8Array): void;
}

/**
 * A blob's cipher. Its key is its own, made from ours and a salt: a nonce is the number of the chunk,
 * and is never used a second time with the same key.
 */
export function cipherFor(key: Uint8Array, salt: Uint8Array): Cipher {
  const own = derive(key, salt, "blob");
  const sealing = derive(key, salt, "seal");
  const seal = (facts: Facts): Buffer =>
    createHmac("sha256", sealing)
      .update(JSON.stringify([facts.id, facts.size, facts.sha256]))
      .digest();
  return {
    close(chunk, place) {
      const cipher = createCipheriv("aes-256-gcm", own, nonceOf(place)).setAAD(boundTo(place));
      return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    },
    open(stored, place) {
      if (stored.length < TAG)
        throw new Tampered(`Chunk ${place.index} of ${place.id} is cut off.`);
      const end = stored.length - TAG;
      const decipher = createDecipheriv("aes-256-gcm", own, nonceOf(place), { authTagLength: TAG });
      decipher.setAAD(boundTo(place)).setAuthTag(stored.subarray(end));
      try {
        const chunk = decipher.update(stored.subarray(0, end));
        // Only now is it known whether the chunk is ours. GCM has nothing left to give here.
        decipher.final();
        return chunk;
      } catch (cause) {
        throw new Tampered(`Chunk ${place.index} of ${place.id} does not open.`, { cause });
      }
    },
    seal,
    check(facts, given) {
      const expected = seal(facts);
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        throw new Tampered(`What is written about ${facts.id} was not written by us.`);
    },
  };
}

/** Tells whether two keys are the same without holding either. */
export function fingerprint(key: Uint8Array): string {
  return derive(key, new Uint8Array(SALT), "fingerprint").toString("hex");
}

/** How many chunks a file of this size has; an empty one has an empty one. */
export function chunksOf(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK));
}

function derive(key: Uint8Array, salt: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, `secure-files ${purpose}`, 32));
}

function nonceOf({ index }: Place): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
}

function boundTo({ id, index, last }: Place): Buffer {
  return Buffer.from(JSON.stringify([id, index, last]));
}
