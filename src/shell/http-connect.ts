import { X509Certificate } from "node:crypto";
import { connect as connectPlain, isIP } from "node:net";
import type { Socket } from "node:net";
import { checkServerIdentity, connect as connectSecure, TLSSocket } from "node:tls";
import type { Certificate, Tls } from "../ports/http.ts";
import { certificateOf } from "./http-certificate.ts";

/** How far a connection came; a failure means something else at each of them. */
export type Stage = "connecting" | "securing" | "open";

/** One connection on its way. */
export interface Connection {
  readonly socket: Socket;
  stage: Stage;
  /** What the server showed, trusted or not. */
  certificate?: Certificate;
}

export interface Address {
  readonly hostname: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly tls: Tls;
}

type Done = (...result: [null, Socket] | [Error, null]) => void;

/** Connects. What is wrong with a certificate is an error before a byte of the request is sent. */
export function connect(address: Address, done: Done): Connection {
  const socket = address.isSecure ? secure(address) : plain(address);
  const connection: Connection = { socket, stage: "connecting" };
  socket.setNoDelay(true);
  socket.once("connect", () => void (connection.stage = address.isSecure ? "securing" : "open"));
  // The last moment at which a certificate that will be refused can be looked at.
  if (address.isSecure) socket.prependOnceListener("secure", () => look(connection));
  const finished = (error: Error | null): void => {
    socket.off("error", finished).off("close", closed);
    if (error) return done(error, null);
    connection.stage = "open";
    look(connection);
    done(null, socket);
  };
  const closed = (): void => finished(new Error("the connection was closed"));
  socket.once("error", finished).once("close", closed);
  socket.once(address.isSecure ? "secureConnect" : "connect", () => finished(null));
  return connection;
}

function plain({ hostname, port }: Address): Socket {
  return connectPlain({ host: hostname, port });
}

function secure({ hostname, port, tls }: Address): TLSSocket {
  const name = tls.serverName ?? hostname;
  return connectSecure({
    host: hostname,
    port,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    // An address can't be asked for by name: RFC 6066, section 3.
    servername: isIP(name) === 0 ? name : "",
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    ALPNProtocols: ["http/1.1"],
  });
}

function look(connection: Connection): void {
  const { socket } = connection;
  if (!(socket instanceof TLSSocket) || connection.certificate !== undefined) return;
  // Not getPeerX509Certificate: in Node 24 it takes the certificate away, and the check of its name finds none.
  const { raw } = socket.getPeerCertificate();
  if (raw !== undefined) connection.certificate = certificateOf(new X509Certificate(raw));
}
