import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { tryOut } from "../try.ts";
import { makeVersions } from "./make-versions.ts";

/** `node try.ts [TAG …]`: deploys and validates the tags, one after the other. */
const [, , ...tags] = process.argv;
process.exitCode = await tryOut(
  { folder: dirname(fileURLToPath(import.meta.url)), port: 8090, makeVersions },
  tags.length > 0 ? tags : ["v1.3.0"],
);
