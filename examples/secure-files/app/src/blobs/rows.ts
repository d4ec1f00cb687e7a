import type { SQLOutputValue } from "node:sqlite";
import { Refusal } from "../http/refusal.ts";
import type { Database } from "./database.ts";
import type { Blob } from "./store.ts";

/** A blob and what people want to know about it. */
export interface Listed extends Blob {
  readonly name: string;
  readonly uploadedBy: string;
  readonly uploadedAt: string;
}

/** Writes a blob down that is on disk. */
export function addBlob(database: Database, blob: Listed): void {
  database.write((db) =>
    db
      .prepare("INSERT INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        blob.id,
        blob.name,
        blob.size,
        blob.sha256,
        blob.salt,
        blob.seal,
        blob.uploadedBy,
        blob.uploadedAt,
      ),
  );
}

/** Newest first. */
export function listBlobs(database: Database): readonly Listed[] {
  return database.read((db) =>
    db.prepare("SELECT * FROM blobs ORDER BY uploaded_at DESC, id").all().map(asBlob),
  );
}

/** The blob; refuses when there is none. */
export function findBlob(database: Database, id: string): Listed {
  const row = database.read((db) => db.prepare("SELECT * FROM blobs WHERE id = ?").get(id));
  if (!row) throw new Refusal(404, "Blob not found");
  return asBlob(row);
}

/** Forgets a blob. */
export function removeBlob(database: Database, id: string): void {
  database.write((db) => db.prepare("DELETE FROM blobs WHERE id = ?").run(id));
}

function asBlob(row: Record<string, SQLOutputValue>): Listed {
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    size: Number(row["size"]),
    sha256: String(row["sha256"]),
    salt: bytesOf(row["salt"]),
    seal: bytesOf(row["seal"]),
    uploadedBy: String(row["uploaded_by"]),
    uploadedAt: String(row["uploaded_at"]),
  };
}

function bytesOf(value: SQLOutputValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError("A column that should holds no bytes.");
  return value;
}
