/** A process of its own that runs one keyed command on a host of the lab, to be killed while it does. */
import type { Command } from "../../../src/ports/shell.ts";
import type { LabHost } from "./hosts.ts";
import { reachHosts } from "./open-hosts.ts";

interface Given {
  readonly host: LabHost;
  readonly folder: string;
  readonly key: string;
  readonly command: Command;
}

const { host, folder, key, command } = JSON.parse(process.argv[2] ?? "") as Given;
const reach = reachHosts([host], { folder });
const { shell } = reach.hosts.host(host.name);
await shell.run(key, command, { timeoutMs: 60_000 });
process.stdout.write("done\n");
await reach[Symbol.asyncDispose]();
