import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { sha256 } from "../lib/digest.ts";
import { save } from "./docker-saved.ts";
import { bytesOf } from "./docker-tar.ts";

const ACT = { signal: new AbortController().signal, timeoutMs: 30_000, say: () => undefined };

test("a layer that docker saved compressed comes out as it was, however large", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-saved-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const layer = randomBytes(9_000_000);
  writeFileSync(path.join(folder, "layer.tar"), gzipSync(layer, { level: 1 }));
  writeFileSync(path.join(folder, "c.json"), '{"rootfs":{"diff_ids":["sha256:d"]}}');
  writeFileSync(path.join(folder, "manifest.json"), '[{"Config":"c.json","Layers":["layer.tar"]}]');
  const names = ["manifest.json", "c.json", "layer.tar"];
  const archive = path.join(folder, "all.tar");
  execFileSync("tar", ["--create", "--file", archive, "--directory", folder, ...names]);

  await using saved = await save(
    {
      docker: { command: () => ({ argv: ["docker"] }) },
      shell: {
        stream: async (_, to) => {
          if ("file" in to) copyFileSync(archive, to.file);
          return { bytes: statSync(archive).size, sha256: "" };
        },
      },
      folder: path.join(folder, "own"),
    },
    ["shop"],
    ACT,
  );

  const opened = await saved.images[0]?.layers[0]?.open();
  if (!opened) throw new Error("no layer");
  const pieces: Buffer[] = [];
  const place = { offset: opened.start, size: opened.end - opened.start };
  for await (const piece of bytesOf(opened.file, place)) pieces.push(Buffer.from(piece));
  expect(sha256(Buffer.concat(pieces))).toBe(sha256(layer));
});
