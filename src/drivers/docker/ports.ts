/** A published port, taken apart. */
export interface Published {
  /** Address on the host, as it was written; empty for all. */
  readonly address: string;
  /** Ports on the host: none for one that docker chooses, two for releases that take turns. */
  readonly host: readonly number[];
  /** `8000/tcp` */
  readonly inside: string;
}

/** Reads `127.0.0.1:8001|8002:8000/tcp`, `8080:8000`, `127.0.0.1::8000` and `8000`. */
export function readPort(text: string | number): Published {
  const [whole = "", protocol = "tcp"] = String(text).split("/");
  const found = /^(?:(\[[^\]]*\]|[^:]*):)?(?:([\d|]*):)?(\d+)$/.exec(whole);
  const [, first, second, inside = whole] = found ?? [];
  // With one colon, what stands before it is the port.
  const [address, host] = second === undefined ? ["", first ?? ""] : [first ?? "", second];
  return {
    address,
    host: host.split("|").filter(Boolean).map(Number),
    inside: `${inside}/${protocol}`,
  };
}

/** Whether no second container can be started beside one with this port. */
export function isFixed(port: Published): boolean {
  return port.host.length === 1;
}

/** As docker wants it, with one of two ports chosen. */
export function writePort({ address, host, inside }: Published, turn: number): string {
  const port = host[turn % Math.max(1, host.length)];
  if (address === "" && port === undefined) return inside;
  return [...(address === "" ? [] : [address]), String(port ?? ""), inside].join(":");
}
