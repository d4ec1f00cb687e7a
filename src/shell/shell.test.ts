import { afterAll, beforeAll, describe } from "vitest";
import {
  keepsTheShellContract,
  keepsTheStreamContract,
  SECRET,
  type ShellUnderTest,
} from "../../test/contracts/shell.contract.ts";
import { openKeeperPlace, type KeeperPlace } from "../../test/rig/keeper-place.ts";
import type { OpenShell } from "./index.ts";

let place: KeeperPlace;
let clients: readonly [OpenShell, OpenShell];

beforeAll(async () => {
  place = await openKeeperPlace([SECRET]);
  clients = [place.open(), place.open()];
});

afterAll(() => place.close());

const get = (): ShellUnderTest => ({
  shell: clients[0].shell,
  other: clients[1].shell,
  folder: place.folder,
});

describe("the shell of this machine", () => {
  keepsTheShellContract(get);
  describe("stream", () => keepsTheStreamContract(get));
});
