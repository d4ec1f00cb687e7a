import { createHash, randomBytes } from "node:crypto";

/** The people who work with the files of one machine, before and after a release came to it. */
export interface People {
  /** Puts so many new files there. */
  put(count: number): Promise<void>;
  /** All files, by name, each downloaded as a whole: name and sha256. */
  files(): Promise<readonly string[]>;
  /** The release that answers. */
  version(): Promise<string>;
}

/** Signs in as the admin whenever something is asked. */
export function peopleAt(url: string, password: string): People {
  const send = async (path: string, more: RequestInit = {}) => {
    const token = await signIn(url, password);
    const response = await fetch(url + path, {
      ...more,
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    async put(count) {
      for (let number = 1; number <= count; number += 1) {
        const body = new FormData();
        body.append("file", new Blob([randomBytes(200_000 * number)]), `of people ${number}.bin`);
        await send("/secure/files/upload", { method: "POST", body });
      }
    },
    async files() {
      const { files }: Listed = Object(await (await send("/secure/files")).json());
      const lines = files.map(async ({ blob_id: id, name }) => {
        const bytes = await (await send(`/secure/files/${id}/stream`)).arrayBuffer();
        return `${name} ${createHash("sha256").update(Buffer.from(bytes)).digest("hex")}`;
      });
      return (await Promise.all(lines)).toSorted();
    },
    async version() {
      return String(Object(await (await fetch(`${url}/health`)).json()).version);
    },
  };
}

interface Listed {
  readonly files: readonly { readonly blob_id: string; readonly name: string }[];
}

async function signIn(url: string, password: string): Promise<string> {
  const body = JSON.stringify({ username: "admin", password });
  const response = await fetch(`${url}/auth/token`, { method: "POST", body });
  if (!response.ok) throw new Error(`${url} lets nobody in: ${response.status}`);
  return String(Object(await response.json()).access_token);
}
