import net from "node:net";

/** Connects to a keeper's socket; undefined when nobody listens there. */
export function connect(socketPath: string | undefined): Promise<net.Socket | undefined> {
  if (socketPath === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}
