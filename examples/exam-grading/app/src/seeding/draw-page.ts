import { crc32, deflateSync } from "node:zlib";

const WIDTH = 496;
const HEIGHT = 702;
const [PAPER, RULE, INK] = [252, 214, 70] as const;

/** Draws something like a scanned page of handwriting (PNG, A4 at 60 dpi); the same seed gives the same page. */
export function drawPage(seed: number): Uint8Array {
  const pixels = Buffer.alloc(WIDTH * HEIGHT, PAPER);
  const random = createRandom(seed);
  for (let y = 70; y < HEIGHT - 40; y += 22) {
    pixels.fill(RULE, y * WIDTH + 30, y * WIDTH + WIDTH - 30);
    if (random() < 0.85) writeLine(pixels, y, random);
  }
  return toPng(pixels);
}

function writeLine(pixels: Buffer, baseline: number, random: () => number): void {
  const end = WIDTH - 60 - random() * 200;
  let x = 60;
  while (x < end) {
    const [letters, height] = [2 + Math.floor(random() * 7), 4 + random() * 3];
    for (let step = 0; step < letters * 7; step++, x++) {
      const y = Math.round(
        baseline - 2 - height / 2 - (height / 2) * Math.sin(step * 0.9) - random() * 2,
      );
      pixels.fill(INK, y * WIDTH + x, y * WIDTH + x + 2);
    }
    x += 8;
  }
}

// xorshift32: small, and the same everywhere.
function createRandom(seed: number): () => number {
  let state = (seed + 1) * 2_654_435_761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** PNG, 8 bits of grey: https://www.w3.org/TR/png-3/ */
function toPng(pixels: Buffer): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header[8] = 8;
  // Each row starts with its filter; 0 is none.
  const rows = Buffer.alloc((WIDTH + 1) * HEIGHT);
  for (let y = 0; y < HEIGHT; y++)
    pixels.copy(rows, y * (WIDTH + 1) + 1, y * WIDTH, (y + 1) * WIDTH);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
