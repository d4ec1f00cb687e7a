/** A process of its own that deploys a release to a host of the lab, to be killed while it does. */
import type { JsonObject } from "../../../src/model/json.ts";
import type { LabHosts } from "./hosts.ts";
import { openSystemdTarget } from "./systemd-target.ts";

interface Given {
  readonly hosts: LabHosts;
  readonly name: string;
  readonly port: number;
  readonly folder: string;
  readonly options: JsonObject;
  readonly says: string;
}

const { says, ...given } = JSON.parse(process.argv[2] ?? "") as Given;
const target = openSystemdTarget(given);
await target.deploy(says);
process.stdout.write("done\n");
await target[Symbol.asyncDispose]();
