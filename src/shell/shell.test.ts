import { afterAll, beforeAll, describe } from "vitest";
import { keepsTheShellContract, SECRET } from "../../test/contracts/shell.contract.ts";
import { openKeeperPlace, type KeeperPlace } from "../../test/rig/keeper-place.ts";
import type { OpenShell } from "./index.ts";

let place: KeeperPlace;
let clients: readonly [OpenShell, OpenShell];

beforeAll(async () => {
  place = await openKeeperPlace([SECRET]);
  clients = [place.open(), place.open()];
});

afterAll(() => place.close());

describe("the shell of this machine", () => {
  keepsTheShellContract(() => ({
    shell: clients[0].shell,
    other: clients[1].shell,
    folder: place.folder,
  }));
});
