import type { Mask } from "../../lib/mask.ts";
import type { ServiceState } from "../../ports/shell.ts";
import { endGroup } from "../group.ts";
import { isRunning } from "../identity.ts";
import type { Pipes } from "../pipes.ts";
import type { StartServiceRequest } from "./protocol.ts";
import { openServiceFiles, type Orphan } from "./service-files.ts";
import { keepAlive, type Service } from "./service.ts";

const ORPHAN_STOP_MS = 10_000;

interface World {
  readonly folder: string;
  readonly pipes: Pipes;
  readonly maskOf: (secrets: readonly string[]) => Mask;
}

/**
 * All services of one folder.
 *
 * A keeper that dies takes its knowledge of secret values along, so what it kept is then an orphan: listed as it is,
 * ended when it is started anew or stopped, but never started again without its driver asking.
 */
export function openServices({ folder, pipes, maskOf }: World) {
  const files = openServiceFiles(folder);
  const orphans = new Map<string, Orphan>(files.orphans().map((orphan) => [orphan.name, orphan]));
  const kept = new Map<string, Service>();
  const turn = turns();

  const end = async (name: string): Promise<void> => {
    await kept.get(name)?.stop();
    kept.delete(name);
    await endOrphan(orphans.get(name));
    orphans.delete(name);
    await files.forget(name);
  };
  const start = async (request: StartServiceRequest): Promise<ServiceState> => {
    const same = kept.get(request.name);
    if (same !== undefined && isSame(same.spec, request.spec)) return same.state();
    await end(request.name);
    const service = await begin(request, { files, pipes, maskOf });
    kept.set(request.name, service);
    await service.tried;
    return service.state();
  };
  const list = async (): Promise<ServiceState[]> => [
    ...[...kept.values()].map((service) => service.state()),
    ...(await Promise.all([...orphans.values()].map(asState))),
  ];
  const endAll = () => Promise.all([...kept.values()].map((service) => service.stop()));
  return {
    start: (request: StartServiceRequest) => turn(request.name, () => start(request)),
    stop: (name: string) => turn(name, () => end(name)),
    list,
    endAll,
    isWanted: () => kept.size > 0,
  };
}

async function begin(
  request: StartServiceRequest,
  {
    files,
    pipes,
    maskOf,
  }: Omit<World, "folder"> & { readonly files: ReturnType<typeof openServiceFiles> },
): Promise<Service> {
  const mask = maskOf(request.secrets);
  await files.write(request, mask);
  // Without the note only a keeper after us would miss the process.
  const started = (pid: number) => files.noteProcess(request.name, pid).catch(() => undefined);
  return keepAlive(request, { pipes, mask, started });
}

function isSame(one: StartServiceRequest["spec"], other: StartServiceRequest["spec"]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function endOrphan(orphan: Orphan | undefined): Promise<void> {
  if (orphan?.process !== undefined && (await isRunning(orphan.process)))
    await endGroup(orphan.process.pid, ORPHAN_STOP_MS);
}

async function asState({ name, process }: Orphan): Promise<ServiceState> {
  if (process !== undefined && (await isRunning(process)))
    return { name, state: "running", pid: process.pid, restarts: 0 };
  return { name, state: "stopped", restarts: 0, lastEnd: "unknown: its keeper died" };
}

/** Lets what concerns one name happen one after the other. */
function turns() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const mine = (last.get(name) ?? Promise.resolve()).then(act, act);
    last.set(name, mine);
    const forget = () => last.get(name) === mine && last.delete(name);
    mine.then(forget, forget);
    return mine;
  };
}
