import type { Person } from "../accounts/tokens.ts";
import { type Answer, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { readUpload } from "../http/multipart.ts";
import type { World } from "../world.ts";
import { addBlob, findBlob, listBlobs, removeBlob } from "./rows.ts";

/** Takes a file, encrypting it while it arrives. */
export async function upload(world: World, call: Call, person: Person): Promise<Answer> {
  const file = await readUpload(call.header("content-type"), call.body, "file");
  const blob = await world.store.put(file.bytes);
  const listed = {
    ...blob,
    name: file.name,
    uploadedBy: person.name,
    uploadedAt: new Date(world.now()).toISOString(),
  };
  try {
    addBlob(world.database, listed);
  } catch (error) {
    await world.store.remove(blob.id);
    throw error;
  }
  world.metrics.operation("upload");
  note(world, call, { person, event: "blob_upload", blobId: blob.id, bytes: blob.size });
  return json(201, { blob_id: blob.id, name: file.name, size: blob.size, sha256: blob.sha256 });
}

/** Lists what there is. */
export function list(world: World): Answer {
  const files = listBlobs(world.database).map((blob) => ({
    blob_id: blob.id,
    name: blob.name,
    size: blob.size,
    sha256: blob.sha256,
    uploaded_by: blob.uploadedBy,
    uploaded_at: blob.uploadedAt,
  }));
  return json(200, { count: files.length, files });
}

/** Takes a file away. */
export async function remove(world: World, call: Call, person: Person): Promise<Answer> {
  const blob = findBlob(world.database, call.param("blob"));
  removeBlob(world.database, blob.id);
  await world.store.remove(blob.id);
  world.metrics.operation("delete");
  note(world, call, { person, event: "blob_delete", blobId: blob.id, bytes: 0 });
  return { status: 204, headers: {}, body: "" };
}

interface Done {
  readonly person: Person;
  readonly event: string;
  readonly blobId: string;
  readonly bytes: number;
}

function note(world: World, call: Call, { person, event, blobId, bytes }: Done): void {
  const { address } = call;
  world.audit.write({
    actor: person.name,
    event,
    blob_id: blobId,
    address,
    status: "success",
    bytes,
  });
}
